"""Jobs that have ended here although the queue does not know: it did not answer when it was to be told."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any, NamedTuple

import structlog
from procrastinate import JobContext
from procrastinate.worker import Worker


class Run(NamedTuple):
    """One run of a job: its id, and how often it had run before."""

    job_id: int
    attempts: int


class UnwrittenEndings:
    """Which runs of this process's worker the queue takes for running still; nobody else can tell them from those.

    As long as the worker lives no silence gives them away, and they keep their locks.
    """

    def __init__(self) -> None:
        self._runs: set[Run] = set()

    @property
    def runs(self) -> frozenset[Run]:
        return frozenset(self._runs)

    async def watch(self, work: Callable[[], Awaitable[Any]], context: JobContext, _: Worker) -> Any:
        """Run a job, as the worker's middleware, and see whether its end gets written down."""
        job, task = context.job, asyncio.current_task()
        if job.id is not None and task is not None:  # what the job itself raises does not end the task
            task.add_done_callback(partial(self._ended, Run(job.id, job.attempts)))
        return await work()

    def add(self, *runs: Run) -> None:
        """They have ended, and the queue does not know."""
        self._runs.update(runs)

    def settle(self, runs: Iterable[Run]) -> None:
        """They are known to have ended."""
        self._runs.difference_update(runs)

    def _ended(self, run: Run, task: asyncio.Task[Any]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.add(run)
            structlog.get_logger(__name__).warning("job_end_unwritten", job=run.job_id, reason=str(error))
