"""A database with two organisations, and who acts in them."""

from collections.abc import AsyncIterator

import pytest

from core.infra.context import Infrastructure
from core.kit.ids import new_id
from core.kit.principal import NEWSROOM_ID, Principal
from tests.support.infrastructure import OTHER_ID, opened

SCOPES = frozenset({"collections:read", "collections:write"})


@pytest.fixture
async def infra(postgres_url: str, redis_url: str) -> AsyncIterator[Infrastructure]:
    async with opened(postgres_url, redis_url) as infra:
        yield infra


@pytest.fixture
def key() -> Principal:
    """A key of the newsroom."""
    return Principal(NEWSROOM_ID, new_id(), "api_key", SCOPES)


@pytest.fixture
def tenant() -> Principal:
    """A key of another organisation."""
    return Principal(OTHER_ID, new_id(), "api_key", SCOPES)
