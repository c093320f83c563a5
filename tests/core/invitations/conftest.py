"""A process that mails through the sandbox's server, and people."""

from collections.abc import AsyncIterator, Iterator

import pytest

from core.infra.context import Infrastructure
from core.sandbox.server import NewsroomServer
from tests.support.infrastructure import SECRET, opened
from tests.support.newsroom import newsroom, newsroom_server
from tests.support.people import People

__all__ = ["newsroom", "newsroom_server"]


@pytest.fixture
async def infra(postgres_url: str, redis_url: str, newsroom_server: NewsroomServer) -> AsyncIterator[Infrastructure]:
    async with opened(postgres_url, redis_url, smtp_url=newsroom_server.mail_url) as infra:
        yield infra


@pytest.fixture
def people(infra: Infrastructure) -> Iterator[People]:
    people = People(infra.db.url, SECRET.encode())
    yield people
    people.close()
