"""Registration and log-in."""

from typing import Any

from core.accounts.service import accounts
from core.contract.responses import Response, created, ok
from handlers.v1.shapes.accounts import account_out, token_out


async def register_account(*, body: dict[str, Any]) -> Response:
    """A new account."""
    return created(account_out(await accounts.register(**body)), "/v2/me")


async def log_in(*, body: dict[str, Any], user_agent: str | None = None) -> Response:
    """A token for one hour: v1 has nothing to refresh it with."""
    return ok(token_out(await accounts.log_in(**body, client=user_agent, lasting=False)))
