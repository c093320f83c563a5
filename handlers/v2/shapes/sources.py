"""Sources as v2 knows them."""

from typing import Any

from core.kit import ids
from core.sources.types import SourceRow
from handlers.v2.shapes.lists import time_out


def source_out(row: SourceRow) -> dict[str, Any]:
    """One source, its state and what is left of its quota."""
    return {
        "id": ids.encode("src", row.id),
        "slug": row.slug,
        "name": row.name,
        "kind": row.kind,
        "state": row.state,
        "state_reason": row.state_reason,
        "article_count": row.article_count,
        "last_fetch_at": time_out(row.last_fetch_at),
        "next_fetch_at": time_out(row.next_fetch_at),
        "quota": _quota_out(row),
    }


def _quota_out(row: SourceRow) -> dict[str, Any] | None:
    if row.quota_limit is None or row.quota_remaining is None:
        return None
    return {"limit": row.quota_limit, "remaining": row.quota_remaining, "resets_at": time_out(row.quota_resets_at)}
