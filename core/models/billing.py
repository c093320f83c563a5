"""What may be billed: one event an organisation and month."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base


class BillingEvent(Base):
    """The totals of one month (UTC), made once when the month is over. `period` is its first day.

    `delivery_state` is `recorded` while there is nowhere to deliver it to.
    """

    __tablename__ = "billing_events"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    period: Mapped[date] = mapped_column(Date())
    plan: Mapped[str]
    calls: Mapped[int] = mapped_column(BigInteger())
    errors: Mapped[int] = mapped_column(BigInteger())
    cost: Mapped[int] = mapped_column(BigInteger())
    members: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    delivery_state: Mapped[str] = mapped_column(server_default="recorded")
    delivery_reason: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    last_attempt_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("delivery_state IN ('recorded', 'queued', 'delivered', 'failed')", name="delivery_state"),
        Index("uq_billing_events_organization_id_period", "organization_id", "period", unique=True),
        Index(
            "ix_billing_events_recorded",
            "organization_id",
            "period",
            postgresql_where=text("delivery_state = 'recorded'"),
        ),
    )
