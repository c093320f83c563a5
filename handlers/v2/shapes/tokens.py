"""Tokens as v2 knows them (RFC 6749 §5.1)."""

from typing import Any

from core.sessions.types import Tokens


def tokens_out(tokens: Tokens) -> dict[str, Any]:
    """Both tokens of a session."""
    return {
        "access_token": tokens.access_token,
        "refresh_token": tokens.refresh_token,
        "token_type": "Bearer",
        "expires_in": tokens.expires_in_s,
    }


def access_token_out(tokens: Tokens) -> dict[str, Any]:
    """The access token alone."""
    return {"access_token": tokens.access_token, "token_type": "Bearer", "expires_in": tokens.expires_in_s}
