"""Billing events as v2 knows them."""

from typing import Any

from core.billing.types import BillingEventRow
from core.kit import ids
from handlers.v2.shapes.lists import time_out


def billing_event_out(row: BillingEventRow) -> dict[str, Any]:
    """The totals of one month, and what became of their delivery."""
    return {
        "id": ids.encode("bil", row.id),
        "period": f"{row.period:%Y-%m}",
        "plan": row.plan,
        "calls": row.calls,
        "errors": row.errors,
        "cost": row.cost,
        "members": row.members,
        "created_at": time_out(row.created_at),
        "delivery": {
            "state": row.delivery_state,
            "reason": row.delivery_reason,
            "attempts": row.attempts,
            "last_attempt_at": time_out(row.last_attempt_at),
            "delivered_at": time_out(row.delivered_at),
        },
    }
