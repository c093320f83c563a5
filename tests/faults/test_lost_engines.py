"""PostgreSQL or Redis is killed while clients read from a real API process."""

import asyncio
import time
from typing import Final

from core.infra.context import Infrastructure
from tests.faults.conftest import ARTICLES, Engines
from tests.faults.serving import Answered, ServeProcess, kill_group, load
from tests.support.seed import Key
from tests.support.waiting import until
from tests.support.workers import WorkerProcess

ENOUGH: Final = 100
"""Answers that show a state."""
REFUSALS: Final = 18
"""Three of each client: the outage then lasts as long as three waits for a connection, some 9 s."""
LONGEST_ANSWER_S: Final = 10.0
GOOD_AGAIN_S: Final = 5.0
GOOD_WITHOUT_REDIS: Final = 0.999
PATIENCE_S: Final = 30.0
"""What Docker and Kubernetes give a process between SIGTERM and SIGKILL."""


def cached(number: int) -> str:
    """One of a few pages that everybody asks for."""
    return f"/v2/articles?limit={1 + number % 5}"


def uncached(number: int) -> str:
    """A page that nobody asked for before, so that it comes from PostgreSQL."""
    return f"/v2/articles?limit={1 + number % 100}&from=2026-01-01T00:00:00.{number:06}Z"


def is_honest(answer: Answered) -> bool:
    """A good answer, or one that says when to try again."""
    return answer.status == 200 or (answer.status == 503 and answer.retry_after is not None)


async def test_without_postgresql_clients_are_told_when_to_try_again_and_soon_all_is_well(
    engines: Engines, server: ServeProcess, key: Key
) -> None:
    async with load(server.address, key.header, uncached) as seen:
        await until(lambda: seen.count(200) >= ENOUGH, "good answers")
        kill_group(engines.postgres.pid)
        killed_at = time.monotonic()
        await until(lambda: seen.count(503, since=killed_at) >= REFUSALS, "answers without a database")
        engines.postgres.stop()
        engines.postgres.start()
        back_at = time.monotonic()
        await until(lambda: seen.count(200, since=back_at + GOOD_AGAIN_S) >= ENOUGH, "good answers again")
    assert [answer for answer in seen.answers if not is_honest(answer)] == []
    assert max(answer.took_s for answer in seen.answers) < LONGEST_ANSWER_S
    late = seen.since(back_at + GOOD_AGAIN_S)
    assert {answer.status for answer in late} == {200}


async def test_connections_that_broke_while_nobody_asked_cost_one_answer(
    engines: Engines, server: ServeProcess, key: Key
) -> None:
    async with load(server.address, key.header, uncached) as seen:
        await until(lambda: seen.count(200) >= ENOUGH, "several connections in the pool")
    kill_group(engines.postgres.pid)
    engines.postgres.stop()
    engines.postgres.start()
    async with load(server.address, key.header, lambda number: uncached(10_000 + number), clients=1) as seen:
        await until(lambda: len(seen.answers) >= ENOUGH, "answers")
    assert all(is_honest(answer) for answer in seen.answers)
    assert seen.count(200) >= len(seen.answers) - 1


async def test_pages_in_the_cache_are_served_without_postgresql(
    engines: Engines, server: ServeProcess, key: Key
) -> None:
    async with load(server.address, key.header, cached) as seen:
        await until(lambda: seen.count(200) >= ENOUGH, "good answers")
        kill_group(engines.postgres.pid)
        killed_at = time.monotonic()
        await until(lambda: len(seen.since(killed_at)) >= ENOUGH, "answers without a database")
        engines.postgres.stop()
        engines.postgres.start()
    assert {answer.status for answer in seen.answers} == {200}


async def test_without_redis_reads_go_on(engines: Engines, server: ServeProcess, key: Key) -> None:
    def both(number: int) -> str:
        return cached(number) if number % 2 else uncached(number)

    async with load(server.address, key.header, both) as seen:
        await until(lambda: seen.count(200) >= ENOUGH, "good answers")
        kill_group(engines.redis.pid)
        killed_at = time.monotonic()
        await until(lambda: len(seen.since(killed_at)) >= 10 * ENOUGH, "answers without Redis")
        engines.redis.stop()
        engines.redis.start()
        back_at = time.monotonic()
        await until(lambda: len(seen.since(back_at)) >= ENOUGH, "answers with Redis again")
    good = sum(answer.status == 200 for answer in seen.answers)
    assert good / len(seen.answers) >= GOOD_WITHOUT_REDIS
    assert good >= ARTICLES


async def test_a_worker_that_is_told_to_stop_ends_although_the_database_is_away(
    engines: Engines, installation: Infrastructure
) -> None:
    """An orchestrator waits 30 s and kills it then; a job that runs would be one that never ends properly."""
    settings = installation.settings.model_copy(update={"log_level": "info"})
    async with WorkerProcess(settings) as worker:
        kill_group(engines.postgres.pid)
        try:
            await until(lambda: bool(worker.events("database_away")), "the loss to be noticed")
            worker.terminate()
            async with asyncio.timeout(PATIENCE_S):
                assert await worker.ended() == 0
        finally:
            engines.postgres.stop()
            engines.postgres.start()
    assert worker.events("worker_stopped")
