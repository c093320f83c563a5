"""Callers of the two organisations that every test database has."""

from collections.abc import AsyncIterator

import pytest

from core.infra.context import Infrastructure
from core.kit.ids import new_id
from core.kit.principal import NEWSROOM_ID, Principal
from tests.support.infrastructure import OTHER_ID, opened

SCOPES = frozenset({"articles:read", "keys:read", "keys:write"})


@pytest.fixture
async def infra(postgres_url: str, redis_url: str) -> AsyncIterator[Infrastructure]:
    async with opened(postgres_url, redis_url) as infra:
        yield infra


@pytest.fixture
def maker() -> Principal:
    """A key of the newsroom that may make others and has 1,000 requests an hour."""
    return Principal(NEWSROOM_ID, new_id(), "api_key", SCOPES, 1000)


@pytest.fixture
def stranger() -> Principal:
    """The same, of another organisation."""
    return Principal(OTHER_ID, new_id(), "api_key", SCOPES, 1000)
