"""A process on a database of the module's own, and the rows that tests look at. Import the fixtures in a conftest."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import dict_row

from core.infra.context import Infrastructure
from core.kit.ids import new_id
from core.kit.principal import NEWSROOM_ID
from tests.support.infrastructure import opened


class Database:
    """The database as its owner sees it: every organisation's rows."""

    def __init__(self, url: str) -> None:
        self.url = url

    def rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """The rows of a statement, committed."""
        with psycopg.connect(self.url, row_factory=dict_row) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def row(self, statement: str, *values: Any) -> dict[str, Any]:
        """The only row of a statement."""
        (row,) = self.rows(statement, *values)
        return row

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return int(self.row(f"SELECT count(*) AS n FROM {table}")["n"])

    def source(self, slug: str, *, organization: UUID = NEWSROOM_ID, kind: str = "feed", **columns: Any) -> UUID:
        """A new source that is not due."""
        source_id = new_id()
        self.rows(
            "INSERT INTO sources (organization_id, id, slug, kind, name, poll_interval_s, next_fetch_at) "
            "VALUES (%s, %s, %s, %s, %s, 300, NULL)",
            organization, source_id, slug, kind, slug,
        )  # fmt: skip
        for column, value in columns.items():
            self.rows(f"UPDATE sources SET {column} = %s WHERE id = %s", value, source_id)
        return source_id

    def clear(self) -> None:
        """No source, and nothing that one has brought."""
        self.rows("TRUNCATE sources, articles, procrastinate_jobs, procrastinate_workers CASCADE")


@pytest.fixture(scope="module")
def process_settings() -> dict[str, Any]:
    """What a module's process is configured with, beside its servers; a module may have a fixture of its own."""
    return {}


@pytest.fixture(scope="module")
async def process(postgres_url: str, redis_url: str, process_settings: dict[str, Any]) -> AsyncIterator[Infrastructure]:
    async with opened(postgres_url, redis_url, **process_settings) as infra:
        yield infra


@pytest.fixture
def infra(process: Infrastructure) -> Infrastructure:
    return process


@pytest.fixture
def database(process: Infrastructure) -> Database:
    """The process's database, empty but for the two organisations."""
    database = Database(process.db.url)
    database.clear()
    return database
