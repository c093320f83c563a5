"""People: their accounts, their passwords, and the organisations that they are members of."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base


class Account(Base):
    """A person. No organisation owns it: row-level security shows it to the person and to fellow members.

    `personal_organization_id` is the organisation that came into being with the account. `erase_after` is set while the
    account waits for its deletion.
    """

    __tablename__ = "accounts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    name: Mapped[str]
    personal_organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_login_at: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    erase_after: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("length(email) <= 254", name="email"),
        Index("uq_accounts_email", text("lower(email)"), unique=True),
        Index("ix_accounts_erase_after", "erase_after", postgresql_where=text("erase_after IS NOT NULL")),
    )


class AccountPassword(Base):
    """The Argon2id hash of an account's password, apart from the account: only the person's own transactions see it.

    An account that only logs in through a provider has none.
    """

    __tablename__ = "account_passwords"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    hash: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Membership(Base):
    """That a person belongs to an organisation, and as what. The member's principal has the account's id."""

    __tablename__ = "memberships"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str]
    invited_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        CheckConstraint("role IN ('viewer', 'editor', 'admin', 'owner')", name="role"),
        Index("ix_memberships_account_id", "account_id"),
    )
