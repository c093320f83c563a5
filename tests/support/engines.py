"""The real PostgreSQL and Redis for tests: one of each a session, and a migrated database in some 30 ms."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from core.infra import migrate
from core.infra.embedded import EmbeddedPostgres, EmbeddedRedis

TEMPLATE = "tidings_template"


@pytest.fixture(scope="session")
def engines_home() -> Iterator[Path]:
    """A folder of the session's own; short, because a Unix socket's path holds some 100 bytes."""
    with tempfile.TemporaryDirectory(prefix="tidings-test-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def postgres_url(engines_home: Path) -> Iterator[str]:
    """The URL of an empty database on a PostgreSQL of the session's own."""
    with EmbeddedPostgres(engines_home, durable=False) as server:
        yield server.url


@pytest.fixture(scope="session")
def redis_url(engines_home: Path) -> Iterator[str]:
    """The URL of a Redis of the session's own."""
    with EmbeddedRedis(engines_home) as server:
        yield server.url


def fresh_database(postgres_url: str) -> str:
    """The URL of a new database with every migration applied, copied from a template that the first call makes."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
            migrate.upgrade(with_database(postgres_url, TEMPLATE))
        name = f"test_{uuid4().hex[:12]}"
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        connection.execute(copy.format(sql.Identifier(name), sql.Identifier(TEMPLATE)))
    return with_database(postgres_url, name)


_END_SESSIONS: Final = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'
"""


def drop_database(url: str) -> None:
    """Removes a database that `fresh_database` made, together with the sessions that are still in it."""
    name = urlsplit(url).path.removeprefix("/")
    with psycopg.connect(with_database(url, "tidings"), autocommit=True) as connection:
        # FORCE would try to end an autovacuum worker as well, which only a superuser may; without it DROP sees to those
        connection.execute(_END_SESSIONS, (name,))
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def with_database(url: str, name: str) -> str:
    """`url` with another database name."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{name}"))
