"""Invitations to an organisation as v2 knows them."""

from typing import Any

from core.invitations.types import Invitation
from core.kit import ids
from handlers.v2.shapes.lists import time_out


def invitation_out(invitation: Invitation) -> dict[str, Any]:
    """One invitation, without the token that its mail carries."""
    return {
        "id": ids.encode("inv", invitation.id),
        "email": invitation.email,
        "role": invitation.role,
        "created_at": time_out(invitation.created_at),
        "expires_at": time_out(invitation.expires_at),
        "accepted_at": time_out(invitation.accepted_at),
        "revoked_at": time_out(invitation.revoked_at),
        "delivery": {
            "state": invitation.delivery_state,
            "reason": invitation.delivery_reason,
            "delivered_at": time_out(invitation.delivered_at),
        },
    }
