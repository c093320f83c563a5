"""Organisations, the principals that act in them, and API keys."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base


class Organization(Base):
    """A tenant. The newsroom (`NEWSROOM_ID`) is made by the first migrations, a personal one with its account.

    `policies` holds the rules that differ from the defaults: who may make keys, invite and delete. `sandbox_of` is the
    organisation whose test keys act for this one; it makes this one a sandbox, and its id has version 8.
    """

    __tablename__ = "organizations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(server_default="shared")
    plan: Mapped[str] = mapped_column(server_default="free")
    policies: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    suspended_at: Mapped[datetime | None]
    sandbox_of: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))

    __table_args__ = (
        CheckConstraint("slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'", name="slug"),
        CheckConstraint("kind IN ('newsroom', 'personal', 'shared')", name="kind"),
        CheckConstraint("is_sandbox(id) = (sandbox_of IS NOT NULL)", name="sandbox_of"),
        Index("ix_organizations_sandbox_of", "sandbox_of", postgresql_where=text("sandbox_of IS NOT NULL")),
    )


class PrincipalRecord(Base):
    """Somebody or something that acts in an organisation: the operator, an API key, or a member (`user`).

    A member's row stays when the membership ends: it says who wrote what.
    """

    __tablename__ = "principals"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (CheckConstraint("kind IN ('api_key', 'operator', 'user', 'anonymous')", name="kind"),)


class ApiKey(Base):
    """A credential of a program. The key itself is never stored: `key_hash` is its HMAC-SHA-256.

    `requests_per_hour` is null where the plan decides, 0 where there is no limit.
    """

    __tablename__ = "api_keys"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    prefix: Mapped[str]
    key_hash: Mapped[bytes] = mapped_column(unique=True)
    scopes: Mapped[list[str]]
    requests_per_hour: Mapped[int | None]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    rotated_to: Mapped[UUID | None]

    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "id"], ["principals.organization_id", "principals.id"], ondelete="CASCADE"
        ),
        CheckConstraint("octet_length(key_hash) = 32", name="key_hash"),
        CheckConstraint("requests_per_hour >= 0", name="requests_per_hour"),
        Index("ix_api_keys_organization_id_created_at", "organization_id", "created_at", "id"),
        Index(
            "ix_api_keys_rotated_to",
            "organization_id",
            "rotated_to",
            postgresql_where=text("rotated_to IS NOT NULL"),
        ),
    )
