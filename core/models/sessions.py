"""Log-ins: the sessions of people, and the keys that sign their access tokens."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base


class Session(Base):
    """One log-in of a person. No organisation owns it: row-level security shows it to the person alone.

    `refresh_hash` is the HMAC-SHA-256 of the refresh token that is good now, `previous_hash` that of the one before,
    which was traded in at `rotated_at`; null where the log-in has none. `acting_for` is the organisation that its next
    access token acts for, null for the personal one.
    """

    __tablename__ = "sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    acting_for: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id", ondelete="SET NULL"))
    refresh_hash: Mapped[bytes | None]
    previous_hash: Mapped[bytes | None]
    rotated_at: Mapped[datetime | None]
    client: Mapped[str | None]
    address: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_used_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("octet_length(refresh_hash) = 32", name="refresh_hash"),
        CheckConstraint("octet_length(previous_hash) = 32", name="previous_hash"),
        CheckConstraint(
            "end_reason IN ('logged_out', 'ended', 'refresh_reuse', 'password_changed', 'suspended', 'deleted')",
            name="end_reason",
        ),
        Index("ix_sessions_account_id_created_at", "account_id", "created_at", "id"),
        Index("ix_sessions_expires_at", "expires_at"),
    )


class SigningKey(Base):
    """An Ed25519 key that signs access tokens from `signs_from` on, until a later one does.

    It belongs to the instance and to no tenant. The private half is sealed with a key that is derived from the
    instance's secret; the public half is served as a JSON Web Key Set.
    """

    __tablename__ = "signing_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    public_key: Mapped[bytes]
    sealed_private_key: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    signs_from: Mapped[datetime]

    __table_args__ = (CheckConstraint("octet_length(public_key) = 32", name="public_key"),)
