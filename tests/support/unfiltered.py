"""`tidings` without the tenant filters of its own queries: what row-level security alone lets through.

Run by tests as `python -m tests.support.unfiltered serve …`. Each comparison of `organization_id` with a parameter in a
query becomes always true before psycopg sees it; writes stay as they are.
"""

import re
from functools import wraps
from typing import Any, Final

import psycopg

from core.cli import main

_FILTER: Final = re.compile(r"((?:\b\w+\.)?\borganization_id = (?:ANY \(%\(\w+\)s\)|%\(\w+\)s(?:::\w+)?))")


def unfiltered(statement: str) -> str:
    """The statement with its tenant filters made true."""
    if not statement.lstrip(" (\n").upper().startswith(("SELECT", "WITH")):
        return statement
    return _FILTER.sub(r"(\1 OR true)", statement)


def remove_filters() -> None:
    """Have every query of this process run without its tenant filters."""
    execute = psycopg.AsyncCursor.execute

    @wraps(execute)
    async def execute_unfiltered(self: Any, query: Any, *arguments: Any, **options: Any) -> Any:
        return await execute(self, unfiltered(query) if isinstance(query, str) else query, *arguments, **options)

    psycopg.AsyncCursor.execute = execute_unfiltered  # type: ignore[method-assign]  # the point of this program


if __name__ == "__main__":
    remove_filters()
    main()
