"""Linked identities, and the way to one, as v2 knows them."""

from collections.abc import Mapping
from typing import Any

from core.identities.types import Answer, Authorization, IdentityRow
from core.kit import ids
from handlers.v2.shapes.lists import time_out


def authorization_out(authorization: Authorization) -> dict[str, Any]:
    """Where to send the person."""
    return {
        "authorization_url": authorization.url,
        "state": authorization.state,
        "expires_at": time_out(authorization.expires_at),
    }


def answer_in(body: Mapping[str, Any]) -> Answer:
    """What the provider's redirect carried, by the names that it has there."""
    return Answer(body["state"], body.get("code"), body.get("iss"), body.get("error"))


def identity_out(row: IdentityRow) -> dict[str, Any]:
    """One linked identity; no token of it is ever shown."""
    return {
        "id": ids.encode("idn", row.id),
        "provider": row.provider,
        "subject": row.subject,
        "name": row.name,
        "email": row.email,
        "scopes": list(row.scopes),
        "state": row.state,
        "created_at": time_out(row.created_at),
        "updated_at": time_out(row.updated_at),
        "last_used_at": time_out(row.last_used_at),
    }
