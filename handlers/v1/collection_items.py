"""What is in a reading list: list, add, change and remove. v1 changes an item without naming its list."""

from typing import Any

from core.collections.service import items
from core.collections.types import ItemQuery, NewItem
from core.contract.responses import Response, created, no_content, ok, require_match, tagged
from core.kit.principal import Principal
from handlers.v1.shapes.collections import item_out, item_sort_in
from handlers.v1.shapes.lists import list_out


async def list_collection_items(
    principal: Principal,
    collection_id: str,
    *,
    page: int,
    limit: int,
    sort: str,
    dir_: str,
    status: Any = None,
) -> Response:
    """A numbered page of a list."""
    query = ItemQuery(status=status, sort=item_sort_in(sort, dir_))
    rows, total = await items.list_numbered(principal, collection_id, query, page=page, limit=limit)
    return ok(list_out(rows, item_out, total=total, page=page, limit=limit))


async def create_collection_item(principal: Principal, collection_id: str, *, body: dict[str, Any]) -> Response:
    """A new item at the end of a list, with its ETag: no GET of v1 shows an item alone."""
    row = await items.add(principal, collection_id, NewItem.of(body), reveal_foreign=True)
    return tagged(created(item_out(row), f"/v1/collections/{collection_id}/items"))


async def update_collection_item(
    principal: Principal, item_id: str, *, body: dict[str, Any], if_match: str | None = None
) -> Response:
    """An item with another title, status or position, or with other tags."""
    collection_id = await items.list_of(principal, item_id)
    current = await items.get(principal, collection_id, item_id, lock=True, reveal_foreign=True)
    require_match(if_match, item_out(current))
    return ok(item_out(await items.update(principal, collection_id, item_id, body)))


async def delete_collection_item(principal: Principal, item_id: str, *, if_match: str | None = None) -> Response:
    """An item less."""
    collection_id = await items.list_of(principal, item_id)
    current = await items.get(principal, collection_id, item_id, lock=True, reveal_foreign=True)
    require_match(if_match, item_out(current))
    await items.remove(principal, collection_id, item_id)
    return no_content()
