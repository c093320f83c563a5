"""What a person has searched for."""

from core.contract.responses import Response, no_content, ok, require_match
from core.kit.principal import Principal
from core.searches.service import searches
from handlers.v2.shapes.lists import page
from handlers.v2.shapes.searches import history_out, search_out


async def list_searches(principal: Principal, *, limit: int, cursor: str | None = None) -> Response:
    """A page of the person's history."""
    found = await searches.list(principal, limit=limit, cursor=cursor)
    return page("/v2/me/searches", found, search_out, {"limit": limit})


async def clear_searches(principal: Principal, *, limit: int, if_match: str | None = None) -> Response:
    """An empty history."""
    require_match(if_match, history_out(await searches.list(principal, limit=limit), limit))
    await searches.clear(principal)
    return no_content()


async def get_search(principal: Principal, search_id: str) -> Response:
    """One search of the history."""
    return ok(search_out(await searches.get(principal, search_id)))


async def delete_search(principal: Principal, search_id: str, *, if_match: str | None = None) -> Response:
    """A history without one search."""
    require_match(if_match, search_out(await searches.get(principal, search_id, lock=True)))
    await searches.delete(principal, search_id)
    return no_content()
