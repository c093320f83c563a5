"""The history of searches as v2 knows it."""

from typing import Any, Final

from core.kit import ids
from core.kit.slices import Slice
from core.searches.types import SearchRow
from handlers.v2.shapes.lists import time_out

_FILTERS: Final = ("category", "source", "feed", "language", "from", "to")


def search_out(row: SearchRow) -> dict[str, Any]:
    """One search."""
    return {
        "id": ids.encode("srch", row.id),
        "query": row.query,
        "filters": {name: row.filters.get(name) for name in _FILTERS},
        "result_count": row.result_count,
        "searched_at": time_out(row.searched_at),
    }


def history_out(found: Slice[SearchRow], limit: int) -> dict[str, Any]:
    """The first page of the history, as its ETag is made of it."""
    return {
        "data": [search_out(row) for row in found.rows],
        "page": {"next_cursor": found.next_cursor, "has_more": found.has_more, "limit": limit},
        "warnings": [],
    }
