"""Reading lists and their items as v1 knows them."""

from typing import Any

from core.collections.types import CollectionRow, ItemRow
from core.kit import ids
from handlers.v1.shapes.lists import time_out


def collection_out(row: CollectionRow) -> dict[str, Any]:
    """One list without its items."""
    return {
        "id": ids.encode("col", row.id),
        "name": row.name,
        "description": row.description,
        "item_count": row.item_count,
        "created_at": time_out(row.created_at),
        "updated_at": time_out(row.updated_at),
    }


def item_out(row: ItemRow) -> dict[str, Any]:
    """One item."""
    return {
        "id": ids.encode("itm", row.id),
        "collection_id": ids.encode("col", row.collection_id),
        "article_id": None if row.article_id is None else ids.encode("art", row.article_id),
        "url": row.url,
        "title": row.title,
        "status": row.status,
        "tags": row.tags,
        "position": row.position,
        "created_at": time_out(row.added_at),
        "updated_at": time_out(row.updated_at),
    }


def sort_in(column: str, direction: str) -> str:
    """`created_at` and `desc` are `-created_at` to the services, for lists."""
    return f"{'-' if direction == 'desc' else ''}{column}"


def item_sort_in(column: str, direction: str) -> str:
    """An item's `created_at` is its `added_at` to the services."""
    return sort_in("added_at" if column == "created_at" else column, direction)
