"""The items of reading lists as v2 knows them."""

from collections.abc import Iterable, Sequence
from typing import Any

from core.collections.types import Added, ItemRow
from core.errors import ItemAlreadyExists
from core.kit import ids
from handlers.v2.shapes.lists import time_out


def item_out(row: ItemRow) -> dict[str, Any]:
    """One item."""
    return {
        "id": ids.encode("itm", row.id),
        "collection_id": ids.encode("col", row.collection_id),
        "kind": row.kind,
        "article_id": None if row.article_id is None else ids.encode("art", row.article_id),
        "url": row.url,
        "title": row.title,
        "status": row.status,
        "tags": row.tags,
        "position": row.position,
        "added_at": time_out(row.added_at),
        "updated_at": time_out(row.updated_at),
    }


def reordered_out(rows: Iterable[ItemRow]) -> dict[str, Any]:
    """The items that were moved, where they are now."""
    return {"data": [item_out(row) for row in rows]}


def report_out(outcomes: Sequence[Added]) -> dict[str, Any]:
    """What became of each of many items, and how many of each."""
    results = [_result_out(outcome) for outcome in outcomes]
    statuses = [result["status"] for result in results]
    counts = {status: statuses.count(status) for status in ("created", "existing", "rejected")}
    return {**counts, "results": results}


def _result_out(outcome: Added) -> dict[str, Any]:
    if outcome.item is not None:
        status = "created"
    else:
        status = "existing" if outcome.code == ItemAlreadyExists.code else "rejected"
    return {
        "status": status,
        "item_id": None if outcome.item is None else ids.encode("itm", outcome.item.id),
        "code": outcome.code,
        "detail": outcome.detail,
    }
