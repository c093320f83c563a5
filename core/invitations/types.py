"""Invitations as the rest of the product sees them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

InvitationKind = Literal["organization", "collection"]
InvitationState = Literal["open", "accepted", "revoked", "expired"]
DeliveryState = Literal["queued", "sent", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """That somebody was invited to something of an organisation.

    `subject_id` is the organisation itself or the reading list, `role` what the guest becomes in it, `invited_by` the
    principal who asked. `delivery_reason` says why the mail was not delivered (yet).
    """

    organization_id: UUID
    id: UUID
    kind: InvitationKind
    subject_id: UUID
    email: str
    role: str
    invited_by: UUID
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None
    accepted_by: UUID | None
    revoked_at: datetime | None
    delivery_state: DeliveryState
    delivery_reason: str | None
    delivered_at: datetime | None

    def state(self, now: datetime) -> InvitationState:
        """What has become of it."""
        if self.accepted_at is not None:
            return "accepted"
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at <= now else "open"
