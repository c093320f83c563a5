"""Organisations as the rest of the product sees them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from core.kit.principal import Role

OrganizationKind = Literal["newsroom", "personal", "shared"]

Action = Literal[
    "organization.change",
    "organization.delete",
    "policies.change",
    "members.change",
    "invitations.create",
    "invitations.revoke",
    "keys.create",
    "keys.change",
    "keys.revoke",
    "feeds.delete",
    "collections.delete",
    "collections.share",
    "notes.delete",
]
"""What `organizations.require` decides about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationRow:
    """One organisation. `role` is the asking person's, None for everybody who is no member.

    `policies` is complete: name of the policy → least role.
    """

    id: UUID
    slug: str
    name: str
    kind: OrganizationKind
    plan: str
    policies: Mapping[str, Role]
    role: Role | None
    created_at: datetime
    updated_at: datetime
    suspended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceOrganization:
    """One organisation as the operator of the instance sees it. `members` is how many people belong to it."""

    id: UUID
    slug: str
    name: str
    kind: OrganizationKind
    plan: str
    members: int
    created_at: datetime
    suspended_at: datetime | None
