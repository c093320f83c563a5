"""Bring a database to the newest schema. The migrating user owns the tables; the application role does not."""

from collections.abc import Callable
from typing import Final

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from core.infra.revisions import DIRECTORY

_LOCK: Final = 7_406_552_133  # any number of our own: two `tidings migrate` at once run one after the other


def upgrade(url: str, *, on_step: Callable[[str], None] | None = None) -> None:
    """Run every pending migration; `on_step` hears the name of each.

    Safe to call from several processes at once: an advisory lock lets one work and the others find nothing to do.
    """
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            connection.execute(sa.text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
            connection.commit()
            try:
                config = _config()
                config.attributes["connection"] = connection
                if on_step is not None:
                    for name in _pending(connection):
                        on_step(name)
                command.upgrade(config, "head")
                connection.commit()
            finally:
                connection.execute(sa.text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
                connection.commit()
    finally:
        engine.dispose()


def current(url: str) -> str | None:
    """The revision that the database is at; None where it was never migrated."""
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def _pending(connection: sa.Connection) -> list[str]:
    at = MigrationContext.configure(connection).get_current_revision()
    connection.commit()
    script = ScriptDirectory.from_config(_config())
    return [step.doc for step in reversed(list(script.iterate_revisions("head", at or "base")))]


def _engine(url: str) -> sa.Engine:
    return sa.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=sa.NullPool)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(DIRECTORY))
    config.set_main_option("path_separator", "os")
    return config
