"""Accounts and tokens as v1 knows them."""

from typing import Any

from core.accounts.types import AccountRow
from core.kit import ids
from core.sessions.types import Tokens
from handlers.v1.shapes.lists import time_out


def account_out(row: AccountRow) -> dict[str, Any]:
    """An account."""
    return {
        "id": ids.encode("acct", row.id),
        "email": row.email,
        "name": row.name,
        "created_at": time_out(row.created_at),
    }


def token_out(tokens: Tokens) -> dict[str, Any]:
    """The access token."""
    return {"token": tokens.access_token}
