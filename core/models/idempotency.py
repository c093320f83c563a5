"""Answers that are kept for repeated requests."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base


class KeptAnswer(Base):
    """The answer to a request with an `Idempotency-Key`, sealed: `core.idempotency` alone can open it."""

    __tablename__ = "kept_answers"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)
    principal_id: Mapped[UUID] = mapped_column(primary_key=True)
    key_hash: Mapped[bytes] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes]
    status: Mapped[int] = mapped_column(SmallInteger)
    answer: Mapped[bytes]
    created_at: Mapped[datetime]

    __table_args__ = (Index("ix_kept_answers_created_at", "created_at"),)
