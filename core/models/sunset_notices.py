"""What organisations were told of versions that end, and the mails about it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Uuid, func
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base


class SunsetNoticeRecord(Base):
    """One notice: made once for each organisation, version, Sunset and number of days."""

    __tablename__ = "sunset_notices"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[str]
    sunset_at: Mapped[datetime]
    days: Mapped[int]
    days_left: Mapped[int]
    api_key_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    calls: Mapped[int] = mapped_column(BigInteger())
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        Index(
            "uq_sunset_notices_organization_id_version_sunset_at_days",
            "organization_id",
            "version",
            "sunset_at",
            "days",
            unique=True,
        ),
        Index("ix_sunset_notices_organization_id_created_at", "organization_id", "created_at", "id"),
    )


class SunsetLetterRecord(Base):
    """The mail of a notice to one owner or admin."""

    __tablename__ = "sunset_letters"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    notice_id: Mapped[UUID]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    delivery_state: Mapped[str] = mapped_column(server_default="queued")
    delivery_reason: Mapped[str | None]
    delivered_at: Mapped[datetime | None]

    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "notice_id"],
            ["sunset_notices.organization_id", "sunset_notices.id"],
            ondelete="CASCADE",
        ),
        CheckConstraint("delivery_state IN ('queued', 'sent', 'failed')", name="delivery_state"),
        Index("uq_sunset_letters_notice_id", "organization_id", "notice_id", "account_id", unique=True),
        Index("ix_sunset_letters_account_id", "account_id"),
    )
