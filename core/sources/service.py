"""Sources: who may see them, polling them now, and the scheduler's part of polling them in time."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core.errors import SourceNotFound
from core.infra import cache
from core.infra.context import infrastructure
from core.infra.db import after_commit, connection
from core.infra.paging import pair_in, sliced
from core.kit import ids
from core.kit.principal import NEWSROOM_ID, Principal, job, operator
from core.kit.slices import Slice
from core.settings import Settings
from core.sources import fetches, providers
from core.sources.health import after_failure, after_success, quota_after_failure
from core.sources.repository import DueSources, SourceRepository
from core.sources.types import PollReport, PollTarget, Quota, SourceGroup, SourceKind, SourceRow, Verdict
from core.upstreams.providers import PROVIDERS
from core.upstreams.types import Fetched, UpstreamError

LEASE: Final = timedelta(minutes=5)
"""A claimed source whose poll was never written down is due again after this long."""
CLAIMED_AT_ONCE: Final = 200
_CURSOR: Final = b"sources by name"


class SourceService:
    """What is polled: the newsroom's sources, which everybody sees, and those of one's own organisation."""

    async def list(self, principal: Principal, *, limit: int, cursor: str | None = None) -> Slice[SourceRow]:
        """A page of the sources, by name."""
        infra, bound_to = infrastructure(), _CURSOR + principal.organization_id.bytes
        async with infra.db.reads(principal) as reads:
            rows = await SourceRepository(reads, principal).page(
                after=pair_in(cursor, bound_to, str, UUID), limit=limit + 1
            )
        return sliced(rows, limit, bound_to, lambda last: (last.name, last.id))

    async def list_numbered(self, principal: Principal, *, page: int, limit: int) -> tuple[tuple[SourceRow, ...], int]:
        """Page number `page` (from 1) of the sources by name, and how many there are."""
        async with infrastructure().db.reads(principal) as reads:
            rows, total = await SourceRepository(reads, principal).numbered(offset=(page - 1) * limit, limit=limit)
        return tuple(rows), total

    async def by_kind(self) -> tuple[SourceGroup, ...]:
        """The newsroom's sources, counted by kind and state: what anybody may know of them."""
        async with infrastructure().db.newsroom_reads() as reads:
            return tuple(await SourceRepository(reads, job(NEWSROOM_ID)).by_kind())

    async def get(self, principal: Principal, source_id: str) -> SourceRow:
        """One source by its public id; raises `SourceNotFound`."""
        identity = _decoded(source_id)
        async with infrastructure().db.reads(principal) as reads:
            row = None if identity is None else await SourceRepository(reads, principal).get(identity)
        if row is None:
            raise _not_found()
        return row

    async def poll(self, principal: Principal, *, source: str | None = None) -> tuple[SourceRow, ...]:
        """Have the organisation's sources fetched now: one by slug or public id, else all that are not paused or gone.

        Gives the sources that will be fetched. Raises `SourceNotFound`. Needs a unit of work.
        """
        repository = SourceRepository(await connection(), principal)
        identity = None if source is None else _decoded(source)
        rows = await repository.to_poll(slug=source if identity is None else None, source_id=identity)
        if source is not None and not rows:
            raise _not_found()
        addresses = await repository.addresses([row.id for row in rows])
        for row in rows:
            await self.enqueue(principal, row.id, row.kind, addresses.get(row.id))
        return tuple(rows)

    async def enqueue(self, principal: Principal, source_id: UUID, kind: str, url: str | None) -> int | None:
        """Have a source fetched now, once the unit of work is done: the job's id, or None where one waits already."""
        return await fetches.enqueue(principal.organization_id, source_id, kind, url, asked_for=True)

    async def schedule(self, *, now: datetime) -> int:
        """Claim what is due and enqueue its fetches, in one transaction; how many. Any number may run at once."""
        async with infrastructure().unit_of_work(job(NEWSROOM_ID)):
            raw = await connection()
            due = DueSources(raw)
            kinds: dict[UUID, dict[UUID, str]] = defaultdict(dict)
            claimed = await due.claim(at=now, lease=LEASE, most=CLAIMED_AT_ONCE)
            for organization_id, source_id, kind in claimed:
                kinds[organization_id][source_id] = kind
            for organization_id, found in kinds.items():
                await due.enter(organization_id)
                addresses = await SourceRepository(raw, job(organization_id)).addresses(list(found))
                for source_id, kind in found.items():
                    await fetches.enqueue(organization_id, source_id, kind, addresses.get(source_id))
        return len(claimed)

    async def target(self, principal: Principal, source_id: UUID) -> PollTarget | None:
        """What a poll of the organisation's source needs to know; None where there is no such source."""
        async with infrastructure().unit_of_work(principal):
            return await SourceRepository(await connection(), principal).target(source_id)

    async def succeeded(
        self,
        principal: Principal,
        target: PollTarget,
        fetched: Fetched,
        report: PollReport,
        *,
        answered_s: float,
        language: str | None = None,
        note: str | None = None,
    ) -> Verdict:
        """Write down a poll that worked; `note` says what became of a feed's move. Needs a unit of work."""
        settings, now = infrastructure().settings, infrastructure().clock.now()
        quota = _quota(target, fetched, settings)
        verdict = after_success(
            fetched,
            now=now,
            took_s=answered_s,
            interval_s=settings.poll_interval_seconds,
            quota=quota,
            note=note,
        )
        await self._record(principal, target, verdict, report, cursor=fetched.cursor, language=language, quota=quota)
        return verdict

    async def failed(
        self, principal: Principal, target: PollTarget, error: UpstreamError, report: PollReport
    ) -> Verdict:
        """Write down a poll that brought nothing. Needs a unit of work."""
        now = infrastructure().clock.now()
        limit = providers.quota_limit(target.kind, infrastructure().settings)
        quota = None if limit is None else quota_after_failure(Quota(limit, None, None), error, now=now)
        verdict = after_failure(target.consecutive_failures, error, now=now)
        await self._record(principal, target, verdict, report, quota=quota)
        return verdict

    async def _record(
        self, principal: Principal, target: PollTarget, verdict: Verdict, report: PollReport, **learnt: Any
    ) -> None:
        infra = infrastructure()
        await SourceRepository(await connection(), principal).record(
            target.id,
            verdict,
            report,
            now=infra.clock.now(),
            interval_s=infra.settings.poll_interval_seconds,
            **learnt,
        )
        if verdict.state != target.state:
            after_commit(_states_changed)

    async def adopt(
        self, principal: Principal, kind: SourceKind, *, slug: str, name: str, config: Mapping[str, Any]
    ) -> UUID:
        """A source of the principal's organisation that is read by somebody's own authorisation: fetched now and on.

        The one with that slug goes on where it was. Needs a unit of work; the id.
        """
        infra = infrastructure()
        source_id = await SourceRepository(await connection(), principal).upsert_provider(
            kind,
            ids.new_id(),
            slug=slug,
            name=name,
            language=providers.provider(kind).language,
            category=None,
            config=dict(config),
            interval_s=infra.settings.poll_interval_seconds,
        )
        await self.enqueue(principal, source_id, kind, None)
        return source_id

    async def pause(self, principal: Principal, source_id: UUID, *, reason: str) -> None:
        """Stop reading a source of the principal's organisation; its articles stay. Needs a unit of work."""
        await SourceRepository(await connection(), principal).pause(source_id, reason=reason)

    async def ensure_providers(self, settings: Settings) -> None:
        """Bring the newsroom's provider rows in line with the configuration: polled where they can be, else paused."""
        available = providers.configured(settings)
        async with infrastructure().unit_of_work(operator()):
            repository = SourceRepository(await connection(), operator())
            for kind in PROVIDERS:
                about = providers.provider(kind)
                if kind not in available:
                    await repository.pause_provider(kind, reason=f"It is not configured: {about.how}.")
                    continue
                await repository.upsert_provider(
                    kind,
                    ids.new_id(),
                    name=about.name,
                    language=about.language,
                    category=about.category,
                    config=available[kind],
                    interval_s=settings.poll_interval_seconds,
                )


async def _states_changed() -> None:
    await cache.invalidate(cache.ARTICLES)  # empty lists warn of sources that are not well


def _quota(target: PollTarget, fetched: Fetched, settings: Settings) -> Quota | None:
    limit = providers.quota_limit(target.kind, settings)
    if limit is None:
        return None
    resets_at = (fetched.cursor.get("quota") or {}).get("resets_at")
    return Quota(limit, fetched.quota_remaining, None if resets_at is None else datetime.fromtimestamp(resets_at, UTC))


def _decoded(source: str) -> UUID | None:
    try:
        return ids.decode("src", source)
    except ids.InvalidId:
        return None


def _not_found() -> SourceNotFound:
    return SourceNotFound("There is no source with this id.")


sources = SourceService()
