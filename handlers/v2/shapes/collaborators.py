"""The people whom reading lists are shared with, and the invitations to lists, as v2 knows them."""

from typing import Any

from core.collections.types import CollaboratorRow
from core.invitations.types import Invitation
from core.kit import ids
from handlers.v2.shapes.lists import time_out


def collaborator_out(row: CollaboratorRow) -> dict[str, Any]:
    """One person and the person's role in the list."""
    return {
        "account_id": ids.encode("acct", row.account_id),
        "name": row.name,
        "email": row.email,
        "role": row.role,
        "created_at": time_out(row.created_at),
        "updated_at": time_out(row.updated_at),
    }


def invitation_out(invitation: Invitation) -> dict[str, Any]:
    """One invitation, without the token that its mail carries."""
    return {
        "id": ids.encode("inv", invitation.id),
        "collection_id": ids.encode("col", invitation.subject_id),
        "email": invitation.email,
        "role": invitation.role,
        "delivery_state": invitation.delivery_state,
        "created_at": time_out(invitation.created_at),
        "expires_at": time_out(invitation.expires_at),
        "accepted_at": time_out(invitation.accepted_at),
        "revoked_at": time_out(invitation.revoked_at),
    }
