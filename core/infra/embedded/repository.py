"""What the embedded cluster's superuser does once: the application's role and database."""

from typing import Any, Final

import psycopg
from psycopg import sql

_HAS_ROLE: Final = "SELECT 1 FROM pg_roles WHERE rolname = %s"
_HAS_DATABASE: Final = "SELECT 1 FROM pg_database WHERE datname = %s"


def make_database(connection: psycopg.Connection[Any], name: str, *, owner: str) -> None:
    """Makes the role `owner` and its database `name` where they do not exist. `connection` is in autocommit."""
    role, database = sql.Identifier(owner), sql.Identifier(name)
    if connection.execute(_HAS_ROLE, [owner]).fetchone() is None:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEROLE CREATEDB").format(role))
        # who makes a role may also act as it: since PostgreSQL 16 this has to be asked for
        connection.execute(sql.SQL("ALTER ROLE {} SET createrole_self_grant = 'set, inherit'").format(role))
    if connection.execute(_HAS_DATABASE, [name]).fetchone() is None:
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))
