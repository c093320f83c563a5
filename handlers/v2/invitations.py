"""Invitations to an organisation: list, make, get, withdraw and accept."""

from typing import Any

from core.contract.responses import Response, created, no_content, ok, require_match
from core.kit.principal import Principal
from core.members.service import members
from handlers.v2.shapes.invitations import invitation_out
from handlers.v2.shapes.lists import page
from handlers.v2.shapes.organizations import organization_out


async def list_invitations(
    principal: Principal, organization_id: str, *, limit: int, cursor: str | None = None
) -> Response:
    """A page of the organisation's invitations."""
    found = await members.invited(principal, organization_id, limit=limit, cursor=cursor)
    return page(f"/v2/organizations/{organization_id}/invitations", found, invitation_out, {"limit": limit})


async def create_invitation(principal: Principal, organization_id: str, *, body: dict[str, Any]) -> Response:
    """An invitation whose mail is on the way."""
    shown = invitation_out(await members.invite(principal, organization_id, **body))
    return created(shown, f"/v2/organizations/{organization_id}/invitations/{shown['id']}")


async def get_invitation(principal: Principal, organization_id: str, invitation_id: str) -> Response:
    """One invitation."""
    return ok(invitation_out(await members.invitation(principal, organization_id, invitation_id)))


async def revoke_invitation(
    principal: Principal, organization_id: str, invitation_id: str, *, if_match: str | None = None
) -> Response:
    """The end of an invitation."""
    found = await members.invitation(principal, organization_id, invitation_id, lock=True)
    require_match(if_match, invitation_out(found))
    await members.withdraw(principal, organization_id, invitation_id)
    return no_content()


async def accept_invitation(principal: Principal, *, body: dict[str, Any]) -> Response:
    """The organisation that the person has come into."""
    return ok(organization_out(await members.accept(principal, body["token"])))
