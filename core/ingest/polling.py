"""One poll of one source: fetch, store, and write down how it went."""

from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any, Final
from uuid import UUID

import structlog

from core.errors import Unavailable
from core.feeds.service import feeds
from core.infra.context import infrastructure
from core.ingest.clients import Clients
from core.ingest.service import ingest
from core.ingest.types import SourceProfile
from core.kit.languages import from_tag
from core.kit.principal import Principal, job
from core.sources.service import sources
from core.sources.types import PollReport, PollTarget, Verdict
from core.upstreams.types import Fetched, Upstream, UpstreamError

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

    def report(self, **members: Any) -> PollReport:
        """The entry of the fetch log for a poll that ends now."""
        return PollReport(started_at=self.started_at, duration_ms=round(self.took_s * 1000), **members)


async def poll_source(clients: Clients, organization_id: UUID, source_id: UUID, *, asked_for: bool = False) -> None:
    """Poll once and write the outcome down, whatever it is. A source that was deleted or paused is left alone.

    Raises `Unavailable` when our own database is away: then it is to be tried again soon, or when its lease ends.
    """
    principal = job(organization_id)
    target = await sources.target(principal, source_id)
    if target is None or (target.state == "paused" and not asked_for):
        return
    poll = Poll(principal, target, infrastructure().clock.now(), monotonic())
    try:
        fetched = await _client(clients, poll).fetch(config=_config(target), cursor=target.cursor)
        await _take(poll, fetched)
    except UpstreamError as error:
        await _write_failure(poll, error)
    except Unavailable:
        raise
    except Exception:  # noqa: BLE001 - whatever a client or an item trips over must not stop the other sources
        _log().exception("poll_failed", source=str(source_id), kind=target.kind)
        await _write_failure(poll, UpstreamError(OWN_FAULT))


def _client(clients: Clients, poll: Poll) -> Upstream:
    """The kind's client, or one of the source's own: then its `config` names the identity that grants the tokens.

    What a test key has subscribed to is read inside of the process.
    """
    if poll.principal.in_sandbox:
        return clients.sandboxed()
    identity = poll.target.config.get("identity")
    return clients.of(poll.target.kind) if identity is None else clients.granted(poll.principal, UUID(identity))


async def give_up(organization_id: UUID, source_id: UUID, *, attempts: int) -> None:
    """Write down that polling the source killed its worker `attempts` times: somebody has to look at it."""
    principal = job(organization_id)
    target = await sources.target(principal, source_id)
    if target is not None:
        poll = Poll(principal, target, infrastructure().clock.now(), monotonic())
        error = UpstreamError(GIVEN_UP.format(attempts=attempts), retry_after_s=_GIVEN_UP_S)
        await _write_failure(poll, error)


async def _take(poll: Poll, fetched: Fetched) -> None:
    """Store what a fetch brought, then write the poll down."""
    target, answered_s = poll.target, poll.took_s
    stated = None if fetched.feed is None else from_tag(fetched.feed.language)
    profile = SourceProfile(target.id, target.name, stated or target.language, target.category)
    merged, rejected = await ingest.store(poll.principal, profile, fetched.drafts, now=poll.started_at)
    report = poll.report(
        outcome=fetched.outcome,
        http_status=fetched.http_status,
        requests=fetched.requests,
        bytes_read=fetched.bytes_read,
        items_seen=len(fetched.drafts) + len(fetched.rejected),
        items_new=merged.new,
        items_updated=merged.updated,
        items_removed=merged.removed,
        items_rejected=len(rejected) + len(fetched.rejected),
    )
    async with infrastructure().unit_of_work(poll.principal):
        note = await feeds.learn(poll.principal, target.id, fetched) if target.kind == "feed" else None
        verdict = await sources.succeeded(
            poll.principal, target, fetched, report, answered_s=answered_s, language=profile.language, note=note
        )
    _tell(poll, verdict, report)


async def _write_failure(poll: Poll, error: UpstreamError) -> None:
    report = poll.report(outcome="failed", http_status=error.http_status)
    async with infrastructure().unit_of_work(poll.principal):
        verdict = await sources.failed(poll.principal, poll.target, error, report)
    _tell(poll, verdict, report)


def _tell(poll: Poll, verdict: Verdict, report: PollReport) -> None:
    _log().info(
        "polled", source=str(poll.target.id), kind=poll.target.kind, state=verdict.state, reason=verdict.reason,
        outcome=report.outcome, new=report.items_new, updated=report.items_updated, removed=report.items_removed,
        rejected=report.items_rejected, duration_ms=report.duration_ms,
    )  # fmt: skip


def _config(target: PollTarget) -> dict[str, Any]:
    return target.config if target.url is None else {**target.config, "url": target.url}


def _log() -> Any:
    return structlog.get_logger(__name__)
