"""Reading lists in public: open, close, and read by whoever has the address."""

from core.collections.service import public_feeds
from core.contract.responses import Response, created, no_content, ok, raw, require_match
from core.kit.principal import Principal
from handlers.v2.shapes.atom import ATOM
from handlers.v2.shapes.public_feeds import (
    HEADERS,
    JSON_FEED,
    atom_out,
    json_feed_out,
    public_feed_out,
    public_since_out,
)


async def create_public_feed(principal: Principal, collection_id: str) -> Response:
    """A new public address, in place of the one before."""
    shown = public_feed_out(await public_feeds.open(principal, collection_id))
    return created(shown, shown["atom_url"])


async def get_public_feed(principal: Principal, collection_id: str) -> Response:
    """Since when a list is public."""
    return ok(public_since_out(collection_id, await public_feeds.get(principal, collection_id)))


async def delete_public_feed(principal: Principal, collection_id: str, *, if_match: str | None = None) -> Response:
    """The end of the public address."""
    require_match(
        if_match, public_since_out(collection_id, await public_feeds.get(principal, collection_id, lock=True))
    )
    await public_feeds.close(principal, collection_id)
    return no_content()


async def get_public_feed_as_atom(token: str) -> Response:
    """The newest items as Atom."""
    return raw(atom_out(await public_feeds.read(token), token), ATOM, headers=HEADERS)


async def get_public_feed_as_json(token: str) -> Response:
    """The newest items as a JSON Feed."""
    return raw(json_feed_out(await public_feeds.read(token), token), JSON_FEED, headers=HEADERS)
