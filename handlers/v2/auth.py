"""Registration, log-in, and what goes on with its tokens."""

from typing import Any

from core.accounts.service import accounts
from core.contract.responses import Response, created, no_content, ok
from core.kit.principal import Principal
from core.sessions.service import sessions
from handlers.v2.shapes.accounts import account_out
from handlers.v2.shapes.tokens import access_token_out, tokens_out


async def register_account(*, body: dict[str, Any]) -> Response:
    """A new account."""
    return created(account_out(await accounts.register(**body)), "/v2/me")


async def log_in(*, body: dict[str, Any], user_agent: str | None = None) -> Response:
    """The first tokens of a new session."""
    return ok(tokens_out(await accounts.log_in(**body, client=user_agent)))


async def refresh_tokens(*, body: dict[str, Any]) -> Response:
    """The next tokens of a session."""
    return ok(tokens_out(await sessions.refresh(body["refresh_token"])))


async def log_out(principal: Principal) -> Response:
    """The end of the session of the token."""
    await sessions.log_out(principal)
    return no_content()


async def switch_organization(principal: Principal, *, body: dict[str, Any]) -> Response:
    """An access token of the same session for another organisation."""
    return ok(access_token_out(await sessions.switch(principal, body["organization_id"])))
