"""Engines that a test may kill, and an API process on them."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.infra.context import Infrastructure
from core.infra.embedded import EmbeddedPostgres, EmbeddedRedis
from tests.faults.serving import Pair, ServeProcess
from tests.support.infrastructure import SECRET, opened
from tests.support.seed import Key, Seed

EVERY_SCOPE = (
    "articles:read", "sources:read", "feeds:read", "feeds:write", "keys:read", "keys:write", "collections:read",
    "collections:write",
)  # fmt: skip
ARTICLES = 200


@dataclass(frozen=True)
class Engines:
    """A PostgreSQL and a Redis of the test's own."""

    postgres: EmbeddedPostgres
    redis: EmbeddedRedis


@pytest.fixture(scope="module")
def engines() -> Iterator[Engines]:
    with (
        tempfile.TemporaryDirectory(prefix="tidings-faults-") as folder,
        EmbeddedPostgres(Path(folder)) as postgres,
        EmbeddedRedis(Path(folder)) as redis,
    ):
        yield Engines(postgres, redis)


@pytest.fixture(scope="module")
async def installation(engines: Engines) -> AsyncIterator[Infrastructure]:
    """A furnished database: a source with articles."""
    settings = {"address_requests_per_minute": 0, "log_level": "warning"}
    async with opened(engines.postgres.url, engines.redis.url, **settings) as infra:
        seed = Seed(infra.db.url, SECRET.encode())
        source = seed.source("guardian")
        for _ in range(ARTICLES):
            seed.article(source)
        seed.close()
        yield infra


@pytest.fixture
def key(installation: Infrastructure) -> Key:
    """A key that may do everything and as often as it likes."""
    seed = Seed(installation.db.url, SECRET.encode())
    try:
        return seed.key(*EVERY_SCOPE)
    finally:
        seed.close()


@pytest.fixture(scope="module")
async def pair(installation: Infrastructure) -> AsyncIterator[Pair]:
    """Two API processes that no test of the module stops."""
    async with ServeProcess(installation.settings) as one, ServeProcess(installation.settings) as other:
        yield one, other


@pytest.fixture
async def server(installation: Infrastructure) -> AsyncIterator[ServeProcess]:
    """An API process of the test's own."""
    async with ServeProcess(installation.settings) as server:
        yield server
