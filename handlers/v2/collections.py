"""Reading lists: list, make, get, change, remove and copy."""

from typing import Any

from core.collections.service import collections
from core.collections.types import CollectionQuery
from core.contract.responses import Response, created, no_content, ok, require_match
from core.kit.principal import Principal
from handlers.v2.shapes.collections import asked_out, collection_out
from handlers.v2.shapes.lists import page


async def list_collections(
    principal: Principal,
    *,
    limit: int,
    sort: str,
    cursor: str | None = None,
    q: str | None = None,
    visibility: Any = None,
    owner: str | None = None,
    shared: bool | None = None,
) -> Response:
    """A page of the lists that the caller may see."""
    query = CollectionQuery(q=q, visibility=visibility, own=owner == "me", shared=shared is True, sort=sort)
    found = await collections.list(principal, query, limit=limit, cursor=cursor)
    asked = asked_out(q=q, visibility=visibility, owner=owner, shared=shared, sort=sort, limit=limit)
    return page("/v2/collections", found, collection_out, asked)


async def create_collection(principal: Principal, *, body: dict[str, Any]) -> Response:
    """A new list."""
    shown = collection_out(await collections.create(principal, **body))
    return created(shown, f"/v2/collections/{shown['id']}")


async def get_collection(principal: Principal, collection_id: str) -> Response:
    """One list without its items."""
    return ok(collection_out(await collections.get(principal, collection_id)))


async def update_collection(
    principal: Principal, collection_id: str, *, body: dict[str, Any], if_match: str | None = None
) -> Response:
    """A list with another name, description or visibility."""
    require_match(if_match, collection_out(await collections.get(principal, collection_id, lock=True)))
    return ok(collection_out(await collections.update(principal, collection_id, body)))


async def delete_collection(principal: Principal, collection_id: str, *, if_match: str | None = None) -> Response:
    """The end of a list and of all that is in it."""
    require_match(if_match, collection_out(await collections.get(principal, collection_id, lock=True)))
    await collections.delete(principal, collection_id)
    return no_content()


async def duplicate_collection(
    principal: Principal, collection_id: str, *, body: dict[str, Any] | None = None
) -> Response:
    """A private copy of a list."""
    row = await collections.duplicate(principal, collection_id, name=(body or {}).get("name"))
    shown = collection_out(row)
    return created(shown, f"/v2/collections/{shown['id']}")
