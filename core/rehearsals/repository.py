"""All SQL about rehearsals."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.kit.principal import Principal
from core.models import RehearsalRecord, RehearsalRefusal
from core.rehearsals.types import Refusal, RehearsalRow

_R: Final = RehearsalRecord
_COLUMNS: Final = (_R.id, _R.api_key_id, _R.starts_at, _R.ends_at, _R.created_at, _R.created_by, _R.cancelled_at)
# a rehearsal that was deleted in the meantime, with its key, has no row
_ADD: Final = text(
    "INSERT INTO rehearsal_refusals (organization_id, rehearsal_id, version, operation, calls, first_at, last_at)"
    " SELECT r.organization_id, c.* FROM unnest(CAST(:rehearsals AS uuid[]), CAST(:versions AS text[]),"
    " CAST(:operations AS text[]), CAST(:calls AS bigint[]), CAST(:firsts AS timestamptz[]),"
    " CAST(:lasts AS timestamptz[])) AS c (rehearsal_id, version, operation, calls, first_at, last_at)"
    " JOIN rehearsals r ON r.organization_id = :organization AND r.id = c.rehearsal_id"
    " ORDER BY 2, 3, 4"  # in one order: two processes never wait for each other
    " ON CONFLICT (organization_id, rehearsal_id, version, operation) DO UPDATE SET"
    " calls = rehearsal_refusals.calls + excluded.calls,"
    " first_at = least(rehearsal_refusals.first_at, excluded.first_at),"
    " last_at = greatest(rehearsal_refusals.last_at, excluded.last_at)"
)


class RehearsalRepository:
    """The rehearsals of the principal's organisation."""

    def __init__(self, session: AsyncSession, principal: Principal) -> None:
        self._session = session
        self._organization_id = principal.organization_id

    async def add(self, row: RehearsalRow) -> None:
        """A new rehearsal."""
        values = {name: getattr(row, name) for name in RehearsalRow.__slots__}
        self._session.add(RehearsalRecord(organization_id=self._organization_id, **values))
        await self._session.flush()

    async def is_open(self, api_key_id: UUID, *, now: datetime) -> bool:
        """Whether a rehearsal of the key runs or will."""
        query = select(_R.id).where(
            _R.organization_id == self._organization_id,
            _R.api_key_id == api_key_id,
            _R.cancelled_at.is_(None),
            _R.ends_at > now,
        )
        return (await self._session.execute(query.limit(1))).one_or_none() is not None

    async def get(self, id_: UUID, *, lock: bool = False) -> RehearsalRow | None:
        """One rehearsal; locked until the transaction ends if asked for."""
        query = select(*_COLUMNS).where(_R.organization_id == self._organization_id, _R.id == id_)
        row = (await self._session.execute(query.with_for_update() if lock else query)).one_or_none()
        return None if row is None else RehearsalRow(**row._asdict())

    async def page(self, *, limit: int, after: tuple[datetime, UUID] | None) -> list[RehearsalRow]:
        """Rehearsals, the newest first, those made before `after` (creation time, id)."""
        query = (
            select(*_COLUMNS)
            .where(_R.organization_id == self._organization_id)
            .order_by(_R.created_at.desc(), _R.id.desc())
            .limit(limit)
        )
        if after is not None:
            query = query.where(tuple_(_R.created_at, _R.id) < after)
        return [RehearsalRow(**row._asdict()) for row in await self._session.execute(query)]

    async def cancel(self, id_: UUID, *, at: datetime) -> None:
        """Write down that a rehearsal was broken off."""
        query = update(_R).where(_R.organization_id == self._organization_id, _R.id == id_)
        await self._session.execute(query.values(cancelled_at=at))

    async def add_refusals(self, refusals: Sequence[Refusal]) -> None:
        """Add to what is there."""
        rehearsals, versions, operations, calls, firsts, lasts = zip(*refusals, strict=True)
        values: dict[str, Any] = {
            "rehearsals": rehearsals, "versions": versions, "operations": operations,
            "calls": calls, "firsts": firsts, "lasts": lasts,
        }  # fmt: skip
        given = {name: list(column) for name, column in values.items()}
        await self._session.execute(_ADD, {**given, "organization": self._organization_id})

    async def refusals(self, id_: UUID) -> list[Refusal]:
        """What a rehearsal refused, most calls first."""
        of = RehearsalRefusal
        query = (
            select(of.rehearsal_id, of.version, of.operation, of.calls, of.first_at, of.last_at)
            .where(of.organization_id == self._organization_id, of.rehearsal_id == id_)
            .order_by(of.calls.desc(), of.version, of.operation)
        )
        return [Refusal(*row) for row in await self._session.execute(query)]
