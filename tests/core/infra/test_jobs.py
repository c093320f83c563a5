"""Putting jobs into the queue, and when they are tried again."""

from collections.abc import AsyncIterator

import pytest
from procrastinate.jobs import Job

from core.errors import Unavailable
from core.infra.context import Infrastructure
from core.infra.db import connection, session
from core.infra.jobs import Backoff, TryAgain
from core.kit.principal import operator
from tests.support.infrastructure import opened
from tests.support.process import Database


@pytest.fixture
async def infra(postgres_url: str, redis_url: str) -> AsyncIterator[Infrastructure]:
    async with opened(postgres_url, redis_url) as infra:
        yield infra


@pytest.mark.parametrize("queueing_lock", [None, "one waits"])
async def test_a_connection_that_is_lost_while_a_job_is_put_in_is_told_as_such(
    infra: Infrastructure, queueing_lock: str | None
) -> None:
    """The wrapping of procrastinate does not turn a 503 into a 500."""
    database = Database(infra.db.url)

    async def put_in() -> None:
        async with infra.unit_of_work(operator()):
            pid = (await connection()).info.backend_pid
            assert database.row("SELECT pg_terminate_backend(%s, 10000) AS ended", pid)["ended"]
            await infra.jobs.enqueue(await session(), "a:task", queueing_lock=queueing_lock)

    with pytest.raises(Unavailable):
        await put_in()
    assert database.count("procrastinate_jobs") == 0
    async with infra.unit_of_work(operator()):
        assert await infra.jobs.enqueue(await session(), "a:task", queueing_lock=queueing_lock)


def attempt(number: int) -> Job:
    """A job that ran so many times before."""
    return Job(id=1, queue="default", lock=None, queueing_lock=None, task_name="a:task", attempts=number)


@pytest.mark.parametrize("error", [TryAgain("not now"), Unavailable("The database does not answer.")])
def test_what_time_may_mend_is_tried_again_as_long_as_there_are_pauses(error: Exception) -> None:
    pauses = Backoff(5, 60)
    decisions = [pauses.get_retry_decision(exception=error, job=attempt(number)) for number in range(3)]
    assert [decision is not None for decision in decisions] == [True, True, False]


def test_what_a_job_trips_over_is_not_tried_again() -> None:
    assert Backoff(5, 60).get_retry_decision(exception=ValueError(), job=attempt(0)) is None
