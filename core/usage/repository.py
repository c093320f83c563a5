"""All SQL about usage."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, cast, func, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from core.kit.principal import Principal
from core.models import ElementUsageDaily, PrincipalRecord, UsageDaily
from core.usage.types import CallerUsage, Counted, ElementCounted, ElementUsage, Totals, UsageRow

# an organisation that was deleted in the meantime has no row, and its calls are nobody's
_ADD: Final = text(
    "INSERT INTO usage_daily (organization_id, day, operation, version, principal_id, calls, errors, cost)"
    " SELECT o.id, c.* FROM organizations o, unnest(CAST(:days AS date[]), CAST(:operations AS text[]),"
    " CAST(:versions AS text[]), CAST(:principals AS uuid[]), CAST(:calls AS bigint[]), CAST(:errors AS bigint[]),"
    " CAST(:costs AS bigint[])) AS c (day, operation, version, principal_id, calls, errors, cost)"
    " WHERE o.id = :organization ORDER BY 2, 3, 4, 5"  # in one order: two processes never wait for each other
    " ON CONFLICT (organization_id, day, operation, version, principal_id) DO UPDATE SET"
    " calls = usage_daily.calls + excluded.calls, errors = usage_daily.errors + excluded.errors,"
    " cost = usage_daily.cost + excluded.cost"
)
_ADD_ELEMENTS: Final = text(
    "INSERT INTO element_usage_daily"
    " (organization_id, day, principal_id, version, operation, kind, name, value, calls, last_call_at)"
    " SELECT o.id, c.* FROM organizations o, unnest(CAST(:days AS date[]), CAST(:principals AS uuid[]),"
    " CAST(:versions AS text[]), CAST(:operations AS text[]), CAST(:kinds AS text[]), CAST(:names AS text[]),"
    " CAST(:values AS text[]), CAST(:calls AS bigint[]), CAST(:moments AS timestamptz[]))"
    " AS c (day, principal_id, version, operation, kind, name, value, calls, last_call_at)"
    " WHERE o.id = :organization ORDER BY 2, 3, 4, 5, 6, 7, 8"
    " ON CONFLICT (organization_id, principal_id, day, version, operation, kind, name, value) DO UPDATE SET"
    " calls = element_usage_daily.calls + excluded.calls,"
    " last_call_at = greatest(element_usage_daily.last_call_at, excluded.last_call_at)"
)
# columns of the table and not of the model, whose rows take twice as long
_OF: Final = ElementUsageDaily.__table__.c
_NAMES: Final = (_OF.version, _OF.operation, _OF.kind, _OF.name, _OF.value)
_EVERYWHERE: Final = text("SELECT * FROM all_element_usage(:since)")
_BEGAN: Final = text("SELECT element_usage_began()")
_PURGE: Final = text("SELECT purge_element_usage(:before, :most)")
_SUMS: Final = (
    func.sum(UsageDaily.calls).label("calls"),
    func.sum(UsageDaily.errors).label("errors"),
    func.sum(UsageDaily.cost).label("cost"),
)


class UsageRepository:
    """What the principal's organisation has used."""

    def __init__(self, session: AsyncSession, principal: Principal) -> None:
        self._session = session
        self._organization_id = principal.organization_id

    async def add(self, rows: Sequence[Counted]) -> None:
        """Add to what is there."""
        days, operations, versions, principals, calls, errors, costs = zip(*rows, strict=True)
        values = {
            "days": days, "operations": operations, "versions": versions, "principals": principals,
            "calls": calls, "errors": errors, "costs": costs,
        }  # fmt: skip
        given = {name: list(column) for name, column in values.items()}
        await self._session.execute(_ADD, {**given, "organization": self._organization_id})

    async def by_day(self, span: tuple[date, date], *, limit: int, after: date | None) -> list[UsageRow]:
        """Days, the latest first, those before `after`."""
        query = (
            select(UsageDaily.day, *_SUMS)
            .where(*self._within(span))
            .group_by(UsageDaily.day)
            .order_by(UsageDaily.day.desc())
            .limit(limit)
        )
        if after is not None:
            query = query.where(UsageDaily.day < after)
        return await self._rows(query)

    async def by_operation(
        self, span: tuple[date, date], *, limit: int, after: tuple[str, str] | None
    ) -> list[UsageRow]:
        """Operations in the order of version and name, those past `after`."""
        names = (UsageDaily.version, UsageDaily.operation)
        query = select(*names, *_SUMS).where(*self._within(span)).group_by(*names).order_by(*names).limit(limit)
        if after is not None:
            query = query.where(tuple_(*names) > after)
        return await self._rows(query)

    async def by_principal(self, span: tuple[date, date], *, limit: int, after: UUID | None) -> list[UsageRow]:
        """Keys and people, the oldest first, those past `after`."""
        counted = (
            select(UsageDaily.principal_id, *_SUMS)
            .where(*self._within(span))
            .group_by(UsageDaily.principal_id)
            .order_by(UsageDaily.principal_id)
            .limit(limit)
        )
        if after is not None:
            counted = counted.where(UsageDaily.principal_id > after)
        page = counted.subquery()
        query = (
            select(page, PrincipalRecord.kind.label("principal_kind"), PrincipalRecord.name.label("principal_name"))
            .outerjoin(
                PrincipalRecord,
                (PrincipalRecord.organization_id == self._organization_id)
                & (PrincipalRecord.id == page.c.principal_id),
            )
            .order_by(page.c.principal_id)
        )
        return await self._rows(query)

    async def totals(self, span: tuple[date, date]) -> Totals:
        """All calls of the days from the first to the last."""
        sums = [func.coalesce(column, 0) for column in _SUMS]
        row = (await self._session.execute(select(*sums).where(*self._within(span)))).one()
        return Totals(*(int(value) for value in row))

    async def _rows(self, query: Any) -> list[UsageRow]:
        found = await self._session.execute(query)
        return [UsageRow(**{**row._asdict(), **_integers(row)}) for row in found]

    def _within(self, span: tuple[date, date]) -> tuple[ColumnElement[bool], ...]:
        first, last = span
        return (
            UsageDaily.organization_id == self._organization_id,
            UsageDaily.day >= first,
            UsageDaily.day <= last,
        )


class ElementRepository:
    """Which parts of the contract the principal's organisation has used."""

    def __init__(self, session: AsyncSession, principal: Principal) -> None:
        self._session = session
        self._organization_id = principal.organization_id

    async def add(self, rows: Sequence[ElementCounted]) -> None:
        """Add to what is there."""
        names = ("days", "principals", "versions", "operations", "kinds", "names", "values", "calls", "moments")
        given = {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
        await self._session.execute(_ADD_ELEMENTS, {**given, "organization": self._organization_id})

    async def since(self, first: date, *, version: str | None, principal_id: UUID | None) -> list[ElementUsage]:
        """Sums over the days from the first on, in the order of their names."""
        groups = (_OF.principal_id, *_NAMES)
        sums = (cast(func.sum(_OF.calls), BigInteger), func.max(_OF.last_call_at))
        within = self._within(first, version, principal_id)
        query: Any = select(*groups, *sums).where(*within).group_by(*groups).order_by(*groups)
        return [ElementUsage(*row) for row in await self._session.execute(query)]

    def _within(self, first: date, version: str | None, principal_id: UUID | None) -> Iterator[ColumnElement[bool]]:
        yield _OF.organization_id == self._organization_id
        yield _OF.day >= first
        if version is not None:
            yield _OF.version == version
        if principal_id is not None:
            yield _OF.principal_id == principal_id


async def element_usage_everywhere(session: AsyncSession, *, since: date) -> list[CallerUsage]:
    """What all callers of the instance have used since that day."""
    return [CallerUsage._make(row) for row in await session.execute(_EVERYWHERE, {"since": since})]


async def element_usage_began(session: AsyncSession) -> date | None:
    """The first day of which anybody's elements are known; None where none are."""
    result: Any = await session.execute(_BEGAN)
    began: date | None = result.scalar_one()
    return began


async def purge_elements(session: AsyncSession, *, before: date, most: int) -> int:
    """Forget elements that anybody used before that day, the oldest first; how many rows."""
    result: Any = await session.execute(_PURGE, {"before": before, "most": most})
    return int(result.scalar_one())


def _integers(row: Any) -> dict[str, int]:
    """The sum of bigint is numeric."""
    return {name: int(getattr(row, name)) for name in ("calls", "errors", "cost")}
