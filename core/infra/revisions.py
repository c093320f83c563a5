"""Which schema this code needs, read from the heads of the migration files.

Every process that serves asks this. Alembic, which runs the files, takes 0.1 s of a start to load and as long for each
answer, because it executes them all.
"""

import re
from functools import cache
from pathlib import Path
from typing import Final

import core

DIRECTORY: Final = Path(core.__file__).resolve().parent.parent / "migrations"
_HEAD: Final = re.compile(r'^revision = "(?P<revision>\w+)"\ndown_revision = (?:None|"(?P<before>\w+)")$', re.MULTILINE)


def head() -> str:
    """The newest revision that this code knows. Raises `FileNotFoundError` where there is none."""
    return _known()[0]


def is_behind(revision: str | None) -> bool:
    """Whether this code needs a newer schema than `revision`.

    A revision that this code does not know is a newer one: during a rolling update the database is migrated first, and
    the old processes go on working on it.
    """
    newest, known = _known()
    return revision is None or (revision in known and revision != newest)


@cache
def _known() -> tuple[str, frozenset[str]]:
    """The last revision of the chain, and all of them."""
    heads = [_HEAD.search(file.read_text()) for file in (DIRECTORY / "versions").glob("*.py")]
    before = {found["before"]: found["revision"] for found in heads if found is not None}
    newest = None
    while (following := before.get(newest)) is not None:
        newest = following
    if newest is None:
        raise FileNotFoundError(f"no migration in {DIRECTORY}")
    return newest, frozenset(before.values())
