"""What an organisation has in the database, as one number: nobody has written anything while it stays the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import psycopg
from psycopg import sql

UNWATCHED: Final[Mapping[str, str]] = {
    "element_usage_daily": "written some seconds later, like usage_daily",
    "element_usage_totals": "written with element_usage_daily",
    "usage_daily": "written some seconds later, for what the organisation's own callers have asked",
}
_COLUMNS: Final = """
SELECT c.table_name, c.column_name FROM information_schema.columns c JOIN information_schema.tables t
  USING (table_schema, table_name)
WHERE table_schema = 'public' AND t.table_type = 'BASE TABLE' AND (c.column_name IN ('organization_id', 'account_id')
  OR (c.table_name, c.column_name) IN (('organizations', 'id'), ('accounts', 'id')))
ORDER BY 1, 2
"""
# when a credential was last used is written with some delay, and by whoever has it
_DIGEST: Final = sql.SQL(
    "SELECT {label}::text, count(*), coalesce(sum(hashtextextended((to_jsonb(t) - 'last_used_at')::text, 0)), 0)::text"
    " FROM {table} t WHERE {column} = ANY({owners})"
)


class Rows:
    """Reads as the owner of the database, whom row-level security does not hold back."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        found = self._connection.execute(_COLUMNS).fetchall()
        self.tables = frozenset(table for table, _ in found)
        query = sql.SQL(" UNION ALL ").join(
            _DIGEST.format(
                label=sql.Literal(f"{table} by {column}"),
                table=sql.Identifier(table),
                column=sql.Identifier(column),
                owners=sql.Placeholder("people" if column == "account_id" or table == "accounts" else "organizations"),
            )
            for table, column in found
            if table not in UNWATCHED
        )
        self._query = query.as_bytes(self._connection)  # put together once, asked thousands of times

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()

    def digest(self, organization: UUID, people: list[UUID]) -> Mapping[str, tuple[int, str]]:
        """Table → how many rows are the organisation's or one of these people's, and a hash of them."""
        owners = {"organizations": [organization], "people": people}
        rows = self._connection.execute(self._query, owners).fetchall()
        return {label: (count, digest) for label, count, digest in rows}


def changes(before: Mapping[str, tuple[int, str]], after: Mapping[str, tuple[int, str]]) -> list[str]:
    """A sentence for each table that is not as it was."""
    return [
        f"{table}: {before[table][0]} rows before, {after[table][0]} after, or another content"
        for table in before
        if before[table] != after[table]
    ]
