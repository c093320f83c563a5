"""The audit log of each organisation, and how long it is."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base


class AuditHead(Base):
    """The end of a log: how many events there are and the hash of the last. Locked by whoever appends."""

    __tablename__ = "audit_heads"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes]

    __table_args__ = (CheckConstraint("count >= 0", name="count"),)


class AuditEventRecord(Base):
    """One change. Numbered without gaps from 1; `hash` is SHA-256 of the hash before it and of the event's own text."""

    __tablename__ = "audit_events"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    id: Mapped[UUID]
    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[str]
    actor_name: Mapped[str | None]
    action: Mapped[str]
    target_kind: Mapped[str]
    target_id: Mapped[str]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    address: Mapped[str | None]
    request_id: Mapped[str | None]
    operation: Mapped[str | None]
    hash: Mapped[bytes]

    __table_args__ = (
        Index("ix_audit_events_actor", "organization_id", "actor_id", "sequence"),
        Index("ix_audit_events_action", "organization_id", "action", "sequence"),
        Index("ix_audit_events_target", "organization_id", "target_id", "sequence"),
        Index("ix_audit_events_at", "organization_id", "at"),
        Index("ix_audit_events_request_id", "organization_id", "request_id"),
    )
