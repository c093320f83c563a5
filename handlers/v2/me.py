"""One's own account and sessions."""

from typing import Any, Final

from core.accounts.service import accounts
from core.contract.responses import Response, accepted, no_content, ok, require_match
from core.kit import json
from core.kit.principal import Principal
from core.sessions.service import sessions
from handlers.v2.shapes.accounts import me_out, session_out
from handlers.v2.shapes.lists import page

_DEFAULT_LIMIT: Final = 20


async def get_me(principal: Principal) -> Response:
    """The person whose token this is."""
    return ok(me_out(await accounts.own(principal)))


async def update_me(principal: Principal, *, body: dict[str, Any], if_match: str | None = None) -> Response:
    """The account with another name."""
    require_match(if_match, me_out(await accounts.own(principal, lock=True)))
    await accounts.update(principal, body)
    return ok(me_out(await accounts.own(principal)))


async def delete_me(principal: Principal, *, if_match: str | None = None) -> Response:
    """The account, which will be erased."""
    require_match(if_match, me_out(await accounts.own(principal, lock=True)))
    await accounts.delete(principal)
    return accepted(me_out(await accounts.own(principal)), headers={"Location": "/v2/me"})


async def change_password(principal: Principal, *, body: dict[str, Any]) -> Response:
    """Another password."""
    await accounts.change_password(principal, current=body.get("current_password"), new=body["new_password"])
    return no_content()


async def restore_me(principal: Principal) -> Response:
    """The account, which stays after all."""
    await accounts.restore(principal)
    return ok(me_out(await accounts.own(principal)))


async def list_sessions(principal: Principal, *, limit: int, cursor: str | None = None) -> Response:
    """A page of the person's sessions."""
    found = await sessions.list(principal, limit=limit, cursor=cursor)
    return page("/v2/me/sessions", found, session_out(principal), {"limit": limit})


async def end_sessions(principal: Principal, *, if_match: str | None = None) -> Response:
    """The end of every session of the person."""
    shown = await list_sessions(principal, limit=_DEFAULT_LIMIT)
    require_match(if_match, json.loads_strict(shown.body))
    await sessions.end_all(principal)
    return no_content()


async def get_session(principal: Principal, session_id: str) -> Response:
    """One session of the person."""
    return ok(session_out(principal)(await sessions.get(principal, session_id)))


async def end_session(principal: Principal, session_id: str, *, if_match: str | None = None) -> Response:
    """The end of one session."""
    require_match(if_match, session_out(principal)(await sessions.get(principal, session_id, lock=True)))
    await sessions.end(principal, session_id)
    return no_content()
