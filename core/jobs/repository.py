"""SQL on Procrastinate's tables that Procrastinate itself does not offer."""

from collections.abc import Collection
from typing import Any, Final

from core.infra.db import Connection
from core.jobs.endings import Run
from core.jobs.types import DeadJob

_IS_WAITING: Final = """
EXISTS (SELECT 1 FROM procrastinate_jobs w WHERE w.queueing_lock = j.queueing_lock AND w.status = 'todo')
"""

# A job is stalled while its worker gives no sign of life. Whoever comes second skips the rows that the first one has,
# and afterwards finds them in another state: no job starts twice for one death.
_STALLED: Final = f"""
SELECT j.id, j.task_name, j.args, j.attempts + 1, j.attempts + 1 >= %(most)s,
  {_IS_WAITING}
FROM procrastinate_jobs j LEFT JOIN procrastinate_workers v ON v.id = j.worker_id
WHERE j.status = 'doing' AND (v.id IS NULL OR v.last_heartbeat < now() - make_interval(secs => %(silent_s)s))
ORDER BY j.id
FOR UPDATE OF j SKIP LOCKED
"""

# One that runs anew has been tried once more since: its number of attempts is another.
_ENDED: Final = f"""
SELECT j.id, {_IS_WAITING}
FROM procrastinate_jobs j
JOIN unnest(%(ids)s::bigint[], %(attempts)s::int[]) AS run (id, attempts) USING (id, attempts)
WHERE j.status = 'doing'
ORDER BY j.id
FOR UPDATE OF j
"""

_FINISH: Final = "SELECT procrastinate_finish_job_v1(%(id)s, 'failed', false)"

# Whatever ran beside a job that killed its worker is under suspicion as well. For their last try suspects take turns,
# so that an innocent one comes to its end before it has died as often as the guilty one.
_RETRY: Final = "SELECT procrastinate_retry_job_v2(%(id)s, now(), NULL, NULL, %(lock)s)"
_SUSPECTS: Final = "suspects"

_WAKE: Final = "SELECT pg_notify('procrastinate_any_queue_v1', json_build_object('type', 'job_inserted')::text)"


class JobRepository:
    """The job queue. It belongs to no organisation; `connection` is in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def rescue(self, *, silent_s: float, most: int) -> tuple[int, list[DeadJob]]:
        """Put the jobs of workers that were silent for `silent_s` seconds back into the queue: how many, and the dead.

        A job that ran `most` times without an end is dead; `end` it when that was told. One for which the same work
        waits already is ended here.
        """
        rescued, dead = 0, []
        stalled = await self._all(_STALLED, silent_s=silent_s, most=most)
        for job_id, task, arguments, attempts, is_dead, is_waiting in stalled:
            if is_dead:
                dead.append(DeadJob(job_id, task, arguments, attempts))
            else:
                is_last_try = attempts == most - 1
                rescued += await self._put_back(job_id, is_waiting, lock=_SUSPECTS if is_last_try else None)
        if rescued:
            await self._connection.execute(_WAKE)
        return rescued, dead

    async def put_back(self, runs: Collection[Run]) -> int:
        """Put jobs that have ended, and are down as running, back into the queue: how many of them were."""
        ended = await self._all(_ENDED, ids=[run.job_id for run in runs], attempts=[run.attempts for run in runs])
        back = 0
        for job_id, is_waiting in ended:
            back += await self._put_back(job_id, is_waiting)
        if back:
            await self._connection.execute(_WAKE)
        return back

    async def end(self, job_id: int) -> None:
        """The job has failed for good; it is kept to be looked at."""
        await self._connection.execute(_FINISH, {"id": job_id})

    async def _put_back(self, job_id: int, is_waiting: bool, *, lock: str | None = None) -> bool:
        """Whether it was: where the same work waits already it is ended."""
        if is_waiting:
            await self.end(job_id)
        else:
            await self._connection.execute(_RETRY, {"id": job_id, "lock": lock})
        return not is_waiting

    async def _all(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        return await (await self._connection.execute(statement, values)).fetchall()
