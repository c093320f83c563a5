"""The job queue: Procrastinate on our own PostgreSQL.

A job is enqueued inside the caller's transaction, so it exists if and only if what it is about does. It runs at least
once: its effects must be safe to repeat.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Job
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import Unavailable
from core.infra.pools import RETRY_AFTER_S, application_conninfo, is_away

JSONValue = Any


class TryAgain(Exception):
    """Raised by a job that could not do its work now, and has written down why."""


class Backoff(BaseRetryStrategy):
    """Runs a job again after these seconds, one after the other; then it has failed.

    One that raised `TryAgain`, or that lost the database (`Unavailable`) and so could write down nothing.
    """

    def __init__(self, *pauses_s: int) -> None:
        self._pauses_s = pauses_s

    def has_more(self, job: Job) -> bool:
        """Whether the present attempt of a job is not its last."""
        return job.attempts < len(self._pauses_s)

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """What procrastinate asks after a job has raised; `job.attempts` counts those before this one."""
        if not isinstance(exception, TryAgain | Unavailable) or not self.has_more(job):
            return None
        return RetryDecision(retry_in={"seconds": self._pauses_s[job.attempts]})


UNTIL_BACK: Final = Backoff(2, 15)
"""For jobs that fail when the database is away, and at nothing else that time mends."""

# A worker that is told to stop writes down that it leaves. By the pool's own 30 s, twice, an orchestrator would have
# killed it while the database was away: it took 55 s.
_POOL_TIMEOUT_S: Final = 3.0


class Jobs:
    """Where jobs are put and, in a worker process, taken from (`app`)."""

    def __init__(self, url: str, *, pool_size: int = 4) -> None:
        connector = PsycopgConnector(
            conninfo=application_conninfo(url), min_size=1, max_size=pool_size, timeout=_POOL_TIMEOUT_S
        )
        self.app = App(connector=connector)

    async def open(self) -> None:
        """Connect, to take jobs out. Putting jobs in needs no connection but the caller's."""
        await self.app.open_async()

    async def close(self) -> None:
        await self.app.close_async()

    async def enqueue(
        self,
        session: AsyncSession,
        task: str,
        *,
        lock: str | None = None,
        queueing_lock: str | None = None,
        priority: int = 0,
        **arguments: JSONValue,
    ) -> int | None:
        """Put a job into the queue when the transaction of `session` commits; its id.

        Jobs with the same `lock` run one after the other. Where a job with the same `queueing_lock` waits already,
        nothing is added and None comes back. Raises `Unavailable`.
        """
        raw = (await (await session.connection()).get_raw_connection()).driver_connection
        deferrer = self.app.configure_task(
            task, lock=lock, queueing_lock=queueing_lock, priority=priority, connection=raw
        )
        if queueing_lock is None:
            with _unavailable_when_away():
                return await deferrer.defer_async(**arguments)
        savepoint = await session.begin_nested()  # the unique violation must not take the whole transaction along
        await session.connection()  # SQLAlchemy writes SAVEPOINT only once the nested transaction uses the connection
        try:
            with _unavailable_when_away():
                job_id = await deferrer.defer_async(**arguments)
        except AlreadyEnqueued:
            await savepoint.rollback()
            return None
        await savepoint.commit()
        return job_id


@contextmanager
def _unavailable_when_away() -> Iterator[None]:
    """As `pools.unavailable_when_away`, of what procrastinate has wrapped."""
    try:
        yield
    except ConnectorException as error:
        if is_away(error.__cause__):
            raise Unavailable("The database does not answer.", retry_after_s=RETRY_AFTER_S) from error
        raise
