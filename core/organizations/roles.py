"""Roles: what each may do, as the documents say, and which is above which."""

from functools import cache
from pathlib import Path
from typing import Any, Final, cast

import core
from core.contract import yaml12
from core.kit.principal import Principal, Role

SECURITY: Final = Path(core.__file__).resolve().parent.parent / "openapi" / "shared" / "security.yaml"
ROLES: Final[tuple[Role, ...]] = ("viewer", "editor", "admin", "owner")
"""From the least to the most."""

_WRITES: Final = ":write"


@cache
def scopes_of(role: Role) -> frozenset[str]:
    """Every scope of a person with this role: its own and those of the roles below it (`x-roles`)."""
    below = ROLES[: ROLES.index(role) + 1]
    return frozenset(scope for each in below for scope in _scheme()["x-roles"][each])


@cache
def person_scopes() -> frozenset[str]:
    """What only a person can do, so that no key is given it."""
    return frozenset(_scheme()["x-person-scopes"])


def role_of(principal: Principal) -> Role:
    """The role that a caller's deeds are judged by.

    A person's is that of the membership; operator and jobs are owners. A key counts as the highest role whose own
    writing scopes it holds one of: a key that may change the organisation acts as an admin, and none acts as an owner.
    """
    if principal.kind == "user":
        return principal.role or "viewer"
    if principal.kind in ("operator", "job"):
        return "owner"
    for role in reversed(ROLES):
        if any(scope.endswith(_WRITES) and scope in principal.scopes for scope in _added(role) - person_scopes()):
            return role
    return "viewer"


def reaches(role: Role, least: Role) -> bool:
    """Whether `role` is `least` or above it."""
    return ROLES.index(role) >= ROLES.index(least)


def _added(role: Role) -> frozenset[str]:
    return frozenset(_scheme()["x-roles"][role])


@cache
def _scheme() -> dict[str, Any]:
    document = yaml12.load(SECURITY)
    return cast("dict[str, Any]", document["components"]["securitySchemes"]["bearer"])
