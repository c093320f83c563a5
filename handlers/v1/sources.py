"""Sources: list."""

from core.contract.responses import Response, ok
from core.kit.principal import Principal
from core.sources.service import sources
from handlers.v1.shapes.lists import list_out
from handlers.v1.shapes.sources import source_out


async def list_sources(principal: Principal, *, page: int, limit: int) -> Response:
    """A numbered page of everything that is polled for the caller."""
    rows, total = await sources.list_numbered(principal, page=page, limit=limit)
    return ok(list_out(rows, source_out, total=total, page=page, limit=limit))
