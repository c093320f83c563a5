"""API keys: list, make and revoke."""

from typing import Any

from core.contract.responses import Response, created, no_content, ok
from core.keys.service import keys
from core.kit.principal import Principal
from handlers.v1.shapes.api_keys import DEFAULT_SCOPES, api_key_out, created_api_key_out
from handlers.v1.shapes.lists import list_out, time_in


async def list_api_keys(principal: Principal, *, page: int, limit: int) -> Response:
    """A numbered page of the organisation's keys."""
    rows, total = await keys.list_numbered(principal, page=page, limit=limit)
    return ok(list_out(rows, api_key_out, total=total, page=page, limit=limit))


async def create_api_key(principal: Principal, *, body: dict[str, Any]) -> Response:
    """A new key, shown once."""
    scopes, expires_at = body.get("scopes", DEFAULT_SCOPES), time_in(body.get("expires_at"))
    made = await keys.create(principal, name=body["name"], scopes=scopes, expires_at=expires_at)
    shown = created_api_key_out(made)
    return created(shown, f"/v1/api-keys/{shown['id']}")


async def revoke_api_key(principal: Principal, key_id: str) -> Response:
    """The end of a key; another organisation's is forbidden, as v1 has always said."""
    await keys.revoke(principal, key_id, reveal_foreign=True)
    return no_content()
