"""Jobs whose worker died, or could not write down their end."""

import asyncio
from typing import Any

import psycopg
import pytest

from core.errors import Unavailable
from core.infra.context import Infrastructure
from core.jobs.endings import Run, UnwrittenEndings
from core.jobs.service import MAX_ATTEMPTS, SILENT_S, jobs
from core.jobs.types import DeadJob
from tests.support.process import Database


def worker(database: Database, *, silent_s: float) -> int:
    """A worker that was last heard of so many seconds ago."""
    return int(
        database.row(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s * interval '1 second') RETURNING id",
            silent_s,
        )["id"]
    )


def job(database: Database, taken_by: int | None, *, attempts: int = 0, **columns: Any) -> int:
    """A job that is being done."""
    return int(
        database.row(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, worker_id, attempts, queueing_lock) "
            "VALUES ('default', 'a:task', '{\"x\": 1}', %s, %s, %s, %s) RETURNING id",
            columns.get("status", "doing"), taken_by, attempts, columns.get("queueing_lock"),
        )["id"]
    )  # fmt: skip


def status(database: Database, job_id: int) -> tuple[str, int]:
    row = database.row("SELECT status, attempts FROM procrastinate_jobs WHERE id = %s", job_id)
    return row["status"], row["attempts"]


async def rescue() -> tuple[int, list[DeadJob]]:
    """How many jobs were rescued, and which were given up."""
    dead: list[DeadJob] = []

    async def bury(one: DeadJob) -> None:
        dead.append(one)

    return await jobs.rescue(bury), dead


async def test_the_jobs_of_a_living_worker_are_left_alone(infra: Infrastructure, database: Database) -> None:
    running = job(database, worker(database, silent_s=SILENT_S - 2))
    waiting = job(database, None, status="todo")
    assert await rescue() == (0, [])
    assert (status(database, running), status(database, waiting)) == (("doing", 0), ("todo", 0))


async def test_the_jobs_of_a_silent_worker_start_again(infra: Infrastructure, database: Database) -> None:
    stalled = job(database, worker(database, silent_s=SILENT_S + 1))
    assert await rescue() == (1, [])
    assert status(database, stalled) == ("todo", 1)


async def test_the_jobs_of_a_worker_that_is_forgotten_start_again(infra: Infrastructure, database: Database) -> None:
    orphan = job(database, None)
    assert await rescue() == (1, [])
    assert status(database, orphan) == ("todo", 1)


async def test_a_job_that_killed_its_worker_three_times_is_dead(infra: Infrastructure, database: Database) -> None:
    last = job(database, worker(database, silent_s=60), attempts=MAX_ATTEMPTS - 1)
    assert await rescue() == (0, [DeadJob(last, "a:task", {"x": 1}, MAX_ATTEMPTS)])
    assert status(database, last) == ("failed", MAX_ATTEMPTS)
    assert await rescue() == (0, [])


async def test_a_job_whose_successor_waits_already_is_ended(infra: Infrastructure, database: Database) -> None:
    stalled = job(database, None, queueing_lock="fetch:1")
    waiting = job(database, None, status="todo", queueing_lock="fetch:1")
    assert await rescue() == (0, [])
    assert status(database, stalled)[0] == "failed"
    assert status(database, waiting) == ("todo", 0)


async def test_several_rescuers_start_each_job_once(infra: Infrastructure, database: Database) -> None:
    dead = worker(database, silent_s=60)
    stalled = [job(database, dead) for _ in range(50)]
    results = await asyncio.gather(*(rescue() for _ in range(4)))
    assert sum(rescued for rescued, _ in results) == 50
    assert {status(database, one) for one in stalled} == {("todo", 1)}


async def test_for_their_last_try_suspects_take_turns(infra: Infrastructure, database: Database) -> None:
    dead = worker(database, silent_s=60)
    for attempts in (0, 1, 1):
        job(database, dead, attempts=attempts)
    await rescue()
    locks = database.rows("SELECT attempts, lock FROM procrastinate_jobs ORDER BY id")
    assert [(row["attempts"], row["lock"]) for row in locks] == [(1, None), (2, "suspects"), (2, "suspects")]


async def test_a_burial_that_fails_keeps_nobody_from_rescue(infra: Infrastructure, database: Database) -> None:
    dead = worker(database, silent_s=60)
    last, other = job(database, dead, attempts=MAX_ATTEMPTS - 1), job(database, dead)

    async def stumble(_: DeadJob) -> None:
        raise RuntimeError

    assert await jobs.rescue(stumble) == 1
    assert (status(database, last)[0], status(database, other)[0]) == ("failed", "todo")


def endings(*runs: Run) -> UnwrittenEndings:
    """What a worker knows whose jobs have ended, and whose queue did not take it down."""
    known = UnwrittenEndings()
    known.add(*runs)
    return known


async def test_a_job_that_a_living_worker_has_ended_starts_again(infra: Infrastructure, database: Database) -> None:
    alive = worker(database, silent_s=0)
    ended, running = job(database, alive), job(database, alive)
    known = endings(Run(ended, 0))
    assert await jobs.put_back(known) == 1
    assert (status(database, ended), status(database, running)) == (("todo", 1), ("doing", 0))
    assert known.runs == frozenset()


async def test_a_job_that_runs_anew_since_is_left_alone(infra: Infrastructure, database: Database) -> None:
    anew = job(database, worker(database, silent_s=0), attempts=1)
    known = endings(Run(anew, 0), Run(12345, 0))
    assert await jobs.put_back(known) == 0
    assert status(database, anew) == ("doing", 1)
    assert known.runs == frozenset()


async def test_a_job_whose_end_is_lost_again_and_again_is_no_suspect(infra: Infrastructure, database: Database) -> None:
    ended = job(database, worker(database, silent_s=0), attempts=MAX_ATTEMPTS)
    assert await jobs.put_back(endings(Run(ended, MAX_ATTEMPTS))) == 1
    assert database.row("SELECT status, lock FROM procrastinate_jobs") == {"status": "todo", "lock": None}


async def test_a_job_that_has_ended_and_whose_successor_waits_is_ended(
    infra: Infrastructure, database: Database
) -> None:
    ended = job(database, worker(database, silent_s=0), queueing_lock="fetch:1")
    waiting = job(database, None, status="todo", queueing_lock="fetch:1")
    assert await jobs.put_back(endings(Run(ended, 0))) == 0
    assert status(database, ended)[0] == "failed"
    assert status(database, waiting) == ("todo", 0)


async def test_endings_are_kept_until_the_queue_answers(infra: Infrastructure, database: Database) -> None:
    ended = job(database, worker(database, silent_s=0))
    known = endings(Run(ended, 0))
    with psycopg.connect(database.url) as other:
        other.execute("SELECT 1 FROM procrastinate_jobs FOR UPDATE")
        with pytest.raises(Unavailable):
            await jobs.put_back(known)
    assert await jobs.put_back(known) == 1
    assert status(database, ended) == ("todo", 1)
