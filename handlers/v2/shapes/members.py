"""Members as v2 knows them."""

from typing import Any

from core.kit import ids
from core.members.types import Member
from handlers.v2.shapes.lists import time_out


def member_out(member: Member) -> dict[str, Any]:
    """One person in an organisation."""
    return {
        "account_id": ids.encode("acct", member.account_id),
        "email": member.email,
        "name": member.name,
        "role": member.role,
        "created_at": time_out(member.created_at),
        "updated_at": time_out(member.updated_at),
    }
