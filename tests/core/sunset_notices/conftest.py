"""A process that mails through the sandbox's server, people, and the database as its owner sees it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from core.infra.context import Infrastructure
from core.sandbox.server import NewsroomServer
from tests.support.infrastructure import SECRET, opened
from tests.support.newsroom import newsroom, newsroom_server
from tests.support.people import People
from tests.support.process import Database
from tests.support.seed import Seed

__all__ = ["newsroom", "newsroom_server"]


@pytest.fixture
async def infra(postgres_url: str, redis_url: str, newsroom_server: NewsroomServer) -> AsyncIterator[Infrastructure]:
    async with opened(postgres_url, redis_url, smtp_url=newsroom_server.mail_url) as infra:
        yield infra


@pytest.fixture
def database(infra: Infrastructure) -> Database:
    return Database(infra.db.url)


@pytest.fixture
def people(infra: Infrastructure) -> Iterator[People]:
    people = People(infra.db.url, SECRET.encode())
    yield people
    people.close()


@pytest.fixture
def seed(infra: Infrastructure) -> Iterator[Seed]:
    seed = Seed(infra.db.url, SECRET.encode())
    yield seed
    seed.close()
