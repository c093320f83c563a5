"""One's own identities at providers: link, list, get and unlink."""

from typing import Any

from core.contract.responses import Response, created, no_content, ok, require_match
from core.identities.service import identities
from core.kit.principal import Principal
from handlers.v2.shapes.identities import answer_in, authorization_out, identity_out
from handlers.v2.shapes.lists import page


async def list_identities(principal: Principal, *, limit: int, cursor: str | None = None) -> Response:
    """A page of the person's identities."""
    found = await identities.list(principal, limit=limit, cursor=cursor)
    return page("/v2/me/identities", found, identity_out, {"limit": limit})


async def begin_link(principal: Principal, *, body: dict[str, Any]) -> Response:
    """Where to send a person who wants to link an identity."""
    begun = await identities.begin_link(principal, body["provider"], redirect_uri=body["redirect_uri"])
    return ok(authorization_out(begun))


async def link_identity(principal: Principal, *, body: dict[str, Any]) -> Response:
    """The identity that the provider sees, linked."""
    shown = identity_out(await identities.link(principal, body["provider"], answer_in(body)))
    return created(shown, f"/v2/me/identities/{shown['id']}")


async def get_identity(principal: Principal, identity_id: str) -> Response:
    """One identity of the person."""
    return ok(identity_out(await identities.get(principal, identity_id)))


async def unlink_identity(principal: Principal, identity_id: str, *, if_match: str | None = None) -> Response:
    """The end of a link."""
    require_match(if_match, identity_out(await identities.get(principal, identity_id)))
    await identities.unlink(principal, identity_id)
    return no_content()
