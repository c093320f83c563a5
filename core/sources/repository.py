"""All SQL about sources and their polls. A poll needs a feed's address; the rest is the feeds feature's."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from core.infra.db import Connection
from core.kit.principal import Principal
from core.sources.types import PollReport, PollTarget, Quota, SourceGroup, SourceRow, Verdict

LOG_KEPT: Final = timedelta(days=30)

_ROW: Final = """
SELECT id, organization_id, slug, name, kind, state, state_reason, article_count, last_fetch_at, next_fetch_at,
  quota_limit, quota_remaining, quota_resets_at
FROM sources
"""

_VISIBLE: Final = "organization_id = ANY(%(visible)s)"

_PAGE: Final = f"""{_ROW}
WHERE {_VISIBLE} AND (%(name)s::text IS NULL OR (name, id) > (%(name)s, %(id)s))
ORDER BY name, id LIMIT %(limit)s
"""

_NUMBERED: Final = f"{_ROW} WHERE {_VISIBLE} ORDER BY name, id LIMIT %(limit)s OFFSET %(offset)s"

_BY_KIND: Final = """
SELECT kind, state, count(*), coalesce(sum(article_count), 0)::bigint, max(last_fetch_at) FROM sources
WHERE organization_id = %(organization)s GROUP BY kind, state ORDER BY kind, state
"""

_COUNT: Final = f"SELECT count(*) FROM sources WHERE {_VISIBLE}"

_ONE: Final = f"{_ROW} WHERE {_VISIBLE} AND id = %(id)s"

_TO_POLL: Final = f"""{_ROW}
WHERE organization_id = %(organization)s AND CASE
  WHEN %(source)s::text IS NOT NULL THEN slug = %(source)s
  WHEN %(id)s::uuid IS NOT NULL THEN id = %(id)s
  ELSE state NOT IN ('paused', 'gone') END
ORDER BY name, id
"""

_TARGET: Final = """
SELECT s.id, s.kind, s.name, s.language, s.category, s.config, s.fetch_cursor AS cursor, f.url, s.state,
  s.consecutive_failures
FROM sources s LEFT JOIN feeds f ON f.organization_id = s.organization_id AND f.id = s.id
WHERE s.organization_id = %(organization)s AND s.id = %(id)s
"""

_ADDRESSES: Final = "SELECT id, url FROM feeds WHERE organization_id = %(organization)s AND id = ANY(%(ids)s)"

# its owner may have paused the source while the poll ran: that stays
_RECORD: Final = """
UPDATE sources
SET state = CASE WHEN state = 'paused' THEN state ELSE %(state)s END,
  state_reason = CASE WHEN state = 'paused' THEN state_reason ELSE %(reason)s::text END,
  next_fetch_at = CASE WHEN state = 'paused' THEN NULL ELSE %(next)s::timestamptz END,
  consecutive_failures = %(failures)s, poll_interval_s = %(interval)s, last_fetch_at = %(now)s,
  last_success_at = CASE WHEN %(succeeded)s THEN %(now)s ELSE last_success_at END,
  fetch_cursor = coalesce(%(cursor)s, fetch_cursor), language = coalesce(%(language)s, language),
  quota_limit = %(quota_limit)s, quota_remaining = coalesce(%(quota_remaining)s, quota_remaining),
  quota_resets_at = coalesce(%(quota_resets_at)s, quota_resets_at)
WHERE organization_id = %(organization)s AND id = %(id)s
RETURNING id
"""

_LOG: Final = """
INSERT INTO fetch_log (organization_id, source_id, started_at, duration_ms, outcome, state, http_status, reason,
  requests, bytes_read, items_seen, items_new, items_updated, items_removed, items_rejected)
VALUES (%(organization)s, %(id)s, %(started_at)s, %(duration_ms)s, %(outcome)s, %(state)s, %(http_status)s, %(reason)s,
  %(requests)s, %(bytes_read)s, %(items_seen)s, %(items_new)s, %(items_updated)s, %(items_removed)s, %(items_rejected)s)
"""

# beside each poll: the index leads to what is too old, which is nothing most of the time
_FORGET: Final = """
DELETE FROM fetch_log WHERE organization_id = %(organization)s AND source_id = %(id)s AND started_at < %(before)s
"""

_SET_ORGANIZATION: Final = "SELECT set_config('tidings.organization_id', %(organization)s::text, true)"

_CLAIM: Final = "SELECT organization_id, id, kind FROM claim_due_sources(%(at)s, %(lease)s, %(most)s)"

_UPSERT_PROVIDER: Final = """
INSERT INTO sources (organization_id, id, slug, kind, name, language, category, config, poll_interval_s)
VALUES (%(organization)s, %(id)s, %(slug)s, %(kind)s, %(name)s, %(language)s, %(category)s, %(config)s, %(interval)s)
ON CONFLICT (organization_id, slug) DO UPDATE
SET config = excluded.config, name = excluded.name, language = excluded.language, category = excluded.category,
  poll_interval_s = excluded.poll_interval_s,
  state = CASE WHEN sources.state = 'paused' THEN 'pending' ELSE sources.state END,
  state_reason = CASE WHEN sources.state = 'paused' THEN NULL ELSE sources.state_reason END,
  next_fetch_at = CASE WHEN sources.state = 'paused' THEN now() ELSE sources.next_fetch_at END,
  fetch_cursor = CASE WHEN sources.config -> 'origin' IS DISTINCT FROM excluded.config -> 'origin'
    THEN '{}'::jsonb ELSE sources.fetch_cursor END
RETURNING id
"""

_PAUSE_PROVIDER: Final = """
UPDATE sources SET state = 'paused', state_reason = %(reason)s, next_fetch_at = NULL
WHERE organization_id = %(organization)s AND kind = %(kind)s AND kind <> 'feed'
"""

_PAUSE: Final = """
UPDATE sources SET state = 'paused', state_reason = %(reason)s, next_fetch_at = NULL
WHERE organization_id = %(organization)s AND id = %(id)s
"""


class SourceRepository:
    """Sources that the principal may see, and writes to those of its organisation."""

    def __init__(self, connection: Connection, principal: Principal) -> None:
        self._connection = connection
        self._organization = principal.organization_id
        self._visible = [principal.newsroom_id, principal.organization_id]

    async def page(self, *, after: tuple[str, UUID] | None, limit: int) -> list[SourceRow]:
        """At most `limit` sources behind the position, by name."""
        name, source_id = after or (None, None)
        return await self._rows(_PAGE, visible=self._visible, name=name, id=source_id, limit=limit)

    async def numbered(self, *, offset: int, limit: int) -> tuple[list[SourceRow], int]:
        """A page by its offset, and how many sources there are."""
        rows = await self._rows(_NUMBERED, visible=self._visible, limit=limit, offset=offset)
        counted = await (await self._run(_COUNT, visible=self._visible)).fetchone()
        return rows, 0 if counted is None else int(counted[0])

    async def by_kind(self) -> list[SourceGroup]:
        """The organisation's own sources, counted by kind and state."""
        cursor = await self._run(_BY_KIND)
        return [SourceGroup(*row) for row in await cursor.fetchall()]

    async def get(self, source_id: UUID) -> SourceRow | None:
        rows = await self._rows(_ONE, visible=self._visible, id=source_id)
        return rows[0] if rows else None

    async def to_poll(self, *, slug: str | None = None, source_id: UUID | None = None) -> list[SourceRow]:
        """The organisation's own source of that slug or id; without either all that are not paused or gone."""
        return await self._rows(_TO_POLL, source=slug, id=source_id)

    async def target(self, source_id: UUID) -> PollTarget | None:
        """What a poll of the organisation's source needs to know."""
        async with self._connection.cursor(row_factory=class_row(PollTarget)) as cursor:
            await cursor.execute(_TARGET, {"organization": self._organization, "id": source_id})
            return await cursor.fetchone()

    async def addresses(self, source_ids: Sequence[UUID]) -> dict[UUID, str]:
        """The address of each of the sources that is a feed."""
        cursor = await self._run(_ADDRESSES, ids=list(source_ids))
        return {row[0]: row[1] for row in await cursor.fetchall()}

    async def record(
        self,
        source_id: UUID,
        verdict: Verdict,
        report: PollReport,
        *,
        now: datetime,
        interval_s: int,
        cursor: dict[str, Any] | None = None,
        language: str | None = None,
        quota: Quota | None = None,
    ) -> bool:
        """Write a poll down: state, and an entry of the log, kept for 30 days. False where the source was deleted."""
        cursor_value = None if cursor is None else Jsonb(cursor)
        updated = await self._run(
            _RECORD, id=source_id, state=verdict.state, reason=verdict.reason, next=verdict.next_fetch_at,
            failures=verdict.consecutive_failures, interval=interval_s, now=now, succeeded=report.outcome != "failed",
            cursor=cursor_value, language=language, quota_limit=quota.limit if quota else None,
            quota_remaining=quota.remaining if quota else None, quota_resets_at=quota.resets_at if quota else None,
        )  # fmt: skip
        if updated.rowcount == 0:
            return False
        values = {name: getattr(report, name) for name in PollReport.__slots__}
        await self._run(_LOG, id=source_id, state=verdict.state, reason=verdict.reason, **values)
        await self._run(_FORGET, id=source_id, before=now - LOG_KEPT)
        return True

    async def upsert_provider(
        self, kind: str, source_id: UUID, *, name: str, language: str | None, category: str | None,
        config: dict[str, Any], interval_s: int, slug: str | None = None,
    ) -> UUID:  # fmt: skip
        """The row of a provider, under the provider's own name if there is no other slug; its id.

        One that begins to be read elsewhere forgets its cursor, one that was paused goes on.
        """
        cursor = await self._run(
            _UPSERT_PROVIDER, id=source_id, kind=kind, slug=slug or kind, name=name, language=language,
            category=category, config=Jsonb(config), interval=interval_s,
        )  # fmt: skip
        row = await cursor.fetchone()
        assert row is not None  # noqa: S101 - one of the two branches has returned it
        return UUID(str(row[0]))

    async def pause_provider(self, kind: str, *, reason: str) -> None:
        await self._run(_PAUSE_PROVIDER, kind=kind, reason=reason)

    async def pause(self, source_id: UUID, *, reason: str) -> None:
        """Ask it no more; its articles stay."""
        await self._run(_PAUSE, id=source_id, reason=reason)

    async def _rows(self, statement: str, **values: Any) -> list[SourceRow]:
        async with self._connection.cursor(row_factory=class_row(SourceRow)) as cursor:
            await cursor.execute(statement, {"organization": self._organization, **values})
            return await cursor.fetchall()

    async def _run(self, statement: str, **values: Any) -> Any:
        return await self._connection.execute(statement, {"organization": self._organization, **values})


class DueSources:
    """The scheduler's view: it looks over all organisations, learns ids only, and then works inside one after another.

    `connection` is in a transaction; `enter` changes the organisation that it names.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def claim(self, *, at: datetime, lease: timedelta, most: int) -> list[tuple[UUID, UUID, str]]:
        """Organisation, id and kind of sources that are due. Nobody else is given them for as long as the lease."""
        cursor = await self._connection.execute(_CLAIM, {"at": at, "lease": lease, "most": most})
        return [(row[0], row[1], row[2]) for row in await cursor.fetchall()]

    async def enter(self, organization_id: UUID) -> None:
        """From here on the transaction sees and writes what is this organisation's."""
        await self._connection.execute(_SET_ORGANIZATION, {"organization": organization_id})
