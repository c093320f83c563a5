"""A process's infrastructure on the session's servers, with a database of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import psycopg

from core.infra.context import Infrastructure, open_infrastructure
from core.settings import load
from tests.support.engines import drop_database, fresh_database

SECRET = "a secret for tests that is long enough"
OTHER_ID = UUID("00000000-0000-7000-8000-00000000aaaa")
"""A second organisation, which every test database has."""


@asynccontextmanager
async def opened(postgres_url: str, redis_url: str, **settings: Any) -> AsyncIterator[Infrastructure]:
    """An open infrastructure that is the current one; Redis is empty and there are two organisations."""
    url = fresh_database(postgres_url)
    with psycopg.connect(url) as owner:
        owner.execute("INSERT INTO organizations (id, slug, name) VALUES (%s, 'other', 'Other')", (OTHER_ID,))
    given = load(
        {}, **{"database_url": url, "redis_url": redis_url, "secret": SECRET, "database_pool_size": 4, **settings}
    )
    try:
        async with open_infrastructure(given) as infra:
            await infra.redis.call("FLUSHALL")
            yield infra
    finally:
        drop_database(url)
