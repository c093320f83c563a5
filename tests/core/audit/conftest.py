"""Callers of two organisations, and the log as the owner of the tables sees it."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from core.infra.context import Infrastructure
from core.kit.ids import new_id
from core.kit.principal import NEWSROOM_ID, Principal
from tests.support.infrastructure import OTHER_ID, opened

SuperUser = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
async def infra(postgres_url: str, redis_url: str) -> AsyncIterator[Infrastructure]:
    async with opened(postgres_url, redis_url) as infra:
        yield infra


@pytest.fixture
def maker() -> Principal:
    """A key of the newsroom."""
    return Principal(NEWSROOM_ID, new_id(), "api_key", frozenset({"audit:read"}), 1000)


@pytest.fixture
def stranger() -> Principal:
    """A key of another organisation."""
    return Principal(OTHER_ID, new_id(), "api_key", frozenset({"audit:read"}), 1000)


@pytest.fixture
def superuser(infra: Infrastructure) -> SuperUser:
    """Runs a statement as whoever owns the database, and gives its rows."""

    def run(statement: str) -> list[dict[str, Any]]:
        with psycopg.connect(infra.db.url, row_factory=dict_row) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    return run
