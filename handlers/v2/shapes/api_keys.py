"""API keys as v2 knows them."""

from typing import Any

from core.keys.types import ApiKeyRow, CreatedApiKey
from core.kit import ids
from handlers.v2.shapes.lists import time_in, time_out


def api_key_out(row: ApiKeyRow) -> dict[str, Any]:
    """One key without its secret."""
    return {
        "id": ids.encode("key", row.id),
        "name": row.name,
        "mode": row.mode,
        "prefix": row.prefix,
        "scopes": list(row.scopes),
        "requests_per_hour": row.requests_per_hour,
        "created_at": time_out(row.created_at),
        "updated_at": time_out(row.updated_at),
        "expires_at": time_out(row.expires_at),
        "last_used_at": time_out(row.last_used_at),
        "revoked_at": time_out(row.revoked_at),
        "rotated_to": None if row.rotated_to is None else ids.encode("key", row.rotated_to),
    }


def created_api_key_out(made: CreatedApiKey) -> dict[str, Any]:
    """A new key with its secret: the only time that it is shown."""
    return {**api_key_out(made), "key": made.key}


def changes_in(body: dict[str, Any]) -> dict[str, Any]:
    """What a client wants to change, with the time as a time."""
    return {**body, "expires_at": time_in(body["expires_at"])} if "expires_at" in body else body
