"""Callers of two organisations, and requests of theirs."""

from collections.abc import AsyncIterator

import pytest

from core.infra.context import Infrastructure
from core.kit.ids import new_id
from core.kit.principal import NEWSROOM_ID, Principal
from tests.support.infrastructure import OTHER_ID, opened


@pytest.fixture
async def infra(postgres_url: str, redis_url: str) -> AsyncIterator[Infrastructure]:
    async with opened(postgres_url, redis_url) as infra:
        yield infra


@pytest.fixture
def caller() -> Principal:
    """A key of the newsroom."""
    return Principal(NEWSROOM_ID, new_id(), "api_key", frozenset(), 1000)


@pytest.fixture
def stranger(caller: Principal) -> Principal:
    """A caller of another organisation; even with the same id it is another one."""
    return Principal(OTHER_ID, caller.principal_id, "api_key", frozenset(), 1000)
