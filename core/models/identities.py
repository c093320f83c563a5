"""Who people are elsewhere: their identities, the tokens that these gave, and log-ins that are under way."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base


class LinkedIdentity(Base):
    """A person's identity at a provider. `subject` is the provider's own id, which never changes.

    `state` is `revoked` when the provider no longer takes the tokens that it gave; linking again mends it.
    """

    __tablename__ = "linked_identities"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    provider: Mapped[str]
    subject: Mapped[str]
    name: Mapped[str | None]
    email: Mapped[str | None]
    scopes: Mapped[list[str]]
    state: Mapped[str] = mapped_column(server_default="active")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_used_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("provider IN ('google', 'github', 'reddit')", name="provider"),
        CheckConstraint("state IN ('active', 'revoked')", name="state"),
        CheckConstraint("length(subject) BETWEEN 1 AND 255", name="subject"),
        Index("uq_linked_identities_provider_subject", "provider", "subject", unique=True),
    )


class IdentityTokens(Base):
    """The tokens by which a person's source is polled, in the person's own organisation, where the poll works.

    Both are sealed with a key that is derived from the instance's secret, and bound to the identity.
    """

    __tablename__ = "identity_tokens"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)
    identity_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    sealed_access: Mapped[bytes]
    sealed_refresh: Mapped[bytes]
    access_ends_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    source_id: Mapped[UUID]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "identity_id"], ["linked_identities.account_id", "linked_identities.id"], ondelete="CASCADE"
        ),
        Index("ix_identity_tokens_account_id_identity_id", "account_id", "identity_id"),
    )


class OAuthState(Base):
    """A log-in or a linking under way, by the hash of its `state`. Good once, for ten minutes.

    What PKCE and OpenID Connect want to find again (verifier, nonce) is derived from the state and the instance's
    secret, and stands nowhere. A linking names the account and the session that began it.
    """

    __tablename__ = "oauth_states"

    state_hash: Mapped[bytes] = mapped_column(primary_key=True)
    provider: Mapped[str]
    intent: Mapped[str]
    redirect_uri: Mapped[str]
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    session_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("octet_length(state_hash) = 32", name="state_hash"),
        CheckConstraint("provider IN ('google', 'github', 'reddit')", name="provider"),
        CheckConstraint("(intent = 'link') = (account_id IS NOT NULL)", name="intent"),
        Index("ix_oauth_states_expires_at", "expires_at"),
        Index("ix_oauth_states_account_id", "account_id"),
    )
