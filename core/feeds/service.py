"""Subscriptions: make, change, end, refresh, look after, export and import."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.audit.service import audit
from core.errors import FeedAlreadyExists, FeedNotFound, TidingsError, UrlNotAllowed
from core.feeds import addresses, opml
from core.feeds.repository import FeedRepository
from core.feeds.types import FeedHealth, FeedRefresh, FeedRow, ImportResult, Subscription
from core.infra.context import infrastructure
from core.infra.db import connection
from core.infra.paging import pair_in, sliced
from core.ingest.service import ingest
from core.ingest.types import CATEGORIES
from core.kit import ids
from core.kit.principal import Principal, operator
from core.kit.slices import Slice
from core.kit.text import one_line
from core.organizations.service import organizations
from core.plans.service import plans
from core.sandbox.feeds.catalogue import HEALTHY as SANDBOX_FEEDS
from core.settings import Settings
from core.sources.service import LEASE, sources
from core.upstreams.types import Fetched

FETCHES_SHOWN: Final = 20
PAUSED: Final = "It was paused by its owner."
NO_SANDBOX: Final = "The sandbox newsroom that it belongs to does not run."
MAX_TITLE_CHARACTERS: Final = 200
_CURSOR: Final = b"feeds by age"


class FeedService:
    """The feeds of one's own organisation. Every method needs a unit of work."""

    async def list(self, principal: Principal, *, limit: int, cursor: str | None = None) -> Slice[FeedRow]:
        """A page of the feeds, newest subscription first."""
        bound_to = _CURSOR + principal.organization_id.bytes
        rows = await (await _repository(principal)).page(
            after=pair_in(cursor, bound_to, datetime, UUID), limit=limit + 1
        )
        return sliced(rows, limit, bound_to, lambda last: (last.created_at, last.id))

    async def get(self, principal: Principal, feed_id: str, *, lock: bool = False) -> FeedRow:
        """One feed by its public id; with `lock` it stays as it is until the unit of work ends. Or `FeedNotFound`."""
        if lock:
            await ingest.lock(principal)  # before the row's own: a merge takes them in that order
        row = await (await _repository(principal)).get(_decoded(feed_id), lock=lock)
        if row is None:
            raise _not_found()
        return row

    async def create(
        self, principal: Principal, url: str, *, title: str | None = None, category: str | None = None
    ) -> FeedRow:
        """Subscribe; the first fetch is enqueued with it.

        Raises `UrlNotAllowed`, `LimitReached`, and `FeedAlreadyExists` with the `Location` of the feed that is there.
        """
        subscription = Subscription(
            await addresses.allowed(url, in_sandbox=principal.in_sandbox), url, title, title is not None, category
        )
        row, is_new = await self._subscribe(principal, subscription)
        if not is_new:
            raise FeedAlreadyExists(
                "The organisation subscribes to this address already.",
                headers={"Location": f"/v2/feeds/{ids.encode('feed', row.id)}"},
            )
        audit.record(principal, "feed.created", target=("feed", row.id), after=_recorded(row))
        return row

    async def _subscribe(self, principal: Principal, subscription: Subscription) -> tuple[FeedRow, bool]:
        """The feed at that address, and whether it is new; raises `LimitReached`."""
        infra, repository = infrastructure(), await _repository(principal)
        await repository.lock()
        existing = await repository.by_url(subscription.url)
        if existing is not None:
            return existing, False
        await plans.require_room(principal, "feeds")
        feed_id, now = ids.new_id(), infra.clock.now()
        base = addresses.slug_base(subscription.url, subscription.title)
        await repository.insert(
            feed_id,
            subscription,
            slug=addresses.numbered(base, await repository.slugs_like(base)),
            interval_s=infra.settings.poll_interval_seconds,
            next_fetch_at=now + LEASE,
            now=now,
        )
        await sources.enqueue(principal, feed_id, "feed", subscription.url)
        return await self.get(principal, ids.encode("feed", feed_id)), True

    async def update(self, principal: Principal, feed_id: str, changes: Mapping[str, Any]) -> FeedRow:
        """Change `title`, `category` (null clears either) or `paused`; raises `FeedNotFound`."""
        row = await self.get(principal, feed_id, lock=True)
        repository, now = await _repository(principal), infrastructure().clock.now()
        if "title" in changes:
            await repository.rename(row.id, changes["title"])
        if "category" in changes:
            await repository.classify(row.id, changes["category"])
        paused = changes.get("paused", row.paused)
        if paused and not row.paused:
            await repository.set_state(row.id, "paused", reason=PAUSED, next_fetch_at=None)
        elif row.paused and not paused:
            await repository.set_state(row.id, "pending", reason=None, next_fetch_at=now + LEASE)
        needs_title = "title" in changes and changes["title"] is None
        if not paused and (row.paused or needs_title):
            await sources.enqueue(principal, row.id, "feed", row.url)
        await repository.touch(row.id, now=now)
        changed = await self.get(principal, feed_id)
        audit.record(
            principal, "feed.updated", target=("feed", row.id), before=_recorded(row), after=_recorded(changed)
        )
        return changed

    async def delete(self, principal: Principal, feed_id: str) -> None:
        """Unsubscribe: the feed goes, and its articles, save those that another source has carried too."""
        row = await self.get(principal, feed_id, lock=True)
        await organizations.require(principal, "feeds.delete")
        await ingest.forget(principal, row.id)
        await (await _repository(principal)).delete(row.id)
        audit.record(principal, "feed.deleted", target=("feed", row.id), before=_recorded(row))

    async def refresh(self, principal: Principal, feed_id: str) -> FeedRefresh:
        """Have the feed fetched now, unless a fetch waits already."""
        row = await self.get(principal, feed_id)
        job_id = await sources.enqueue(principal, row.id, "feed", row.url)
        refresh = FeedRefresh(
            row.id, "queued" if job_id is not None else "already_queued", infrastructure().clock.now()
        )
        audit.record(principal, "feed.refreshed", target=("feed", row.id), after={"status": refresh.status})
        return refresh

    async def health(self, principal: Principal, feed_id: str) -> FeedHealth:
        """The state of the feed and its latest fetches."""
        health = await (await _repository(principal)).health(_decoded(feed_id), fetches=FETCHES_SHOWN)
        if health is None:
            raise _not_found()
        return health

    async def export_opml(self, principal: Principal) -> bytes:
        """All feeds as OPML 2.0, in folders by category."""
        return opml.write(await (await _repository(principal)).everything())

    async def import_opml(self, principal: Principal, document: bytes) -> tuple[ImportResult, ...]:
        """Subscribe to each feed of a document; what became of each. Raises `InvalidOpml`."""
        outlines = opml.read(document)
        verdicts = await addresses.judged([outline.url for outline in outlines], in_sandbox=principal.in_sandbox)
        results = tuple(
            [await self._import(principal, *pair) for pair in zip(outlines, verdicts, strict=True)]  # one by one
        )
        made = [ids.encode("feed", each.feed_id) for each in results if each.status == "created" and each.feed_id]
        if made:
            where = ("organization", principal.organization_id)
            audit.record(principal, "feed.imported", target=where, after={"feeds": len(made), "ids": made})
        return results

    async def _import(self, principal: Principal, outline: opml.Outline, verdict: str | UrlNotAllowed) -> ImportResult:
        folders = (folder.casefold() for folder in reversed(outline.folders))
        category = next((folder for folder in folders if folder in CATEGORIES), None)
        try:
            if isinstance(verdict, UrlNotAllowed):
                raise verdict
            subscription = Subscription(verdict, outline.url, outline.title, category=category)
            row, is_new = await self._subscribe(principal, subscription)
        except TidingsError as refusal:
            if refusal.status >= 500:
                raise
            return ImportResult(outline.url, outline.title, "rejected", code=refusal.code, detail=refusal.detail)
        return ImportResult(outline.url, outline.title, "created" if is_new else "existing", row.id)

    async def ensure_sandbox(self, settings: Settings) -> None:
        """Bring the newsroom's subscriptions to the sandbox in line with where it runs: its port may change.

        Where none runs, they are paused and their articles stay.
        """
        async with infrastructure().unit_of_work(operator()):
            repository = await _repository(operator())
            known = await repository.of_sandbox()
            if settings.sandbox_url is None:
                for feed_id, _, _ in known.values():
                    await repository.set_state(feed_id, "paused", reason=NO_SANDBOX, next_fetch_at=None)
                return
            for feed in SANDBOX_FEEDS:
                url = settings.sandbox_url + feed.path
                if feed.path not in known:
                    subscription = Subscription(url, url, feed.outlet.name, config={"sandbox": feed.path})
                    row, _ = await self._subscribe(operator(), subscription)
                    audit.record(operator(), "feed.created", target=("feed", row.id), after=_recorded(row))
                    continue
                feed_id, present_url, is_paused = known[feed.path]
                if is_paused or present_url != url:
                    await repository.readdress(feed_id, url, now=infrastructure().clock.now())

    async def learn(self, principal: Principal, feed_id: UUID, fetched: Fetched) -> str | None:
        """Take over what a fetch said about the feed: title, site, and a new address, of which the sentence speaks."""
        repository = await _repository(principal)
        if fetched.feed is not None:
            await repository.learn(
                feed_id,
                title=one_line(fetched.feed.title or "", limit=MAX_TITLE_CHARACTERS) or None,
                site_url=fetched.feed.site_url,
                format_=fetched.feed.format,
            )
        if fetched.moved_to is None:
            return None
        await repository.lock()
        if await repository.move(feed_id, fetched.moved_to):
            audit.record(principal, "feed.moved", target=("feed", feed_id), after={"url": fetched.moved_to})
            return f"It has moved for good to {fetched.moved_to} and is fetched from there now."
        return f"It has moved to {fetched.moved_to}, which is subscribed to as well: one of the two can go."


def _recorded(row: FeedRow) -> dict[str, Any]:
    """What the audit log keeps of a feed."""
    return {"url": row.url, "title": row.title, "category": row.category, "paused": row.paused}


async def _repository(principal: Principal) -> FeedRepository:
    return FeedRepository(await connection(), principal)


def _decoded(feed_id: str) -> UUID:
    try:
        return ids.decode("feed", feed_id)
    except ids.InvalidId:
        raise _not_found() from None


def _not_found() -> FeedNotFound:
    return FeedNotFound("There is no feed with this id.")


feeds = FeedService()
