"""Rate limits with several processes, and without Redis."""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.contract.ports import CachedAnswer, Call
from core.infra.embedded import EmbeddedRedis
from core.kit.ids import new_id
from core.kit.principal import NEWSROOM_ID, Principal
from core.limits.service import Limits
from tests.support.infrastructure import opened
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]
RUNS = 5  # a busy machine may let one process wait until the other has had everything


@pytest.fixture
def server() -> Iterator[EmbeddedRedis]:
    """A server of the test's own, to be killed."""
    with tempfile.TemporaryDirectory(prefix="tidings-redis-") as folder, EmbeddedRedis(Path(folder)) as server:
        yield server


async def _process(*arguments: object) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.limit_clients", *map(str, arguments),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    return process


async def test_two_hundred_clients_on_two_processes_get_exactly_the_limit(redis_url: str) -> None:
    for _ in range(RUNS):
        key = new_id()
        processes = await asyncio.gather(*(_process(redis_url, key, 100, 100, 5) for _ in range(2)))
        answers = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
        admitted = [int(output) for output, _ in answers]
        assert sum(admitted) == 100
        if all(admitted):
            return
    pytest.fail("one process got everything each time: they never ran side by side")


async def test_reads_go_on_while_redis_is_killed_and_budgets_hold_again_when_it_is_back(
    postgres_url: str, server: EmbeddedRedis
) -> None:
    page = CachedAnswer(b"{}", b'"e"', b"application/json")
    async with opened(postgres_url, server.url, workers=4) as infra:
        limits = Limits()
        caller = Principal(NEWSROOM_ID, new_id(), "api_key", requests_per_hour=4000)
        read = Call(caller, "192.0.2.1", "v2.listArticles", 1, bytes(16), "articles", None)
        await limits.store(read, await limits.admit(read), page)
        assert (await limits.admit(read)).answer == page

        reading = asyncio.gather(*(limits.admit(read) for _ in range(200)))
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        during = await reading
        server.stop()
        without = [await limits.admit(read) for _ in range(200)]
        assert all(admission.allowed for admission in (*during, *without))
        assert [admission.answer for admission in without] == [None] * 200  # what may be stale is not served
        (share,) = without[-1].policies
        assert share.limit == 1000  # a quarter: four processes grant from memory
        await limits.store(read, without[-1], page)

        server.start()
        await until(lambda: infra.redis.connected, "the connection")
        (budget,) = (await limits.admit(read)).policies
        assert (budget.limit, budget.remaining) == (4000, 3999)


async def test_a_used_up_share_is_refused_while_redis_is_away(postgres_url: str, server: EmbeddedRedis) -> None:
    async with opened(postgres_url, server.url, workers=2):
        server.stop()
        limits = Limits()
        caller = Principal(NEWSROOM_ID, new_id(), "api_key", requests_per_hour=10)
        call = Call(caller, "192.0.2.1", "v2.listArticles", 1, None, None, None)
        verdicts = [(await limits.admit(call)).allowed for _ in range(8)]
        assert verdicts == [True] * 5 + [False] * 3
        await limits.refund(call, await limits.admit(call._replace(cost=0)))
        assert (await limits.admit(call)).allowed
