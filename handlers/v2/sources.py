"""Sources: list and get."""

from core.contract.responses import Response, ok
from core.kit.principal import Principal
from core.sources.service import sources
from handlers.v2.shapes.lists import page
from handlers.v2.shapes.sources import source_out


async def list_sources(principal: Principal, *, limit: int, cursor: str | None = None) -> Response:
    """A page of everything that is polled for the caller."""
    found = await sources.list(principal, limit=limit, cursor=cursor)
    return page("/v2/sources", found, source_out, {"limit": limit})


async def get_source(principal: Principal, source_id: str) -> Response:
    """One source and its state."""
    return ok(source_out(await sources.get(principal, source_id)))
