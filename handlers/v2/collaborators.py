"""Whom a reading list is shared with: list, get, change, remove, invite and accept."""

from typing import Any

from core.collections.service import collaborators
from core.contract.responses import Response, created, no_content, ok, require_match
from core.kit.principal import Principal
from handlers.v2.shapes.collaborators import collaborator_out, invitation_out
from handlers.v2.shapes.collections import collection_out
from handlers.v2.shapes.lists import page


async def list_collaborators(
    principal: Principal, collection_id: str, *, limit: int, cursor: str | None = None
) -> Response:
    """A page of the people who work on a list."""
    found = await collaborators.list(principal, collection_id, limit=limit, cursor=cursor)
    return page(f"/v2/collections/{collection_id}/collaborators", found, collaborator_out, {"limit": limit})


async def get_collaborator(principal: Principal, collection_id: str, account_id: str) -> Response:
    """One of them."""
    return ok(collaborator_out(await collaborators.get(principal, collection_id, account_id)))


async def update_collaborator(
    principal: Principal, collection_id: str, account_id: str, *, body: dict[str, Any], if_match: str | None = None
) -> Response:
    """A collaborator with another role."""
    current = await collaborators.get(principal, collection_id, account_id, lock=True)
    require_match(if_match, collaborator_out(current))
    return ok(collaborator_out(await collaborators.set_role(principal, collection_id, account_id, body["role"])))


async def remove_collaborator(
    principal: Principal, collection_id: str, account_id: str, *, if_match: str | None = None
) -> Response:
    """The end of somebody's part in a list."""
    current = await collaborators.get(principal, collection_id, account_id, lock=True)
    require_match(if_match, collaborator_out(current))
    await collaborators.remove(principal, collection_id, account_id)
    return no_content()


async def list_collection_invitations(
    principal: Principal, collection_id: str, *, limit: int, cursor: str | None = None
) -> Response:
    """A page of the invitations to a list."""
    found = await collaborators.invitations(principal, collection_id, limit=limit, cursor=cursor)
    return page(f"/v2/collections/{collection_id}/invitations", found, invitation_out, {"limit": limit})


async def invite_collaborator(principal: Principal, collection_id: str, *, body: dict[str, Any]) -> Response:
    """An invitation by mail."""
    shown = invitation_out(await collaborators.invite(principal, collection_id, **body))
    return created(shown, f"/v2/collections/{collection_id}/invitations/{shown['id']}")


async def get_collection_invitation(
    principal: Principal, collection_id: str, collection_invitation_id: str
) -> Response:
    """One invitation to a list."""
    return ok(invitation_out(await collaborators.invitation(principal, collection_id, collection_invitation_id)))


async def revoke_collection_invitation(
    principal: Principal, collection_id: str, collection_invitation_id: str, *, if_match: str | None = None
) -> Response:
    """The end of an invitation to a list."""
    found = await collaborators.invitation(principal, collection_id, collection_invitation_id, lock=True)
    require_match(if_match, invitation_out(found))
    await collaborators.withdraw(principal, collection_id, collection_invitation_id)
    return no_content()


async def accept_collection_invitation(principal: Principal, *, body: dict[str, Any]) -> Response:
    """A place in a list, for the person who was invited."""
    return ok(collection_out(await collaborators.accept(principal, body["token"])))
