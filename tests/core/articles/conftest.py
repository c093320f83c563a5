"""A shelf of articles, and the callers of the two organisations."""

from collections.abc import AsyncIterator, Iterator

import pytest

from core.infra.context import Infrastructure
from core.kit.ids import new_id
from core.kit.principal import NEWSROOM_ID, Principal
from tests.support.articles import Shelf
from tests.support.infrastructure import OTHER_ID, opened

SCOPES = frozenset({"articles:read"})


@pytest.fixture
async def infra(postgres_url: str, redis_url: str) -> AsyncIterator[Infrastructure]:
    async with opened(postgres_url, redis_url) as infra:
        yield infra


@pytest.fixture
def shelf(infra: Infrastructure) -> Iterator[Shelf]:
    """Rows of the newsroom."""
    shelf = Shelf(infra.db.url)
    yield shelf
    shelf.close()


@pytest.fixture
def reader() -> Principal:
    """A key of the newsroom."""
    return Principal(NEWSROOM_ID, new_id(), "api_key", SCOPES)


@pytest.fixture
def tenant() -> Principal:
    """A key of another organisation, which has articles of its own beside the newsroom's."""
    return Principal(OTHER_ID, new_id(), "api_key", SCOPES)
