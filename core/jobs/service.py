"""Jobs whose worker died: run again, and given up when they are what kills it."""

from typing import Final

from core.infra.context import infrastructure
from core.infra.db import connection
from core.jobs.repository import JobRepository
from core.jobs.types import DeadJob
from core.kit.principal import NEWSROOM_ID, job

HEARTBEAT_S: Final = 3.0
SILENT_S: Final = 10.0
"""A worker that was silent for three heartbeats is dead; its jobs start again within 25 s of its death."""
MAX_ATTEMPTS: Final = 3
MAX_JOB_AGE_HOURS: Final = 30 * 24
"""How long a job that failed is kept to be looked at. What succeeded is deleted at once."""


class JobService:
    """The queue as a whole, whosoever's jobs are in it."""

    async def rescue(self) -> tuple[int, list[DeadJob]]:
        """Have the jobs of dead workers run again: how many, and those that are given up, which stay as `failed`."""
        async with infrastructure().unit_of_work(job(NEWSROOM_ID)):
            return await JobRepository(await connection()).rescue(silent_s=SILENT_S, most=MAX_ATTEMPTS)


jobs = JobService()
