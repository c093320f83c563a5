"""One poll of one source: fetch, store, and write down how it went."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final
from uuid import UUID

import structlog

from core.feeds.service import feeds
from core.infra import cache
from core.infra.context import infrastructure
from core.infra.db import after_commit, connection
from core.ingest.clients import Clients
from core.ingest.language import from_tag
from core.ingest.service import ingest
from core.ingest.types import MergeResult, SourceProfile
from core.kit.principal import Principal, job
from core.sources.health import after_failure, after_success, quota_after_failure
from core.sources.providers import quota_limit
from core.sources.repository import SourceRepository
from core.sources.types import PollReport, PollTarget, Quota, Verdict
from core.upstreams.types import Fetched, UpstreamError

GIVEN_UP: Final = "Reading it has brought the worker down {attempts} times; it is left alone for six hours."
OWN_FAULT: Final = "Tidings could not deal with the answer. This is a fault of Tidings; its log says more."
_GIVEN_UP_S: Final = 6 * 3600


@dataclass(frozen=True, slots=True)
class Poll:
    """A poll under way: whose, of what, since when."""

    principal: Principal
    target: PollTarget
    started_at: datetime
    started: float

    @property
    def took_s(self) -> float:
        return monotonic() - self.started


async def poll_source(clients: Clients, organization_id: UUID, source_id: UUID, *, asked_for: bool = False) -> None:
    """Poll once and write the outcome down, whatever it is. A source that was deleted or paused is left alone.

    Raises `Unavailable` when our own database is away: the source is due again when its lease ends.
    """
    principal = job(organization_id)
    async with infrastructure().unit_of_work(principal):
        target = await SourceRepository(await connection(), principal).target(source_id)
    if target is None or (target.state == "paused" and not asked_for):
        return
    poll = Poll(principal, target, infrastructure().clock.now(), monotonic())
    try:
        fetched = await clients.of(target.kind).fetch(config=_config(target), cursor=target.cursor)
    except UpstreamError as error:
        await _write_failure(poll, error)
    except Exception:  # noqa: BLE001 - whatever a client trips over must not stop the other sources
        _log().exception("poll_failed", source=str(source_id), kind=target.kind)
        await _write_failure(poll, UpstreamError(OWN_FAULT))
    else:
        await _take(poll, fetched)


async def give_up(organization_id: UUID, source_id: UUID, *, attempts: int) -> None:
    """Write down that polling the source killed its worker `attempts` times: somebody has to look at it."""
    principal = job(organization_id)
    async with infrastructure().unit_of_work(principal):
        target = await SourceRepository(await connection(), principal).target(source_id)
    if target is not None:
        poll = Poll(principal, target, infrastructure().clock.now(), monotonic())
        error = UpstreamError(GIVEN_UP.format(attempts=attempts), retry_after_s=_GIVEN_UP_S)
        await _write_failure(poll, error)


async def _take(poll: Poll, fetched: Fetched) -> None:
    profile = SourceProfile(poll.target.id, poll.target.name, _language(poll.target, fetched), poll.target.category)
    answered_s = poll.took_s
    try:
        merged, rejected = await ingest.store(poll.principal, profile, fetched.drafts, now=poll.started_at)
    except Exception:
        _log().exception("store_failed", source=str(poll.target.id), kind=poll.target.kind)
        raise
    await _write_success(poll, fetched, merged, rejected=len(rejected) + len(fetched.rejected), answered_s=answered_s)


async def _write_success(
    poll: Poll, fetched: Fetched, merged: MergeResult, *, rejected: int, answered_s: float
) -> None:
    settings, now = infrastructure().settings, infrastructure().clock.now()
    quota = _quota(poll.target, fetched)
    async with infrastructure().unit_of_work(poll.principal):
        note = await feeds.learn(poll.principal, poll.target.id, fetched) if poll.target.kind == "feed" else None
        verdict = after_success(
            fetched,
            now=now,
            took_s=answered_s,
            interval_s=settings.poll_interval_seconds,
            quota=quota,
            note=note,
        )
        report = PollReport(
            started_at=poll.started_at,
            duration_ms=round(poll.took_s * 1000),
            outcome=fetched.outcome,
            http_status=fetched.http_status,
            requests=fetched.requests,
            bytes_read=fetched.bytes_read,
            items_seen=len(fetched.drafts) + len(fetched.rejected),
            items_new=merged.new,
            items_updated=merged.updated,
            items_removed=merged.removed,
            items_rejected=rejected,
        )
        language = _language(poll.target, fetched)
        await _write(poll, verdict, report, now=now, cursor=fetched.cursor, language=language, quota=quota)


async def _write_failure(poll: Poll, error: UpstreamError) -> None:
    now = infrastructure().clock.now()
    limit = quota_limit(poll.target.kind, infrastructure().settings)
    quota = None if limit is None else quota_after_failure(Quota(limit, None, None), error, now=now)
    report = PollReport(
        started_at=poll.started_at,
        duration_ms=round(poll.took_s * 1000),
        outcome="failed",
        http_status=error.http_status,
    )
    async with infrastructure().unit_of_work(poll.principal):
        await _write(
            poll, after_failure(poll.target.consecutive_failures, error, now=now), report, now=now, quota=quota
        )


async def _write(
    poll: Poll,
    verdict: Verdict,
    report: PollReport,
    *,
    now: datetime,
    cursor: Mapping[str, Any] | None = None,
    language: str | None = None,
    quota: Quota | None = None,
) -> None:
    """In the ambient unit of work: the source's state and the log, whose trigger tells whoever waits for this fetch."""
    repository = SourceRepository(await connection(), poll.principal)
    await repository.record(
        poll.target.id,
        verdict,
        report,
        now=now,
        interval_s=infrastructure().settings.poll_interval_seconds,
        cursor=None if cursor is None else dict(cursor),
        language=language,
        quota=quota,
    )
    if verdict.state != poll.target.state:
        after_commit(_states_changed)
    _log().info(
        "polled", source=str(poll.target.id), kind=poll.target.kind, state=verdict.state, reason=verdict.reason,
        outcome=report.outcome, new=report.items_new, updated=report.items_updated, removed=report.items_removed,
        rejected=report.items_rejected, duration_ms=report.duration_ms,
    )  # fmt: skip


async def _states_changed() -> None:
    await cache.invalidate(cache.ARTICLES)  # empty lists warn of sources that are not well


def _config(target: PollTarget) -> dict[str, Any]:
    return target.config if target.url is None else {**target.config, "url": target.url}


def _language(target: PollTarget, fetched: Fetched) -> str | None:
    stated = None if fetched.feed is None else from_tag(fetched.feed.language)
    return stated or target.language


def _quota(target: PollTarget, fetched: Fetched) -> Quota | None:
    limit = quota_limit(target.kind, infrastructure().settings)
    if limit is None:
        return None
    resets_at = (fetched.cursor.get("quota") or {}).get("resets_at")
    return Quota(limit, fetched.quota_remaining, None if resets_at is None else datetime.fromtimestamp(resets_at, UTC))


def _log() -> Any:
    return structlog.get_logger(__name__)
