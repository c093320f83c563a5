"""API keys as v1 knows them."""

from typing import Any, Final

from core.keys.types import ApiKeyRow, CreatedApiKey
from core.kit import ids
from handlers.v1.shapes.lists import time_out

DEFAULT_SCOPES: Final = ("articles:read",)
"""What a key may do when its maker does not say; the document's `default`."""


def api_key_out(row: ApiKeyRow) -> dict[str, Any]:
    """One key without its secret."""
    return {
        "id": ids.encode("key", row.id),
        "name": row.name,
        "prefix": row.prefix,
        "scopes": list(row.scopes),
        "created_at": time_out(row.created_at),
        "expires_at": time_out(row.expires_at),
        "last_used_at": time_out(row.last_used_at),
        "revoked_at": time_out(row.revoked_at),
    }


def created_api_key_out(made: CreatedApiKey) -> dict[str, Any]:
    """A new key with its secret: the only time that it is shown."""
    return {**api_key_out(made), "key": made.key}
