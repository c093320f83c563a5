"""A database for the tests of what leads to it."""

from collections.abc import AsyncIterator

import pytest

from core.infra.db import Database
from tests.support.engines import drop_database, fresh_database

POOL_SIZE = 2


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    """A fresh database behind a pool of two connections, none of which is open."""
    url = fresh_database(postgres_url)
    database = Database(url, pool_size=POOL_SIZE)
    yield database
    await database.close()
    drop_database(url)
