"""Invitations to an organisation or to something of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base


class InvitationRecord(Base):
    """One invitation. Its token is not stored: it is a signature over the two ids and the end.

    `subject_id` is the organisation or the reading list, `invited_by` and `accepted_by` are ids of principals.
    """

    __tablename__ = "invitations"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject_id: Mapped[UUID]
    email: Mapped[str]
    role: Mapped[str]
    invited_by: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    accepted_by: Mapped[UUID | None]
    revoked_at: Mapped[datetime | None]
    delivery_state: Mapped[str] = mapped_column(server_default="queued")
    delivery_reason: Mapped[str | None]
    delivered_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("kind IN ('organization', 'collection')", name="kind"),
        CheckConstraint("role IN ('viewer', 'editor', 'admin', 'owner')", name="role"),
        CheckConstraint("delivery_state IN ('queued', 'sent', 'failed')", name="delivery_state"),
        CheckConstraint("length(email) <= 254", name="email"),
        Index("ix_invitations_organization_id_created_at", "organization_id", "created_at", "id"),
        Index("ix_invitations_organization_id_subject_id", "organization_id", "subject_id"),
    )
