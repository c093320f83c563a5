"""What organisations use: calls by day, and the room that their data takes."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base


class UsageDaily(Base):
    """How often one principal called one operation on one day (UTC). `cost` is what its budgets were charged."""

    __tablename__ = "usage_daily"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(Date(), primary_key=True)
    operation: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    principal_id: Mapped[UUID] = mapped_column(primary_key=True)
    calls: Mapped[int] = mapped_column(BigInteger())
    errors: Mapped[int] = mapped_column(BigInteger())
    cost: Mapped[int] = mapped_column(BigInteger())


class ElementUsageDaily(Base):
    """How often one principal used one element of an operation on one day (UTC); only names of the document, no values.

    `kind` is operation, parameter, member, enum or media_type; `name` the parameter's, or the JSON pointer of a member
    of the request body; `value` the enum value or the media type. Where there is none, they are empty.
    """

    __tablename__ = "element_usage_daily"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)
    principal_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date(), primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    operation: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    calls: Mapped[int] = mapped_column(BigInteger())
    last_call_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("kind IN ('operation', 'parameter', 'member', 'enum', 'media_type')", name="kind"),
        Index("ix_element_usage_daily_day", "day"),
        Index(
            "ix_element_usage_daily_calls", "organization_id", "version", "day",
            postgresql_include=["principal_id", "calls", "last_call_at"], postgresql_where=text("kind = 'operation'"),
        ),
    )  # fmt: skip


class ElementUsageTotal(Base):
    """The same of all callers of an organisation together. Triggers on `element_usage_daily` keep it."""

    __tablename__ = "element_usage_totals"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(Date(), primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    operation: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    calls: Mapped[int] = mapped_column(BigInteger())
    last_call_at: Mapped[datetime]

    __table_args__ = (Index("ix_element_usage_totals_day", "day"),)


class StorageMeasure(Base):
    """How many bytes an organisation's own texts took when they were last measured."""

    __tablename__ = "storage_measures"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)
    bytes: Mapped[int] = mapped_column(BigInteger())
    measured_at: Mapped[datetime]
