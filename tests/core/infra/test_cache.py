"""Generations of cached answers, and numbers that are remembered with them."""

import dataclasses
from collections.abc import AsyncIterator

import pytest

from core.infra.cache import generation_key, invalidate, remembered
from core.infra.context import Infrastructure, use
from core.infra.redis import RedisClient
from core.settings import Settings
from tests.support.infrastructure import opened


@pytest.fixture(scope="module")
async def server(postgres_url: str, redis_url: str) -> AsyncIterator[Infrastructure]:
    async with opened(postgres_url, redis_url) as infra:
        yield infra


@pytest.fixture
async def infra(server: Infrastructure) -> Infrastructure:
    await server.redis.call("FLUSHALL")
    return server


class Counter:
    """Computes 1, then 2, and so on."""

    def __init__(self) -> None:
        self.value = 0

    async def __call__(self) -> int:
        self.value += 1
        return self.value


async def test_a_generation_only_grows_whatever_the_clock_says(infra: Infrastructure) -> None:
    future = 4_000_000_000_000_000
    await infra.redis.call("SET", generation_key("articles"), future)
    await invalidate("articles")
    assert await infra.redis.call("GET", generation_key("articles")) == b"%d" % (future + 1)


async def test_a_number_is_computed_once_until_its_group_changes(infra: Infrastructure) -> None:
    counter = Counter()
    assert [await remembered("articles", b"k", counter) for _ in range(3)] == [1, 1, 1]
    assert await remembered("articles", b"another", counter) == 2
    await invalidate("sources")
    assert await remembered("articles", b"k", counter) == 1
    await invalidate("articles")
    assert await remembered("articles", b"k", counter) == 3


async def test_a_number_that_was_computed_before_an_invalidation_is_not_kept_after_it(infra: Infrastructure) -> None:
    counter = Counter()

    async def slow() -> int:
        await invalidate("articles")
        return await counter()

    assert await remembered("articles", b"k", slow) == 1
    assert await remembered("articles", b"k", counter) == 2


async def test_without_caching_a_number_is_computed_each_time(infra: Infrastructure) -> None:
    counter = Counter()
    with use(dataclasses.replace(infra, settings=Settings(**{**infra.settings.model_dump(), "cache_seconds": 0}))):
        assert [await remembered("articles", b"k", counter) for _ in range(2)] == [1, 2]


async def test_without_redis_numbers_are_computed_and_nothing_fails(infra: Infrastructure) -> None:
    counter, nowhere = Counter(), RedisClient("unix:///nowhere.sock")
    with use(dataclasses.replace(infra, redis=nowhere)):
        assert [await remembered("articles", b"k", counter) for _ in range(2)] == [1, 2]
        await invalidate("articles")
    await nowhere.close()
