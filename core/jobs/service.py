"""Jobs that the queue has as running and nobody runs: run again, and given up when they are what kills their worker."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog

from core.infra.context import infrastructure
from core.infra.db import connection
from core.jobs.endings import UnwrittenEndings
from core.jobs.repository import JobRepository
from core.jobs.types import DeadJob
from core.kit.principal import NEWSROOM_ID, job

HEARTBEAT_S: Final = 3.0
SILENT_S: Final = 10.0
"""A worker that was silent for three heartbeats is dead; its jobs start again within 25 s of its death."""
MAX_ATTEMPTS: Final = 3
MAX_JOB_AGE_HOURS: Final = 30 * 24
"""How long a job that failed is kept to be looked at. What succeeded is deleted at once."""

Bury = Callable[[DeadJob], Awaitable[None]]


class JobService:
    """The queue as a whole, whosoever's jobs are in it."""

    async def rescue(self, bury: Bury) -> int:
        """Have the jobs of dead workers run again; how many.

        Those that are given up stay in the queue as `failed`. `bury` is told of each before, so that nobody learns of
        the end of a job whose owner was not told; should this process die in between, it is told again.
        """
        async with infrastructure().unit_of_work(job(NEWSROOM_ID)):
            repository = JobRepository(await connection())
            rescued, dead = await repository.rescue(silent_s=SILENT_S, most=MAX_ATTEMPTS)
            for one in dead:
                await _told(bury, one)
                await repository.end(one.id)
        if rescued:
            _log().warning("jobs_rescued", jobs=rescued)
        return rescued

    async def put_back(self, endings: UnwrittenEndings) -> int:
        """Have the jobs whose end could not be written down run again; how many. They have killed nobody."""
        runs = endings.runs
        if not runs:
            return 0
        async with infrastructure().unit_of_work(job(NEWSROOM_ID)):
            back = await JobRepository(await connection()).put_back(runs)
        endings.settle(runs)  # of the others it was written down after all: only the answer was lost
        if back:
            _log().warning("jobs_put_back", jobs=back)
        return back


async def _told(bury: Bury, dead: DeadJob) -> None:
    try:
        await bury(dead)
    except Exception:  # noqa: BLE001 - one that cannot be told of must not keep the others from their rescue
        _log().exception("burial_failed", job=dead.id)
    _log().error("job_given_up", job=dead.id, task=dead.task, attempts=dead.attempts, arguments=dead.arguments)


def _log() -> Any:
    return structlog.get_logger(__name__)


jobs = JobService()
