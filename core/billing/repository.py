"""All SQL about billing events."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.billing.types import BillingEventRow
from core.kit.principal import Principal
from core.models import BillingEvent, Membership, Organization

_B: Final = BillingEvent
_COLUMNS: Final = (
    _B.organization_id, _B.id, _B.period, _B.plan, _B.calls, _B.errors, _B.cost, _B.members, _B.created_at,
    _B.delivery_state, _B.delivery_reason, _B.attempts, _B.last_attempt_at, _B.delivered_at,
)  # fmt: skip
_RECORDED: Final = text("SELECT organization_id, id FROM recorded_billing_events(:most)")
_UNBILLED: Final = text("SELECT organization_id, period FROM unbilled_periods(:ended_before, :most)")


class BillingRepository:
    """The billing events of the principal's organisation."""

    def __init__(self, session: AsyncSession, principal: Principal) -> None:
        self._session = session
        self._organization_id = principal.organization_id

    async def unbilled(self, *, ended_before: date, most: int) -> list[tuple[UUID, date]]:
        """Organisations of the instance and months that ended before a day and have no event yet, the oldest first."""
        found = await self._session.execute(_UNBILLED, {"ended_before": ended_before, "most": most})
        return list(found)

    async def recorded(self, *, most: int) -> list[tuple[UUID, UUID]]:
        """Organisations of the instance and their events that were never to be delivered, the oldest first."""
        return list(await self._session.execute(_RECORDED, {"most": most}))

    async def queue(self, id_: UUID) -> bool:
        """Have a recorded event wait for its delivery; False where another process did."""
        query = (
            update(BillingEvent)
            .where(_B.organization_id == self._organization_id, _B.id == id_, _B.delivery_state == "recorded")
            .values(delivery_state="queued")
            .returning(_B.id)
        )
        return (await self._session.execute(query)).one_or_none() is not None

    async def plan_and_members(self) -> tuple[str, int] | None:
        """The organisation's plan, and how many people belong to it; None where it was deleted."""
        members = select(func.count()).where(Membership.organization_id == self._organization_id).scalar_subquery()
        query = select(Organization.plan, members).where(Organization.id == self._organization_id)
        return (await self._session.execute(query)).one_or_none()

    async def add(self, id_: UUID, values: Mapping[str, Any]) -> bool:
        """A new event; False where the month has one already."""
        statement = (
            insert(BillingEvent)
            .values(organization_id=self._organization_id, id=id_, **values)
            .on_conflict_do_nothing(index_elements=["organization_id", "period"])
            .returning(BillingEvent.id)
        )
        return (await self._session.execute(statement)).one_or_none() is not None

    async def get(self, id_: UUID) -> BillingEventRow | None:
        """One event."""
        query = select(*_COLUMNS).where(_B.organization_id == self._organization_id, _B.id == id_)
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else BillingEventRow(**row._asdict())

    async def page(self, *, limit: int, after: tuple[date, UUID] | None) -> list[BillingEventRow]:
        """Events, the latest month first, those before `after`."""
        query = (
            select(*_COLUMNS)
            .where(_B.organization_id == self._organization_id)
            .order_by(_B.period.desc(), _B.id.desc())
            .limit(limit)
        )
        if after is not None:
            query = query.where(tuple_(_B.period, _B.id) < after)
        return [BillingEventRow(**row._asdict()) for row in await self._session.execute(query)]

    async def change(self, id_: UUID, values: Mapping[str, Any]) -> None:
        """Write columns of an event."""
        query = update(BillingEvent).where(_B.organization_id == self._organization_id, _B.id == id_)
        await self._session.execute(query.values(**values))
