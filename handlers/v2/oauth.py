"""Logging in by a provider: there, and back with its answer."""

from typing import Any

from core.contract.responses import Response, ok
from core.identities.service import identities
from core.identities.types import LoginProvider
from handlers.v2.shapes.identities import answer_in, authorization_out
from handlers.v2.shapes.tokens import tokens_out


async def begin_log_in(provider: LoginProvider, *, body: dict[str, Any]) -> Response:
    """Where to send somebody who wants to log in."""
    return ok(authorization_out(await identities.begin_log_in(provider, redirect_uri=body["redirect_uri"])))


async def complete_log_in(provider: LoginProvider, *, body: dict[str, Any], user_agent: str | None = None) -> Response:
    """The first tokens of a new session, for whoever the provider sees."""
    return ok(tokens_out(await identities.log_in(provider, answer_in(body), client=user_agent)))
