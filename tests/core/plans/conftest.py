"""A process with people in two organisations."""

from collections.abc import AsyncIterator, Iterator

import pytest

from core.infra.context import Infrastructure
from tests.support.infrastructure import SECRET, opened
from tests.support.people import People


@pytest.fixture
async def infra(postgres_url: str, redis_url: str) -> AsyncIterator[Infrastructure]:
    async with opened(postgres_url, redis_url) as infra:
        yield infra


@pytest.fixture
def people(infra: Infrastructure) -> Iterator[People]:
    people = People(infra.db.url, SECRET.encode())
    yield people
    people.close()
