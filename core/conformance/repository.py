"""All SQL about conformance."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import delete, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from core.conformance.types import ConformanceFilter, Examined, LastDrift, OperationConformance
from core.models import ConformanceDaily

_ADD: Final = text(
    "INSERT INTO conformance_daily AS d (day, version, operation, checked, drifted, dropped, last_checked_at,"
    " last_drift_at, last_drift_status, last_drift_place, last_drift_pointer, last_drift_keyword)"
    " VALUES (:day, :version, :operation, :checked, :drifted, :dropped, :checked_at, :at, :status, :place, :pointer,"
    " :keyword) ON CONFLICT (day, version, operation) DO UPDATE SET checked = d.checked + excluded.checked,"
    " drifted = d.drifted + excluded.drifted, dropped = d.dropped + excluded.dropped,"
    " last_checked_at = greatest(d.last_checked_at, excluded.last_checked_at),"
    " last_drift_at = coalesce(excluded.last_drift_at, d.last_drift_at),"
    " last_drift_status = coalesce(excluded.last_drift_status, d.last_drift_status),"
    " last_drift_place = coalesce(excluded.last_drift_place, d.last_drift_place),"
    " last_drift_pointer = coalesce(excluded.last_drift_pointer, d.last_drift_pointer),"
    " last_drift_keyword = coalesce(excluded.last_drift_keyword, d.last_drift_keyword)"
)
_NO_DRIFT: Final = (None, None, None, None, None)


class ConformanceRepository:
    """What the instance has seen of its own answers; it belongs to no organisation."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, rows: Sequence[Examined]) -> None:
        """Add to what is there, in one order: two processes never wait for each other."""
        for row in sorted(rows, key=lambda row: row[:3]):
            at, status, place, pointer, keyword = row.last_drift or _NO_DRIFT
            values = {
                "day": row.day, "version": row.version, "operation": row.operation, "checked": row.checked,
                "drifted": row.drifted, "dropped": row.dropped, "checked_at": row.last_checked_at, "at": at,
                "status": status, "place": place, "pointer": pointer, "keyword": keyword,
            }  # fmt: skip
            await self._session.execute(_ADD, values)

    async def forget(self, *, before: date) -> None:
        """Remove the days before one."""
        await self._session.execute(delete(ConformanceDaily).where(ConformanceDaily.day < before))

    async def by_operation(
        self, wanted: ConformanceFilter, *, since: date, limit: int, after: tuple[str, str] | None
    ) -> list[OperationConformance]:
        """Operations in the order of version and name, those past `after`."""
        names = (ConformanceDaily.version, ConformanceDaily.operation)
        drifted = func.sum(ConformanceDaily.drifted)
        newest = ConformanceDaily.last_drift_at.desc().nulls_last()
        last = [
            func.array_agg(aggregate_order_by(column, newest))
            for column in (
                ConformanceDaily.last_drift_at,
                ConformanceDaily.last_drift_status,
                ConformanceDaily.last_drift_place,
                ConformanceDaily.last_drift_pointer,
                ConformanceDaily.last_drift_keyword,
            )
        ]
        query = (
            select(
                *names,
                func.sum(ConformanceDaily.checked),
                drifted,
                func.sum(ConformanceDaily.dropped),
                func.max(ConformanceDaily.last_checked_at),
                *last,
            )
            .where(ConformanceDaily.day >= since)
            .group_by(*names)
            .order_by(*names)
            .limit(limit)
        )
        if wanted.version is not None:
            query = query.where(ConformanceDaily.version == wanted.version)
        if wanted.drifted:
            query = query.having(drifted > 0)
        if after is not None:
            query = query.where(tuple_(*names) > after)
        return [_operation(row) for row in await self._session.execute(query)]


def _operation(row: Any) -> OperationConformance:
    version, operation, checked, drifted, dropped, checked_at, *last = row
    at, *rest = (values[0] for values in last)
    return OperationConformance(
        version, operation, int(checked), int(drifted), int(dropped), checked_at, at and LastDrift(at, *rest)
    )
