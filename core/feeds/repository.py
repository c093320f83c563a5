"""All SQL about subscriptions. A feed is a row of `feeds` and the row of `sources` with the same id."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from core.feeds.addresses import site_name
from core.feeds.types import FeedHealth, FeedRow, FetchRow, Subscription
from core.infra.db import Connection
from core.kit.principal import Principal

_ROW: Final = """
SELECT f.id, s.slug, f.url, f.site_url, f.title, f.format, s.category, s.language, s.state, s.state_reason,
  s.article_count, s.last_fetch_at, s.next_fetch_at, f.created_at, s.updated_at
FROM feeds f JOIN sources s ON s.organization_id = f.organization_id AND s.id = f.id
WHERE f.organization_id = %(organization)s
"""

_PAGE: Final = f"""{_ROW}
AND (%(created_at)s::timestamptz IS NULL OR (f.created_at, f.id) < (%(created_at)s, %(id)s))
ORDER BY f.created_at DESC, f.id DESC LIMIT %(limit)s
"""

_ONE: Final = f"{_ROW} AND f.id = %(id)s"

_ONE_TO_CHANGE: Final = f"{_ONE} FOR UPDATE"

_ALL: Final = f"{_ROW} ORDER BY s.category NULLS LAST, f.title, f.id"

_BY_URL: Final = f"{_ROW} AND md5(f.url) = md5(%(url)s) AND f.url = %(url)s"

_OF_SANDBOX: Final = """
SELECT s.config ->> 'sandbox', f.id, f.url, s.state = 'paused'
FROM feeds f JOIN sources s ON s.organization_id = f.organization_id AND s.id = f.id
WHERE f.organization_id = %(organization)s AND s.config ? 'sandbox'
"""

_HEALTH: Final = """
SELECT id AS feed_id, state, state_reason, consecutive_failures, poll_interval_s AS poll_interval_seconds,
  last_fetch_at, last_success_at, next_fetch_at
FROM sources WHERE organization_id = %(organization)s AND id = %(id)s AND kind = 'feed'
"""

_FETCHES: Final = """
SELECT started_at, duration_ms, outcome, state, reason, http_status, bytes_read, items_seen, items_new, items_updated,
  items_removed, items_rejected
FROM fetch_log WHERE organization_id = %(organization)s AND source_id = %(id)s
ORDER BY started_at DESC, fetch_log.id DESC LIMIT %(limit)s
"""

_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('tidings.feeds:' || %(organization)s::text, 0))"

_SLUGS: Final = """
SELECT slug FROM sources
WHERE organization_id = %(organization)s AND (slug = %(slug)s OR slug LIKE %(slug)s || '-%%')
"""

_INSERT: Final = """
WITH source AS (
  INSERT INTO sources (organization_id, id, slug, kind, name, category, config, poll_interval_s, next_fetch_at,
    created_at, updated_at)
  VALUES (%(organization)s, %(id)s, %(slug)s, 'feed', %(name)s, %(category)s, %(config)s, %(interval)s, %(next)s,
    %(now)s, %(now)s)
)
INSERT INTO feeds (organization_id, id, url, original_url, title, title_is_custom, created_by, created_at)
VALUES (%(organization)s, %(id)s, %(url)s, %(original_url)s, %(title)s, %(title_is_custom)s, %(created_by)s, %(now)s)
"""

_DELETE: Final = "DELETE FROM sources WHERE organization_id = %(organization)s AND id = %(id)s"

_TOUCH: Final = "UPDATE sources SET updated_at = %(now)s WHERE organization_id = %(organization)s AND id = %(id)s"

_RENAME: Final = """
WITH renamed AS (
  UPDATE feeds SET title = %(title)s, title_is_custom = %(title)s::text IS NOT NULL
  WHERE organization_id = %(organization)s AND id = %(id)s
)
UPDATE sources SET name = coalesce(%(title)s, name),
  fetch_cursor = CASE WHEN %(title)s::text IS NULL THEN '{}'::jsonb ELSE fetch_cursor END
WHERE organization_id = %(organization)s AND id = %(id)s
"""

_CLASSIFY: Final = """
UPDATE sources SET category = %(category)s WHERE organization_id = %(organization)s AND id = %(id)s
"""

_SET_STATE: Final = """
UPDATE sources SET state = %(state)s, state_reason = %(reason)s, next_fetch_at = %(next)s
WHERE organization_id = %(organization)s AND id = %(id)s
"""

_READDRESS: Final = """
WITH moved AS (
  UPDATE feeds SET url = %(url)s, original_url = %(url)s WHERE organization_id = %(organization)s AND id = %(id)s
)
UPDATE sources SET state = 'pending', state_reason = NULL, next_fetch_at = %(now)s, fetch_cursor = '{}'::jsonb,
  consecutive_failures = 0
WHERE organization_id = %(organization)s AND id = %(id)s
"""

_LEARN: Final = """
WITH learnt AS (
  UPDATE feeds SET title = CASE WHEN title_is_custom THEN title ELSE coalesce(%(title)s, title) END,
    site_url = coalesce(%(site_url)s, site_url), format = %(format)s
  WHERE organization_id = %(organization)s AND id = %(id)s
  RETURNING title
)
UPDATE sources SET name = coalesce(learnt.title, name) FROM learnt
WHERE organization_id = %(organization)s AND id = %(id)s
"""

_MOVE: Final = """
UPDATE feeds SET url = %(url)s
WHERE organization_id = %(organization)s AND id = %(id)s AND NOT EXISTS (
  SELECT 1 FROM feeds f WHERE f.organization_id = %(organization)s AND md5(f.url) = md5(%(url)s))
"""


class FeedRepository:
    """Feeds of the principal's organisation."""

    def __init__(self, connection: Connection, principal: Principal) -> None:
        self._connection = connection
        self._principal = principal

    async def lock(self) -> None:
        """Wait for our turn to add or move feeds: limit, slug and address are decided one after the other."""
        await self._run(_LOCK)

    async def page(self, *, after: tuple[datetime, UUID] | None, limit: int) -> list[FeedRow]:
        """At most `limit` feeds older than the position, newest first."""
        created_at, feed_id = after or (None, None)
        return await self._rows(_PAGE, created_at=created_at, id=feed_id, limit=limit)

    async def everything(self) -> list[FeedRow]:
        """All feeds, by category and title."""
        return await self._rows(_ALL)

    async def get(self, feed_id: UUID, *, lock: bool = False) -> FeedRow | None:
        """One feed; with `lock` nobody else changes it until the transaction ends."""
        rows = await self._rows(_ONE_TO_CHANGE if lock else _ONE, id=feed_id)
        return rows[0] if rows else None

    async def by_url(self, url: str) -> FeedRow | None:
        rows = await self._rows(_BY_URL, url=url)
        return rows[0] if rows else None

    async def of_sandbox(self) -> dict[str, tuple[UUID, str, bool]]:
        """The feeds that were subscribed to for the sandbox newsroom, by their path on it: id, address, paused."""
        cursor = await self._run(_OF_SANDBOX)
        return {row[0]: (row[1], row[2], row[3]) for row in await cursor.fetchall()}

    async def health(self, feed_id: UUID, *, fetches: int) -> FeedHealth | None:
        """The state of a feed and its latest fetches."""
        values = {"organization": self._principal.organization_id, "id": feed_id, "limit": fetches}
        async with self._connection.cursor(row_factory=class_row(FeedHealth)) as cursor:
            await cursor.execute(_HEALTH, values)
            state = await cursor.fetchone()
        if state is None:
            return None
        async with self._connection.cursor(row_factory=class_row(FetchRow)) as log:
            await log.execute(_FETCHES, values)
            return replace(state, fetches=tuple(await log.fetchall()))

    async def slugs_like(self, slug: str) -> set[str]:
        """The slugs of the organisation's sources that are `slug`, or begin with it and a hyphen."""
        cursor = await self._run(_SLUGS, slug=slug)
        return {row[0] for row in await cursor.fetchall()}

    async def insert(
        self, feed_id: UUID, subscription: Subscription, *, slug: str, interval_s: int, next_fetch_at: datetime,
        now: datetime,
    ) -> None:  # fmt: skip
        """A new feed."""
        await self._run(
            _INSERT, id=feed_id, slug=slug, name=subscription.title or site_name(subscription.url),
            category=subscription.category, config=Jsonb(dict(subscription.config)), interval=interval_s,
            next=next_fetch_at, url=subscription.url, original_url=subscription.original_url, title=subscription.title,
            title_is_custom=subscription.title_is_custom, created_by=self._principal.principal_id, now=now,
        )  # fmt: skip

    async def delete(self, feed_id: UUID) -> None:
        """The feed, its source and its fetch log. Nothing may refer to it any more."""
        await self._run(_DELETE, id=feed_id)

    async def rename(self, feed_id: UUID, title: str | None) -> None:
        """The subscriber's own title; None for the feed's, which the next fetch then reads afresh."""
        await self._run(_RENAME, id=feed_id, title=title)

    async def classify(self, feed_id: UUID, category: str | None) -> None:
        """The category of the articles from now on; None to decide for each."""
        await self._run(_CLASSIFY, id=feed_id, category=category)

    async def set_state(self, feed_id: UUID, state: str, *, reason: str | None, next_fetch_at: datetime | None) -> None:
        await self._run(_SET_STATE, id=feed_id, state=state, reason=reason, next=next_fetch_at)

    async def touch(self, feed_id: UUID, *, now: datetime) -> None:
        """The subscription was changed by its owner."""
        await self._run(_TOUCH, id=feed_id, now=now)

    async def learn(self, feed_id: UUID, *, title: str | None, site_url: str | None, format_: str) -> None:
        """What the feed says about itself. A title of the subscriber's own stays."""
        await self._run(_LEARN, id=feed_id, title=title, site_url=site_url, format=format_)

    async def move(self, feed_id: UUID, url: str) -> bool:
        """Fetch the feed from `url` from now on; False where the organisation subscribes to that address already."""
        return bool((await self._run(_MOVE, id=feed_id, url=url)).rowcount)

    async def readdress(self, feed_id: UUID, url: str, *, now: datetime) -> None:
        """The same feed under another address, to be read afresh."""
        await self._run(_READDRESS, id=feed_id, url=url, now=now)

    async def _rows(self, statement: str, **values: Any) -> list[FeedRow]:
        async with self._connection.cursor(row_factory=class_row(FeedRow)) as cursor:
            await cursor.execute(statement, {"organization": self._principal.organization_id, **values})
            return await cursor.fetchall()

    async def _run(self, statement: str, **values: Any) -> Any:
        return await self._connection.execute(statement, {"organization": self._principal.organization_id, **values})
