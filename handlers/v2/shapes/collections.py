"""Reading lists as v2 knows them."""

from typing import Any, Final

from core.collections.types import CollectionRow
from core.kit import ids
from handlers.v2.shapes.lists import time_out

MAKER_PREFIXES: Final = {"user": "acct", "api_key": "key"}
"""Who makes lists, and what the public ids of theirs begin with."""


def collection_out(row: CollectionRow) -> dict[str, Any]:
    """One list without its items."""
    return {
        "id": ids.encode("col", row.id),
        "organization_id": ids.encode("org", row.organization_id),
        "name": row.name,
        "description": row.description,
        "visibility": row.visibility,
        "item_count": row.item_count,
        "created_by": ids.encode(MAKER_PREFIXES[row.created_by_kind], row.created_by),
        "created_at": time_out(row.created_at),
        "updated_at": time_out(row.updated_at),
        "public_since": time_out(row.public_since),
    }


def asked_out(**parameters: Any) -> dict[str, Any]:
    """The parameters of a request as its link to the next page repeats them."""
    return {name: "true" if value is True else value for name, value in parameters.items()}
