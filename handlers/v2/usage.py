"""Usage: what an organisation calls."""

from datetime import date

from core.contract.responses import Response
from core.kit.principal import Principal
from core.usage.service import usage
from core.usage.types import Grouping
from handlers.v2.shapes.lists import page
from handlers.v2.shapes.usage import usage_out


async def list_usage(
    principal: Principal,
    organization_id: str,
    *,
    limit: int,
    group_by: Grouping,
    from_: str | None = None,
    to: str | None = None,
    cursor: str | None = None,
) -> Response:
    """A page of calls by day, operation or caller."""
    first, last = (None if day is None else date.fromisoformat(day) for day in (from_, to))
    found = await usage.list(
        principal, organization_id, group_by=group_by, first=first, last=last, limit=limit, cursor=cursor
    )
    asked = {"from": from_, "to": to, "group_by": group_by, "limit": limit}
    return page(f"/v2/organizations/{organization_id}/usage", found, usage_out, asked)
