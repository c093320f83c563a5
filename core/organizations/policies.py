"""Who may do what in an organisation: the one place that decides it.

Some deeds need a fixed role. For others the organisation says which one, within what the roles' scopes allow: a policy
can withhold from admins what the document gives them, and never give editors what it does not.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from core.errors import Forbidden
from core.kit.principal import Principal, Role
from core.organizations.roles import reaches, role_of
from core.organizations.types import Action


class Policy(NamedTuple):
    """A rule that an organisation can change: the least role, what it may be, and what it is at first."""

    choices: tuple[Role, ...]
    default: Role


POLICIES: Final[Mapping[str, Policy]] = {
    "create_keys": Policy(("admin", "owner"), "admin"),
    "invite": Policy(("admin", "owner"), "admin"),
    "delete": Policy(("editor", "admin", "owner"), "editor"),
}

FIXED: Final[Mapping[Action, Role]] = {
    "organization.change": "admin",
    "organization.delete": "owner",
    "policies.change": "owner",
    "members.change": "admin",
    "keys.revoke": "admin",  # whoever sees a leak can end it
    "collections.share": "editor",
}

GOVERNED: Final[Mapping[Action, str]] = {
    "invitations.create": "invite",
    "invitations.revoke": "invite",
    "keys.create": "create_keys",
    "keys.change": "create_keys",
    "feeds.delete": "delete",
    "collections.delete": "delete",
    "notes.delete": "delete",
}
"""Which policy decides about an action."""


def complete(stored: Mapping[str, Role]) -> dict[str, Role]:
    """Every policy with the role that it asks for: what the organisation decided, else the default."""
    return {name: stored.get(name, policy.default) for name, policy in POLICIES.items()}


def check(principal: Principal, action: Action, stored: Mapping[str, Role]) -> None:
    """Raises `Forbidden` where the caller's role does not reach what the action needs."""
    least = FIXED[action] if action in FIXED else complete(stored)[GOVERNED[action]]
    if not reaches(role_of(principal), least):
        who = "Your role" if principal.kind == "user" else "Your key"
        raise Forbidden(f"{who} does not allow this: in this organisation it takes the role {least}.")
