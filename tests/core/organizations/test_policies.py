"""Who may do what: roles, policies, and what a key counts as."""

from typing import get_args
from uuid import UUID

import pytest

from core.errors import Forbidden
from core.kit import ids
from core.kit.principal import NEWSROOM_ID, Principal, Role, job, operator
from core.organizations import policies, roles
from core.organizations.types import Action

ORGANIZATION = UUID(int=7)


def key(*scopes: str) -> Principal:
    return Principal(ORGANIZATION, ids.new_id(), "api_key", frozenset(scopes))


def member(role: Role) -> Principal:
    return Principal(ORGANIZATION, ids.new_id(), "user", roles.scopes_of(role), role=role)


def allowed(principal: Principal, action: Action, stored: dict[str, Role] | None = None) -> bool:
    try:
        policies.check(principal, action, stored or {})
    except Forbidden:
        return False
    return True


def least(action: Action, stored: dict[str, Role] | None = None) -> str | None:
    """The lowest role that may do it."""
    return next((role for role in roles.ROLES if allowed(member(role), action, stored)), None)


def test_every_action_is_decided_by_one_rule() -> None:
    assert set(get_args(Action)) == {*policies.FIXED, *policies.GOVERNED}
    assert policies.FIXED.keys() & policies.GOVERNED.keys() == set()
    assert set(policies.GOVERNED.values()) == set(policies.POLICIES)


def test_the_ladder_of_roles_holds_every_role() -> None:
    assert get_args(Role) == roles.ROLES


def test_each_role_has_the_scopes_of_those_below_it() -> None:
    sizes = [len(roles.scopes_of(role)) for role in roles.ROLES]
    assert sizes == sorted(sizes)
    for lower, higher in zip(roles.ROLES, roles.ROLES[1:], strict=False):
        assert roles.scopes_of(lower) <= roles.scopes_of(higher)
    assert roles.person_scopes() <= roles.scopes_of("viewer")


def test_without_a_decision_the_defaults_count() -> None:
    assert [least(action) for action in ("keys.create", "invitations.create", "collections.delete")] == [
        "admin",
        "admin",
        "editor",
    ]


@pytest.mark.parametrize(("name", "policy"), policies.POLICIES.items())
def test_a_policy_sets_the_least_role(name: str, policy: policies.Policy) -> None:
    for action in (action for action, governed in policies.GOVERNED.items() if governed == name):
        for choice in policy.choices:
            assert least(action, {name: choice}) == choice


def test_a_policy_never_gives_a_role_what_the_document_does_not() -> None:
    needed = {"create_keys": "keys:write", "invite": "organization:write", "delete": "feeds:write"}
    for name, policy in policies.POLICIES.items():
        assert all(needed[name] in roles.scopes_of(choice) for choice in policy.choices)


@pytest.mark.parametrize(
    ("scopes", "role"),
    [
        ((), "viewer"),
        (("organization:read", "keys:read", "audit:read"), "viewer"),
        (("collections:write",), "editor"),
        (("feeds:write", "keys:write"), "admin"),
        (("organization:write",), "admin"),
        (("account:write",), "viewer"),
    ],
)
def test_a_key_counts_as_the_role_whose_writing_it_may_do(scopes: tuple[str, ...], role: Role) -> None:
    assert roles.role_of(key(*scopes)) == role


def test_no_key_is_an_owner() -> None:
    everything = key(*(scope for role in roles.ROLES for scope in roles.scopes_of(role)))
    assert not allowed(everything, "organization.delete")
    assert not allowed(everything, "policies.change")
    assert not allowed(everything, "keys.create", {"create_keys": "owner"})


def test_operator_and_jobs_may_do_everything() -> None:
    for principal in (operator(), job(NEWSROOM_ID)):
        assert all(allowed(principal, action) for action in get_args(Action))
