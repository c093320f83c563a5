"""The worker process: it takes jobs out of the queue, schedules polls, and looks after the jobs of dead workers."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import structlog
from procrastinate import App
from procrastinate.exceptions import ConnectorException

import core
from core.accounts import tasks as account_tasks
from core.accounts.erasure import schedule_erasures
from core.audit import tasks as audit_tasks
from core.billing import tasks as billing_tasks
from core.billing.service import DELIVER_TASK, billing
from core.deprecations.guide import sunsets
from core.errors import Unavailable
from core.feeds.service import feeds
from core.idempotency import tasks as idempotency_tasks
from core.identities import tasks as identity_tasks
from core.identities.service import identities
from core.infra.context import infrastructure, open_infrastructure
from core.infra.http import Egress
from core.infra.telemetry import configure_logging
from core.ingest import tasks as ingest_tasks
from core.ingest.clients import Clients
from core.ingest.polling import give_up
from core.invitations import tasks as invitation_tasks
from core.invitations.service import SEND_TASK
from core.jobs.endings import UnwrittenEndings
from core.jobs.service import HEARTBEAT_S, MAX_JOB_AGE_HOURS, SILENT_S, jobs
from core.jobs.types import DeadJob
from core.kit.clock import clock_from
from core.notes import tasks as note_tasks
from core.sandboxes import tasks as sandbox_tasks
from core.sandboxes.service import sandboxes
from core.searches import tasks as search_tasks
from core.sessions.service import sessions
from core.settings import Settings
from core.sources.fetches import FETCH_TASK
from core.sources.service import sources
from core.sunset_notices import tasks as sunset_notice_tasks
from core.sunset_notices.service import SEND_TASK as LETTER_TASK
from core.sunset_notices.service import sunset_notices
from core.usage import tasks as usage_tasks

CONCURRENCY: Final = 8
TICK_S: Final = 5.0
DRAIN_S: Final = 25.0
"""How long SIGTERM lets running jobs end; orchestrators kill after 30 s."""
_QUEUE_CHECK_S: Final = 3.0  # a notification wakes the worker at once; this is for one that was lost
_RESTART_S: Final = 1.0
_PURGE_S: Final = 3600.0
_ACCOUNTS_S: Final = 600.0
_BILLING_S: Final = 600.0
_NOTICES_S: Final = 3600.0
_DOCUMENTS: Final = Path(core.__file__).resolve().parent.parent / "openapi"


def run(settings: Settings, *, concurrency: int = CONCURRENCY) -> None:
    """Work until SIGTERM or SIGINT, then let running jobs end. Logs are JSON lines on standard output.

    The line with the event `worker_ready` says that jobs are taken from then on.
    """
    configure_logging(settings.log_level)
    asyncio.run(_run(settings, concurrency))


async def _run(settings: Settings, concurrency: int) -> None:
    stop = asyncio.Event()
    with _signals(stop.set):
        await work(settings, stop, concurrency=concurrency)


async def work(settings: Settings, stop: asyncio.Event, *, concurrency: int = CONCURRENCY) -> None:
    """The same inside a running event loop, until `stop` is set."""
    async with open_infrastructure(settings, takes_jobs=True) as infra, Egress.from_settings(settings) as egress:
        infra.jobs.app.add_tasks_from(ingest_tasks.blueprint(), namespace=ingest_tasks.NAMESPACE)
        infra.jobs.app.add_tasks_from(invitation_tasks.blueprint(), namespace=invitation_tasks.NAMESPACE)
        infra.jobs.app.add_tasks_from(billing_tasks.blueprint(), namespace=billing_tasks.NAMESPACE)
        infra.jobs.app.add_tasks_from(note_tasks.blueprint(), namespace=note_tasks.NAMESPACE)
        infra.jobs.app.add_tasks_from(search_tasks.blueprint(), namespace=search_tasks.NAMESPACE)
        infra.jobs.app.add_tasks_from(audit_tasks.blueprint(), namespace=audit_tasks.NAMESPACE)
        infra.jobs.app.add_tasks_from(identity_tasks.blueprint(), namespace=identity_tasks.NAMESPACE)
        infra.jobs.app.add_tasks_from(usage_tasks.blueprint(), namespace=usage_tasks.NAMESPACE)
        infra.jobs.app.add_tasks_from(sandbox_tasks.blueprint(), namespace=sandbox_tasks.NAMESPACE)
        infra.jobs.app.add_tasks_from(sunset_notice_tasks.blueprint(), namespace=sunset_notice_tasks.NAMESPACE)
        sunset_notices.configure(sunsets(_DOCUMENTS), clock_from(settings.now))
        await sources.ensure_providers(settings)
        await feeds.ensure_sandbox(settings)
        await sandboxes.keep_newsroom()
        infra.jobs.app.add_tasks_from(account_tasks.blueprint(), namespace=account_tasks.NAMESPACE)
        endings = UnwrittenEndings()
        beats = [
            asyncio.create_task(_every(TICK_S, _schedule), name="scheduler"),
            asyncio.create_task(_every(TICK_S, _rescue), name="rescuer"),
            asyncio.create_task(_every(TICK_S, partial(jobs.put_back, endings)), name="returner"),
            asyncio.create_task(_every(_PURGE_S, _purge), name="purger"),
            asyncio.create_task(_every(_PURGE_S, identities.maintain), name="attempt keeper"),
            asyncio.create_task(_every(idempotency_tasks.REAP_S, idempotency_tasks.reap), name="reaper"),
            asyncio.create_task(_every(_ACCOUNTS_S, _erase_accounts), name="eraser"),
            asyncio.create_task(_every(_ACCOUNTS_S, sessions.maintain), name="session keeper"),
            asyncio.create_task(_every(_BILLING_S, _close_periods), name="biller"),
            asyncio.create_task(_every(_NOTICES_S, _announce_sunsets), name="announcer"),
        ]
        try:
            context = {"clients": Clients(settings, egress), "egress": egress}
            await _take_jobs(infra.jobs.app, stop, endings, concurrency=concurrency, context=context)
        finally:
            for beat in beats:
                beat.cancel()
            await asyncio.gather(*beats, return_exceptions=True)
    _log().info("worker_stopped")


async def _take_jobs(
    app: App, stop: asyncio.Event, endings: UnwrittenEndings, *, concurrency: int, context: dict[str, Any]
) -> None:
    """Run jobs until `stop` is set. When the database goes away the queue's worker ends: start another one."""
    stopping = asyncio.create_task(stop.wait())
    _log().info("worker_ready", concurrency=concurrency)
    while not stop.is_set():
        working = asyncio.create_task(
            app.run_worker_async(
                concurrency=concurrency,
                fetch_job_polling_interval=_QUEUE_CHECK_S,
                update_heartbeat_interval=HEARTBEAT_S,
                stalled_worker_timeout=SILENT_S,
                shutdown_graceful_timeout=DRAIN_S,
                delete_jobs="successful",
                install_signal_handlers=False,
                additional_context=context,
                worker_middleware=[endings.watch],
            )
        )
        try:
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            working.cancel()  # which it takes as: no new jobs, and return when the running ones have ended
        with suppress(asyncio.CancelledError):
            await _ended(working)
        if not stop.is_set():
            await asyncio.wait({stopping}, timeout=_RESTART_S)


async def _ended(working: asyncio.Task[None]) -> None:
    try:
        await working
    except (ConnectorException, Unavailable) as error:
        _log().warning("queue_lost", reason=str(error))


async def _schedule() -> None:
    claimed = await sources.schedule(now=infrastructure().clock.now())
    if claimed:
        _log().debug("scheduled", sources=claimed)


async def _rescue() -> None:
    await jobs.rescue(_bury)


async def _bury(job: DeadJob) -> None:
    ids = {name: UUID(text) for name, text in job.arguments.items() if name.endswith("_id")}
    if job.task == FETCH_TASK:
        await give_up(**ids, attempts=job.attempts)
    elif job.task == SEND_TASK:
        await invitation_tasks.give_up(**ids)
    elif job.task == LETTER_TASK:
        await sunset_notice_tasks.give_up(**ids)
    elif job.task == DELIVER_TASK:
        await billing_tasks.give_up(**ids)


async def _purge() -> None:
    await infrastructure().jobs.app.job_manager.delete_old_jobs(
        nb_hours=MAX_JOB_AGE_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
    )


async def _close_periods() -> None:
    closed = await billing.close_periods()
    if closed:
        _log().info("periods_closed", organizations=closed)
    queued = await billing.deliver_recorded()
    if queued:
        _log().info("recorded_events_queued", events=queued)


async def _announce_sunsets() -> None:
    announced = await sunset_notices.announce()
    if announced:
        _log().info("sunsets_announced", organizations=announced)


async def _erase_accounts() -> None:
    due = await schedule_erasures()
    if due:
        _log().info("accounts_to_erase", accounts=due)


async def _every(seconds: float, action: Callable[[], Awaitable[object]]) -> None:
    """Do it now and then every `seconds`, whatever goes wrong in between."""
    while True:
        try:
            await action()
        except (Unavailable, ConnectorException) as error:
            _log().warning("database_away", reason=str(error))
        except Exception:  # noqa: BLE001 - one failing beat must not end the others
            _log().exception("background_work_failed", what=getattr(action, "__name__", repr(action)))
        await asyncio.sleep(seconds)


@contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` at SIGTERM and SIGINT."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGTERM, signal.SIGINT)
    for number in numbers:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def _log() -> Any:
    return structlog.get_logger(__name__)
