"""Feeds: subscribe, change, refresh, look after, import and export."""

from typing import Any

from core.contract.responses import Response, accepted, created, no_content, ok, raw, require_match
from core.feeds.service import feeds
from core.kit.principal import Principal
from handlers.v2.shapes.feeds import feed_out, health_out, import_out, refresh_out
from handlers.v2.shapes.lists import page


async def list_feeds(principal: Principal, *, limit: int, cursor: str | None = None) -> Response:
    """A page of the organisation's subscriptions."""
    found = await feeds.list(principal, limit=limit, cursor=cursor)
    return page("/v2/feeds", found, feed_out, {"limit": limit})


async def create_feed(principal: Principal, *, body: dict[str, Any]) -> Response:
    """A new subscription."""
    row = await feeds.create(principal, body["url"], title=body.get("title"), category=body.get("category"))
    shown = feed_out(row)
    return created(shown, f"/v2/feeds/{shown['id']}")


async def get_feed(principal: Principal, feed_id: str) -> Response:
    """One subscription and its state."""
    return ok(feed_out(await feeds.get(principal, feed_id)))


async def update_feed(
    principal: Principal, feed_id: str, *, body: dict[str, Any], if_match: str | None = None
) -> Response:
    """A subscription with another title, category or rhythm."""
    require_match(if_match, feed_out(await feeds.get(principal, feed_id, lock=True)))
    return ok(feed_out(await feeds.update(principal, feed_id, body)))


async def delete_feed(principal: Principal, feed_id: str, *, if_match: str | None = None) -> Response:
    """The end of a subscription."""
    require_match(if_match, feed_out(await feeds.get(principal, feed_id, lock=True)))
    await feeds.delete(principal, feed_id)
    return no_content()


async def refresh_feed(principal: Principal, feed_id: str) -> Response:
    """A fetch now instead of later."""
    refresh = await feeds.refresh(principal, feed_id)
    return accepted(refresh_out(refresh), headers={"Location": f"/v2/feeds/{feed_id}/health"})


async def get_feed_health(principal: Principal, feed_id: str) -> Response:
    """The state of a feed and its latest fetches."""
    return ok(health_out(await feeds.health(principal, feed_id)))


async def export_feeds(principal: Principal) -> Response:
    """All subscriptions as OPML."""
    return raw(await feeds.export_opml(principal), "text/x-opml")


async def import_feeds(principal: Principal, *, body: bytes) -> Response:
    """A subscription for each feed of an OPML document, and what became of each."""
    return ok(import_out(await feeds.import_opml(principal, body)))
