"""Hearing that a fetch has ended, from a real PostgreSQL."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import psycopg
import pytest

from core.infra.notifications import FETCHED, listening
from core.kit.principal import NEWSROOM_ID
from tests.support.engines import drop_database, fresh_database

LOG_A_FETCH = """
WITH source AS (
  INSERT INTO sources (organization_id, id, slug, kind, name, poll_interval_s)
  VALUES (%(organization)s, %(source)s, 'guardian', 'guardian', 'The Guardian', 300) RETURNING organization_id, id
)
INSERT INTO fetch_log (organization_id, source_id, started_at, duration_ms, outcome, state)
SELECT organization_id, id, now(), 10, 'ok', 'healthy' FROM source
"""


@pytest.fixture
def database_url(postgres_url: str) -> Iterator[str]:
    url = fresh_database(postgres_url)
    yield url
    drop_database(url)


def log_a_fetch(url: str, source: UUID, *, commit: bool) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("SELECT set_config('tidings.organization_id', %s, true)", [str(NEWSROOM_ID)])
        connection.execute(LOG_A_FETCH, {"organization": NEWSROOM_ID, "source": source})
        if not commit:
            connection.rollback()


async def test_nothing_is_heard_of_a_fetch_that_was_rolled_back(database_url: str) -> None:
    async with listening(database_url, FETCHED) as news:
        log_a_fetch(database_url, uuid4(), commit=False)
        assert await news.next(0.2) is None


async def test_the_end_of_a_fetch_is_heard_with_its_source(database_url: str) -> None:
    source = uuid4()
    async with listening(database_url, FETCHED) as news:
        log_a_fetch(database_url, source, commit=True)
        assert await news.next(10) == str(source)


async def test_two_fetches_are_heard_one_after_the_other(database_url: str) -> None:
    first, second = uuid4(), uuid4()
    async with listening(database_url, FETCHED) as news:
        log_a_fetch(database_url, first, commit=True)
        with psycopg.connect(database_url) as connection:
            connection.execute("SELECT pg_notify('tidings_fetched', %s)", [str(second)])
        assert [await news.next(10), await news.next(10)] == [str(first), str(second)]
