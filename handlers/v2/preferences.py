"""What a person wants to read, and how."""

from typing import Any

from core.contract.responses import Response, ok, require_match
from core.kit.principal import Principal
from core.preferences.service import preferences
from handlers.v2.shapes.preferences import preferences_out


async def get_preferences(principal: Principal) -> Response:
    """The person's preferences, or the defaults."""
    return ok(preferences_out(await preferences.get(principal)))


async def update_preferences(principal: Principal, *, body: dict[str, Any], if_match: str | None = None) -> Response:
    """The preferences with other values."""
    require_match(if_match, preferences_out(await preferences.get(principal, lock=True)))
    return ok(preferences_out(await preferences.update(principal, body)))
