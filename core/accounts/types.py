"""Accounts as the rest of the product sees them."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from core.organizations.types import OrganizationRow


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """One account. `erase_after` is set while it waits for its deletion."""

    id: UUID
    email: str
    name: str
    personal_organization_id: UUID
    created_at: datetime
    updated_at: datetime
    last_login_at: datetime | None
    suspended_at: datetime | None
    erase_after: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile(AccountRow):
    """A person's own account. `has_password` is False for one that only logs in through a provider."""

    has_password: bool


class OwnAccount(NamedTuple):
    """What a person sees of itself: the account, and the organisation and session of the token."""

    profile: Profile
    organization: OrganizationRow
    session_id: UUID


class FoundAccount(NamedTuple):
    """What a log-in needs of an account; `password_hash` is None where it has no password."""

    id: UUID
    name: str
    personal_organization_id: UUID
    password_hash: str | None
    suspended_at: datetime | None
    erase_after: datetime | None
