"""Members: who belongs to an organisation, and as what."""

from typing import Any

from core.contract.responses import Response, no_content, ok, require_match
from core.kit.principal import Principal
from core.members.service import members
from handlers.v2.shapes.lists import page
from handlers.v2.shapes.members import member_out


async def list_members(
    principal: Principal, organization_id: str, *, limit: int, cursor: str | None = None
) -> Response:
    """A page of the members."""
    found = await members.list(principal, organization_id, limit=limit, cursor=cursor)
    return page(f"/v2/organizations/{organization_id}/members", found, member_out, {"limit": limit})


async def get_member(principal: Principal, organization_id: str, account_id: str) -> Response:
    """One member."""
    return ok(member_out(await members.get(principal, organization_id, account_id)))


async def update_member(
    principal: Principal, organization_id: str, account_id: str, *, body: dict[str, Any], if_match: str | None = None
) -> Response:
    """A member with another role."""
    require_match(if_match, member_out(await members.get(principal, organization_id, account_id, lock=True)))
    return ok(member_out(await members.change(principal, organization_id, account_id, role=body["role"])))


async def remove_member(
    principal: Principal, organization_id: str, account_id: str, *, if_match: str | None = None
) -> Response:
    """The end of a membership."""
    require_match(if_match, member_out(await members.get(principal, organization_id, account_id, lock=True)))
    await members.remove(principal, organization_id, account_id)
    return no_content()
