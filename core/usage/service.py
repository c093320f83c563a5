"""What an organisation uses: written down in batches, read by day, operation or principal."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from core.errors import FieldError, InvalidCursor, InvalidRequest
from core.infra.context import infrastructure
from core.infra.db import session
from core.kit import cursor as cursors
from core.kit.principal import Principal
from core.kit.slices import Slice
from core.organizations.service import organizations
from core.usage.repository import UsageRepository
from core.usage.types import Counted, Grouping, Totals, UsageRow

DAYS_SHOWN: Final = 30
MAX_DAYS: Final = 366
_CURSOR: Final = b"usage by "


class Usage:
    """Every method needs a unit of work."""

    async def add(self, principal: Principal, rows: Sequence[Counted]) -> None:
        """Add calls of the principal's organisation to what is there."""
        await UsageRepository(await session(), principal).add(rows)

    async def list(
        self,
        principal: Principal,
        organization_id: str,
        *,
        group_by: Grouping,
        first: date | None,
        last: date | None,
        limit: int,
        cursor: str | None = None,
    ) -> Slice[UsageRow]:
        """A page of the calls from the first day to the last, both included; the last 30 days where none is named.

        Raises `InvalidRequest` for a span that is upside down or longer than a year, and `InvalidCursor`.
        """
        there = await organizations.act_in(principal, organization_id)
        span = _span(first, last)
        bound_to = b"".join(
            (_CURSOR, group_by.encode(), there.organization_id.bytes, *(day.isoformat().encode() for day in span))
        )
        position = None if cursor is None else _position(cursor, bound_to)
        rows = await _grouped(UsageRepository(await session(), there), group_by, span, limit + 1, position)
        if len(rows) <= limit:
            return Slice(tuple(rows))
        following = infrastructure().cursors.encode(_key(group_by, rows[limit - 1]), bound_to=bound_to)
        return Slice(tuple(rows[:limit]), following)

    async def totals(self, principal: Principal, *, first: date, last: date) -> Totals:
        """All calls of the principal's organisation from the first day to the last, both included."""
        return await UsageRepository(await session(), principal).totals((first, last))


def _span(first: date | None, last: date | None) -> tuple[date, date]:
    last = last or infrastructure().clock.now().date()
    first = first or last - timedelta(days=DAYS_SHOWN - 1)
    if first > last or (last - first).days >= MAX_DAYS:
        error = FieldError("span", f"must span 1 to {MAX_DAYS} days up to `to`", parameter="from")
        raise InvalidRequest("The days make no span.", errors=[error])
    return first, last


async def _grouped(
    repository: UsageRepository,
    group_by: Grouping,
    span: tuple[date, date],
    limit: int,
    position: cursors.Position | None,
) -> Sequence[UsageRow]:
    match group_by, position:
        case "day", None:
            return await repository.by_day(span, limit=limit, after=None)
        case "day", (datetime() as day,):
            return await repository.by_day(span, limit=limit, after=day.date())
        case "operation", None:
            return await repository.by_operation(span, limit=limit, after=None)
        case "operation", (str() as version, str() as operation):
            return await repository.by_operation(span, limit=limit, after=(version, operation))
        case "principal", None:
            return await repository.by_principal(span, limit=limit, after=None)
        case "principal", (UUID() as principal_id,):
            return await repository.by_principal(span, limit=limit, after=principal_id)
    raise InvalidCursor("The cursor belongs to another list, or was changed.")


def _key(group_by: Grouping, row: UsageRow) -> cursors.Position:
    match group_by:
        case "day":
            return (None if row.day is None else datetime.combine(row.day, datetime.min.time(), UTC),)
        case "operation":
            return (row.version, row.operation)
        case "principal":
            return (row.principal_id,)


def _position(cursor: str, bound_to: bytes) -> cursors.Position:
    try:
        return infrastructure().cursors.decode(cursor, bound_to=bound_to)
    except cursors.InvalidCursor:
        raise InvalidCursor("The cursor belongs to another list, or was changed.") from None


usage: Final = Usage()
