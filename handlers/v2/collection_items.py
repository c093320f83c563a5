"""What is in a reading list: list, add, get, change, remove, add many and move."""

from typing import Any

from core.collections.service import items
from core.collections.types import ItemQuery, NewItem
from core.contract.responses import Response, created, no_content, ok, require_match
from core.kit.principal import Principal
from handlers.v2.shapes.collection_items import item_out, reordered_out, report_out
from handlers.v2.shapes.lists import page


async def list_collection_items(
    principal: Principal,
    collection_id: str,
    *,
    limit: int,
    sort: str,
    cursor: str | None = None,
    status: Any = None,
    tag: str | None = None,
    kind: Any = None,
) -> Response:
    """A page of a list."""
    query = ItemQuery(status=status, tag=tag, kind=kind, sort=sort)
    found = await items.list(principal, collection_id, query, limit=limit, cursor=cursor)
    asked = {"status": status, "tag": tag, "kind": kind, "sort": sort, "limit": limit}
    return page(f"/v2/collections/{collection_id}/items", found, item_out, asked)


async def create_collection_item(principal: Principal, collection_id: str, *, body: dict[str, Any]) -> Response:
    """A new item at the end of a list."""
    shown = item_out(await items.add(principal, collection_id, NewItem.of(body)))
    return created(shown, f"/v2/collections/{collection_id}/items/{shown['id']}")


async def get_collection_item(principal: Principal, collection_id: str, item_id: str) -> Response:
    """One item."""
    return ok(item_out(await items.get(principal, collection_id, item_id)))


async def update_collection_item(
    principal: Principal, collection_id: str, item_id: str, *, body: dict[str, Any], if_match: str | None = None
) -> Response:
    """An item with another title, status or other tags."""
    require_match(if_match, item_out(await items.get(principal, collection_id, item_id, lock=True)))
    return ok(item_out(await items.update(principal, collection_id, item_id, body)))


async def delete_collection_item(
    principal: Principal, collection_id: str, item_id: str, *, if_match: str | None = None
) -> Response:
    """An item less."""
    require_match(if_match, item_out(await items.get(principal, collection_id, item_id, lock=True)))
    await items.remove(principal, collection_id, item_id)
    return no_content()


async def add_collection_items(principal: Principal, collection_id: str, *, body: dict[str, Any]) -> Response:
    """Many new items at the end of a list, and what became of each."""
    wanted = [NewItem.of(item) for item in body["items"]]
    return ok(report_out(await items.add_many(principal, collection_id, wanted)))


async def reorder_collection_items(principal: Principal, collection_id: str, *, body: dict[str, Any]) -> Response:
    """Items at another place of a list."""
    return ok(reordered_out(await items.reorder(principal, collection_id, **body)))
