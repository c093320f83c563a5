"""Sources as v1 knows them: by their short names."""

from typing import Any

from core.sources.types import SourceRow
from handlers.v1.shapes.lists import time_out


def source_out(row: SourceRow) -> dict[str, Any]:
    """One source and its state."""
    return {
        "id": row.slug,
        "name": row.name,
        "kind": row.kind,
        "state": row.state,
        "state_reason": row.state_reason,
        "article_count": row.article_count,
        "last_fetch_at": time_out(row.last_fetch_at),
        "next_fetch_at": time_out(row.next_fetch_at),
    }
