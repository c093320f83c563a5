"""Sunset notices: what an organisation was told of versions that end."""

from core.contract.responses import Response
from core.kit.principal import Principal
from core.sunset_notices.service import sunset_notices
from handlers.v2.shapes.lists import page
from handlers.v2.shapes.sunset_notices import sunset_notice_out


async def list_sunset_notices(principal: Principal, *, limit: int, cursor: str | None = None) -> Response:
    """A page of the organisation's notices."""
    found = await sunset_notices.list(principal, limit=limit, cursor=cursor)
    return page("/v2/sunset-notices", found, sunset_notice_out, {"limit": limit})
