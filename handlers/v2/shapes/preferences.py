"""Preferences as v2 knows them."""

from typing import Any

from core.kit import ids
from core.preferences.types import PreferencesRow
from handlers.v2.shapes.lists import time_out


def preferences_out(row: PreferencesRow) -> dict[str, Any]:
    """A person's preferences."""
    return {
        "topics": list(row.topics),
        "sources": [ids.encode("src", source_id) for source_id in row.sources],
        "languages": list(row.languages),
        "muted_words": list(row.muted_words),
        "digest_hour": row.digest_hour,
        "digest_zone": row.digest_zone,
        "record_searches": row.record_searches,
        "updated_at": time_out(row.updated_at),
    }
