"""Bring a database to the newest schema. The migrating user owns the tables; the application role does not."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import core

DIRECTORY: Final = Path(core.__file__).resolve().parent.parent / "migrations"
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


def head() -> str:
    """The newest revision that this code knows."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:
        raise FileNotFoundError(f"no migration in {DIRECTORY}")
    return revision


def is_behind(revision: str | None) -> bool:
    """Whether this code needs a newer schema than `revision`.

    A revision that this code does not know is a newer one: during a rolling update the database is migrated first, and
    the old processes go on working on it.
    """
    newest = head()
    known = {step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions()}
    return revision is None or (revision in known and revision != newest)


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
