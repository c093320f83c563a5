"""API keys: list, make, get, change, revoke and rotate."""

from typing import Any

from core.contract.responses import Response, created, no_content, ok, require_match
from core.keys.service import keys
from core.kit.principal import Principal
from handlers.v2.shapes.api_keys import api_key_out, changes_in, created_api_key_out
from handlers.v2.shapes.lists import page


async def list_api_keys(principal: Principal, *, limit: int, cursor: str | None = None) -> Response:
    """A page of the organisation's keys."""
    found = await keys.list(principal, limit=limit, cursor=cursor)
    return page("/v2/api-keys", found, api_key_out, {"limit": limit})


async def create_api_key(principal: Principal, *, body: dict[str, Any]) -> Response:
    """A new key, shown once."""
    shown = created_api_key_out(await keys.create(principal, **changes_in(body)))
    return created(shown, f"/v2/api-keys/{shown['id']}")


async def get_api_key(principal: Principal, key_id: str) -> Response:
    """One key without its secret."""
    return ok(api_key_out(await keys.get(principal, key_id)))


async def update_api_key(
    principal: Principal, key_id: str, *, body: dict[str, Any], if_match: str | None = None
) -> Response:
    """A key with another name, other scopes, another budget or another end."""
    require_match(if_match, api_key_out(await keys.get(principal, key_id, lock=True)))
    return ok(api_key_out(await keys.update(principal, key_id, changes_in(body))))


async def revoke_api_key(principal: Principal, key_id: str, *, if_match: str | None = None) -> Response:
    """The end of a key."""
    require_match(if_match, api_key_out(await keys.get(principal, key_id, lock=True)))
    await keys.revoke(principal, key_id)
    return no_content()


async def rotate_api_key(principal: Principal, key_id: str, *, body: dict[str, Any]) -> Response:
    """A new key in the place of an old one, shown once."""
    made = await keys.rotate(principal, key_id, overlap_seconds=body["overlap_seconds"])
    shown = created_api_key_out(made)
    return created(shown, f"/v2/api-keys/{shown['id']}")
