"""The rules about billing events: when a month is closed, what it comes to, and where it is delivered."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core.audit.service import audit
from core.billing.repository import BillingRepository
from core.billing.types import BillingDelivery, BillingEventRow
from core.infra.context import infrastructure
from core.infra.db import session
from core.infra.paging import pair_in, sliced
from core.kit import ids
from core.kit.clock import rfc3339
from core.kit.principal import Principal, job, operator
from core.kit.slices import Slice
from core.organizations.service import organizations
from core.usage.service import usage

DELIVER_TASK: Final = "billing:deliver_event"
CLOSED_AFTER: Final = timedelta(hours=1)
"""How long after its end a month is closed: by then every process has written down what it counted (5 s)."""

BATCH: Final = 500
_CURSOR: Final = b"billing events by month"


class Billing:
    """`close_periods` and `deliver_recorded` open units of work of their own; every other method needs one."""

    async def close_periods(self) -> int:
        """Make the events of all months that are over, each once however often it is called; how many were made."""
        infra = infrastructure()
        first_open = (infra.clock.now() - CLOSED_AFTER).date().replace(day=1)
        async with infra.unit_of_work(operator()):
            repository = BillingRepository(await session(), operator())
            due = await repository.unbilled(ended_before=first_open, most=BATCH)
        made = 0
        for organization_id, period in due:
            principal = job(organization_id)
            async with infra.unit_of_work(principal):
                made += await self._close(principal, period)
        return made

    async def deliver_recorded(self) -> int:
        """Queue the events that were made while there was nowhere to deliver them to, once there is; how many."""
        infra, queued = infrastructure(), 0
        if infra.settings.billing_webhook_url is None:
            return 0
        async with infra.unit_of_work(operator()):
            recorded = await BillingRepository(await session(), operator()).recorded(most=BATCH)
        for organization_id, event_id in recorded:
            principal = job(organization_id)
            async with infra.unit_of_work(principal):
                if await BillingRepository(await session(), principal).queue(event_id):
                    await _enqueue(principal, event_id)
                    queued += 1
        return queued

    async def list(
        self, principal: Principal, organization_id: str, *, limit: int, cursor: str | None = None
    ) -> Slice[BillingEventRow]:
        """A page of the events, the latest month first."""
        there = await organizations.act_in(principal, organization_id)
        bound_to = _CURSOR + there.organization_id.bytes
        after = pair_in(cursor, bound_to, datetime, UUID)
        rows = await BillingRepository(await session(), there).page(
            limit=limit + 1, after=None if after is None else (after[0].date(), after[1])
        )
        return sliced(rows, limit, bound_to, lambda last: (_midnight(last.period), last.id))

    async def get(self, principal: Principal, event_id: UUID) -> BillingEventRow | None:
        """One event of the principal's organisation."""
        return await BillingRepository(await session(), principal).get(event_id)

    async def note_attempt(
        self, principal: Principal, event: BillingEventRow, state: BillingDelivery, *, reason: str | None = None
    ) -> None:
        """Write down how a delivery went."""
        now = infrastructure().clock.now()
        values: dict[str, Any] = {
            "delivery_state": state,
            "delivery_reason": reason,
            "attempts": event.attempts + 1,
            "last_attempt_at": now,
        }
        if state == "delivered":
            values["delivered_at"] = now
        await BillingRepository(await session(), principal).change(event.id, values)

    async def _close(self, principal: Principal, period: date) -> bool:
        infra, repository = infrastructure(), BillingRepository(await session(), principal)
        found = await repository.plan_and_members()
        if found is None:
            return False
        plan, members = found
        totals = await usage.totals(principal, first=period, last=_last_day(period))
        id_, is_delivered = ids.new_id(), infra.settings.billing_webhook_url is not None
        values: Mapping[str, Any] = {
            "period": period,
            "plan": plan,
            "members": members,
            "created_at": infra.clock.now(),
            "delivery_state": "queued" if is_delivered else "recorded",
            **totals._asdict(),
        }
        if not await repository.add(id_, values):
            return False
        after = {"period": period.isoformat(), "plan": plan, **totals._asdict()}
        audit.record(principal, "billing_event.created", target=("billing_event", ids.encode("bil", id_)), after=after)
        if is_delivered:
            await _enqueue(principal, id_)
        return True


async def _enqueue(principal: Principal, event_id: UUID) -> None:
    """Deliver an event when the transaction has committed."""
    await infrastructure().jobs.enqueue(
        await session(), DELIVER_TASK, organization_id=str(principal.organization_id), event_id=str(event_id)
    )


def payload(event: BillingEventRow) -> dict[str, Any]:
    """What is delivered: the same at every attempt."""
    return {
        "type": "billing.period.closed",
        "timestamp": rfc3339(event.created_at),
        "data": {
            "id": ids.encode("bil", event.id),
            "organization_id": ids.encode("org", event.organization_id),
            "period": f"{event.period:%Y-%m}",
            "plan": event.plan,
            "calls": event.calls,
            "errors": event.errors,
            "cost": event.cost,
            "members": event.members,
        },
    }


def _last_day(period: date) -> date:
    return (period + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), UTC)


billing: Final = Billing()
