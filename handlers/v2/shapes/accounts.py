"""Accounts and sessions as v2 knows them."""

from collections.abc import Callable
from typing import Any

from core.accounts.types import OwnAccount, Profile
from core.kit import ids
from core.kit.principal import Principal
from core.sessions.types import SessionRow
from handlers.v2.shapes.lists import time_out


def account_out(row: Profile) -> dict[str, Any]:
    """An account."""
    return {
        "id": ids.encode("acct", row.id),
        "email": row.email,
        "name": row.name,
        "has_password": row.has_password,
        "created_at": time_out(row.created_at),
        "updated_at": time_out(row.updated_at),
        "last_login_at": time_out(row.last_login_at),
        "erase_after": time_out(row.erase_after),
    }


def me_out(me: OwnAccount) -> dict[str, Any]:
    """One's own account, and where the token acts."""
    organization = me.organization
    return {
        **account_out(me.profile),
        "organization": {
            "id": ids.encode("org", organization.id),
            "slug": organization.slug,
            "name": organization.name,
            "kind": organization.kind,
            "role": organization.role,
        },
        "session_id": ids.encode("ses", me.session_id),
    }


def session_out(principal: Principal) -> Callable[[SessionRow], dict[str, Any]]:
    """A session as the principal sees it, who is in one of them."""

    def shape(row: SessionRow) -> dict[str, Any]:
        return {
            "id": ids.encode("ses", row.id),
            "current": row.id == principal.session_id,
            "organization_id": None if row.organization_id is None else ids.encode("org", row.organization_id),
            "client": row.client,
            "address": row.address,
            "created_at": time_out(row.created_at),
            "last_used_at": time_out(row.last_used_at),
            "expires_at": time_out(row.expires_at),
        }

    return shape
