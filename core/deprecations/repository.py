"""All SQL about what is still used of versions that end."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from core.deprecations.types import OldCaller, UsedElement
from core.infra.db import Connection
from core.kit.principal import Principal

# days and elements are put together by the database: a row for each element comes here, and not one for each day
_ELEMENTS: Final = """
SELECT version, operation, kind, name, value, sum(calls)::bigint, max(last_call_at), array_agg(day), array_agg(calls)
FROM (
  SELECT version, operation, kind, name, value, day, sum(calls)::bigint AS calls, max(last_call_at) AS last_call_at
  FROM element_usage_daily
  WHERE organization_id = %(organization)s AND day BETWEEN %(first)s AND %(last)s AND version = ANY (%(versions)s)
    {of_caller}
  GROUP BY version, operation, kind, name, value, day
) days
GROUP BY version, operation, kind, name, value
ORDER BY version, operation, kind <> 'operation', kind = 'media_type', name, kind = 'enum', value
"""
_OF_CALLER: Final = "AND principal_id = %(caller)s"
_CALLERS: Final = """
SELECT u.principal_id, p.kind, p.name, u.calls, u.last_call_at FROM (
  SELECT principal_id, sum(calls)::bigint AS calls, max(last_call_at) AS last_call_at FROM element_usage_daily
  WHERE organization_id = %(organization)s AND day BETWEEN %(first)s AND %(last)s AND version = ANY (%(versions)s)
    AND kind = 'operation'
  GROUP BY principal_id ORDER BY 2 DESC, 1 LIMIT %(most)s
) u
LEFT JOIN principals p ON p.organization_id = %(organization)s AND p.id = u.principal_id
ORDER BY u.calls DESC, u.principal_id
"""


class DeprecationRepository:
    """What callers of the principal's organisation use of some versions, from one day to another."""

    def __init__(
        self, connection: Connection, principal: Principal, *, versions: Sequence[str], first: date, last: date
    ) -> None:
        self._connection = connection
        self._first, self._days = first, (last - first).days + 1
        self._asked: dict[str, Any] = {
            "organization": principal.organization_id,
            "versions": list(versions),
            "first": first,
            "last": last,
        }

    async def elements(self, caller: UUID | None) -> list[UsedElement]:
        """Elements by operation, the operation itself first; of one caller or of all."""
        query = _ELEMENTS.format(of_caller="" if caller is None else _OF_CALLER)
        cursor = await self._connection.execute(query, {**self._asked, "caller": caller})
        return [
            UsedElement._make((*row[:7], self._by_day(dict(zip(*row[7:], strict=True)))))
            for row in await cursor.fetchall()
        ]

    async def callers(self, *, most: int) -> list[OldCaller]:
        """Keys and people, those with the most calls first."""
        cursor = await self._connection.execute(_CALLERS, {**self._asked, "most": most})
        return [OldCaller(*row) for row in await cursor.fetchall()]

    def _by_day(self, calls: dict[date, int]) -> list[int]:
        return [calls.get(self._first + timedelta(days=number), 0) for number in range(self._days)]
