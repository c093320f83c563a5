"""Reading lists: list, make, get, change and remove."""

from typing import Any

from core.collections.service import collections
from core.collections.types import CollectionQuery
from core.contract.responses import Response, created, no_content, ok, require_match
from core.kit.principal import Principal
from handlers.v1.shapes.collections import collection_out, sort_in
from handlers.v1.shapes.lists import list_out


async def list_collections(
    principal: Principal, *, page: int, limit: int, sort: str, dir_: str, q: str | None = None
) -> Response:
    """A numbered page of the lists that the caller may see."""
    query = CollectionQuery(q=q, sort=sort_in(sort, dir_))
    rows, total = await collections.list_numbered(principal, query, page=page, limit=limit)
    return ok(list_out(rows, collection_out, total=total, page=page, limit=limit))


async def create_collection(principal: Principal, *, body: dict[str, Any]) -> Response:
    """A new list."""
    shown = collection_out(await collections.create(principal, **body))
    return created(shown, f"/v1/collections/{shown['id']}")


async def get_collection(principal: Principal, collection_id: str) -> Response:
    """One list; somebody else's is forbidden, as v1 has always said."""
    return ok(collection_out(await collections.get(principal, collection_id, reveal_foreign=True)))


async def update_collection(
    principal: Principal, collection_id: str, *, body: dict[str, Any], if_match: str | None = None
) -> Response:
    """A list with another name or description."""
    current = await collections.get(principal, collection_id, lock=True, reveal_foreign=True)
    require_match(if_match, collection_out(current))
    return ok(collection_out(await collections.update(principal, collection_id, body)))


async def delete_collection(principal: Principal, collection_id: str, *, if_match: str | None = None) -> Response:
    """The end of a list and of all that is in it."""
    current = await collections.get(principal, collection_id, lock=True, reveal_foreign=True)
    require_match(if_match, collection_out(current))
    await collections.delete(principal, collection_id)
    return no_content()
