"""Billing events as the rest of the product sees them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

BillingDelivery = Literal["recorded", "queued", "delivered", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingEventRow:
    """One month of one organisation; `period` is the month's first day."""

    organization_id: UUID
    id: UUID
    period: date
    plan: str
    calls: int
    errors: int
    cost: int
    members: int
    created_at: datetime
    delivery_state: BillingDelivery
    delivery_reason: str | None
    attempts: int
    last_attempt_at: datetime | None
    delivered_at: datetime | None
