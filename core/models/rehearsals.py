"""Rehearsals of a Sunset, and the calls that they refused."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base


class RehearsalRecord(Base):
    """A window in which versions that end are over for one key. `created_by` is a principal's id."""

    __tablename__ = "rehearsals"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    api_key_id: Mapped[UUID]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[UUID]
    cancelled_at: Mapped[datetime | None]

    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "api_key_id"], ["api_keys.organization_id", "api_keys.id"], ondelete="CASCADE"
        ),
        CheckConstraint("ends_at > starts_at", name="span"),
        Index("ix_rehearsals_organization_id_created_at", "organization_id", "created_at", "id"),
        Index(
            "ix_rehearsals_api_key_id",
            "organization_id",
            "api_key_id",
            "ends_at",
            postgresql_where=text("cancelled_at IS NULL"),
        ),
    )


class RehearsalRefusal(Base):
    """How often a rehearsal refused one operation, and when first and last."""

    __tablename__ = "rehearsal_refusals"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    rehearsal_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    operation: Mapped[str] = mapped_column(primary_key=True)
    calls: Mapped[int] = mapped_column(BigInteger())
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]

    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "rehearsal_id"], ["rehearsals.organization_id", "rehearsals.id"], ondelete="CASCADE"
        ),
    )
