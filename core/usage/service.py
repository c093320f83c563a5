"""What an organisation uses: written down in batches, read by day, operation or principal."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from core.errors import FieldError, InvalidRequest
from core.infra.context import infrastructure
from core.infra.db import session
from core.infra.paging import pair_in, sliced, value_in
from core.kit import cursor as cursors
from core.kit.principal import NEWSROOM_ID, Principal, job
from core.kit.slices import Slice
from core.organizations.service import organizations
from core.usage import repository
from core.usage.repository import ElementRepository, UsageRepository
from core.usage.types import CallerUsage, Counted, ElementCounted, ElementUsage, Grouping, Totals, UsageRow

DAYS_SHOWN: Final = 30
MAX_DAYS: Final = 366
ELEMENTS_KEPT: Final = timedelta(days=400)
"""A year, and what it takes to look back on it."""
PURGED_AT_ONCE: Final = 5_000
_CURSOR: Final = b"usage by "


class Usage:
    """Every method but `purge_elements` needs a unit of work."""

    async def add(self, principal: Principal, rows: Sequence[Counted], elements: Sequence[ElementCounted] = ()) -> None:
        """Add calls of the principal's organisation, and what they used, to what is there."""
        if rows:
            await UsageRepository(await session(), principal).add(rows)
        if elements:
            await ElementRepository(await session(), principal).add(elements)

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
        repository, read = UsageRepository(await session(), there), limit + 1
        rows: Sequence[UsageRow]
        match group_by:
            case "day":
                at = value_in(cursor, bound_to, datetime)
                rows = await repository.by_day(span, limit=read, after=None if at is None else at.date())
            case "operation":
                rows = await repository.by_operation(span, limit=read, after=pair_in(cursor, bound_to, str, str))
            case "principal":
                rows = await repository.by_principal(span, limit=read, after=value_in(cursor, bound_to, UUID))
        return sliced(rows, limit, bound_to, lambda last: _place(group_by, last))

    async def totals(self, principal: Principal, *, first: date, last: date) -> Totals:
        """All calls of the principal's organisation from the first day to the last, both included."""
        return await UsageRepository(await session(), principal).totals((first, last))

    async def elements(
        self, principal: Principal, *, since: date, version: str | None = None, principal_id: UUID | None = None
    ) -> Sequence[ElementUsage]:
        """What the organisation's callers (or one of them) used from that day on: calls summed over the days."""
        mine = ElementRepository(await session(), principal)
        return await mine.since(since, version=version, principal_id=principal_id)

    async def elements_everywhere(self, *, since: date) -> Sequence[CallerUsage]:
        """For the operator: what all callers of the instance used from that day on."""
        return await repository.element_usage_everywhere(await session(), since=since)

    async def elements_began(self) -> date | None:
        """For the operator: the first day of which it is known what was used; None where none is."""
        return await repository.element_usage_began(await session())

    async def purge_elements(self, *, now: datetime | None = None) -> int:
        """Forget which elements were used `ELEMENTS_KEPT` before `now` (the present). Each batch is committed."""
        infra, purged = infrastructure(), 0
        before = ((now or infra.clock.now()) - ELEMENTS_KEPT).date()
        while True:
            async with infra.unit_of_work(job(NEWSROOM_ID)):
                gone = await repository.purge_elements(await session(), before=before, most=PURGED_AT_ONCE)
            purged += gone
            if gone < PURGED_AT_ONCE:
                return purged


def _span(first: date | None, last: date | None) -> tuple[date, date]:
    last = last or infrastructure().clock.now().date()
    first = first or last - timedelta(days=DAYS_SHOWN - 1)
    if first > last or (last - first).days >= MAX_DAYS:
        error = FieldError("span", f"must span 1 to {MAX_DAYS} days up to `to`", parameter="from")
        raise InvalidRequest("The days make no span.", errors=[error])
    return first, last


def _place(group_by: Grouping, row: UsageRow) -> cursors.Position:
    match group_by:
        case "day":
            return (None if row.day is None else datetime.combine(row.day, datetime.min.time(), UTC),)
        case "operation":
            return (row.version, row.operation)
        case "principal":
            return (row.principal_id,)


usage: Final = Usage()
