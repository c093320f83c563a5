"""All SQL about what is still used of versions that end."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from core.deprecations.types import OldCaller, UsedElement
from core.infra.db import Connection
from core.kit.principal import Principal

_WITHIN: Final = """organization_id = %(organization)s AND day BETWEEN %(first)s AND %(last)s
  AND version = ANY (%(versions)s)"""
# The database puts days together, so that a row for each element comes here and not one for each day; as JSON, since
# the driver takes 10 ms for arrays of 3,700 days and their calls, and this takes 1.
_ELEMENTS: Final = """
SELECT version, operation, kind, name, value, sum(calls)::bigint, max(last_call_at),
  json_object_agg(day - %(first)s::date, calls)
FROM {days}
GROUP BY version, operation, kind, name, value
ORDER BY version, operation, kind <> 'operation', kind = 'media_type', name, kind = 'enum', value
"""
_OF_CALLER: Final = _ELEMENTS.format(days=f"element_usage_daily WHERE {_WITHIN} AND principal_id = %(caller)s")
_OF_ALL: Final = _ELEMENTS.format(days=f"element_usage_totals WHERE {_WITHIN}")
_CALLERS: Final = f"""
SELECT u.principal_id, p.kind, p.name, u.calls, u.last_call_at FROM (
  SELECT principal_id, sum(calls)::bigint AS calls, max(last_call_at) AS last_call_at FROM element_usage_daily
  WHERE {_WITHIN} AND kind = 'operation'
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
        self._days = (last - first).days + 1
        self._asked: dict[str, Any] = {
            "organization": principal.organization_id,
            "versions": list(versions),
            "first": first,
            "last": last,
        }

    async def elements(self, caller: UUID | None) -> list[UsedElement]:
        """Elements by operation, the operation itself first; of one caller or of all."""
        query = _OF_ALL if caller is None else _OF_CALLER
        cursor = await self._connection.execute(query, {**self._asked, "caller": caller})
        return [UsedElement._make((*row[:7], self._by_day(row[7]))) for row in await cursor.fetchall()]

    async def callers(self, *, most: int) -> list[OldCaller]:
        """Keys and people, those with the most calls first."""
        cursor = await self._connection.execute(_CALLERS, {**self._asked, "most": most})
        return [OldCaller(*row) for row in await cursor.fetchall()]

    def _by_day(self, calls: Mapping[str, int]) -> list[int]:
        """`calls` are by the number of the day; a day without calls has no entry."""
        return [calls.get(str(number), 0) for number in range(self._days)]
