"""Everybody who must not get at an organisation's things, and the credentials that they send."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import accumulate
from operator import or_
from typing import Any, Final, NamedTuple

from core.kit.principal import Role
from tests.support.contract_check import Route
from tests.support.matrix_tenant import KEY_SCOPES, Tenant
from tests.support.people import People, Person
from tests.support.seed import Key, Seed

ROLES: Final[tuple[Role, ...]] = ("viewer", "editor", "admin", "owner")


class Caller(NamedTuple):
    """Somebody, and the headers that say who it is."""

    name: str
    headers: tuple[tuple[str, str], ...]


def bearing(name: str, *tokens: str) -> Caller:
    """Somebody who sends these credentials, each in a header of its own."""
    return Caller(name, tuple(("Authorization", f"Bearer {token}") for token in tokens))


def needs_person(route: Route) -> bool:
    """Whether only a person can do it: no key is given the scope."""
    return not route.operation.scopes <= route.document.key_scopes


def is_open(route: Route) -> bool:
    """Whether it takes no credential (`security: []`)."""
    return not route.operation.node["security"]


def highest_role_without(route: Route) -> Role | None:
    """The highest role that lacks a scope which the operation needs; None where every role has them all."""
    added = route.document.node["components"]["securitySchemes"]["bearer"]["x-roles"]
    reached = accumulate((frozenset[str](added[role]) for role in ROLES), or_)
    lacking = [role for role, scopes in zip(ROLES, reached, strict=True) if not route.operation.scopes <= scopes]
    return lacking[-1] if lacking else None


class Callers:
    """Makes those of one tenant. What an attribute or an argument names is made once and used for all operations."""

    def __init__(self, seed: Seed, people: People, tenant: Tenant) -> None:
        self._seed, self._people, self._tenant = seed, people, tenant
        self._known: dict[object, Caller] = {}

    @cached_property
    def garbage(self) -> tuple[Caller, ...]:
        """Credentials that nobody has given out, and two good ones at once."""
        key, token = self._tenant.key.text, self._tenant.owner.token
        _, claims, signature = token.split(".")
        unsigned = _encoded({"alg": "none", "typ": "at+jwt"})
        return (
            bearing("a key with another last character", key[:-1] + ("0" if key[-1] != "0" else "1")),
            bearing("a token with another signature", f"{token.removesuffix(signature)}{signature[::-1]}"),
            bearing("a token without a signature", f"{unsigned}.{claims}."),
            bearing("a token of two parts", token.removesuffix(f".{signature}")),
            bearing("a key and a token", key, token),
            Caller("two keys in one header", (("Authorization", f"Bearer {key}, Bearer {key}"),)),
            Caller("a key as a password", (("Authorization", f"Basic {key}"),)),
        )

    @cached_property
    def expired(self) -> tuple[Caller, ...]:
        """Credentials whose time is over."""
        then, there = _just_now(), self._tenant.organization
        token = self._people.session(self._tenant.owner.account_id, there, expires_at=then)
        late = self._people.person("owner", there)
        self._people.execute("UPDATE sessions SET expires_at = %s WHERE account_id = %s", then, late.account_id)
        return (
            bearing("an expired key", self._key(*KEY_SCOPES, expires_at=then).text),
            bearing("an expired token", token.token),
            bearing("a token of an expired session", late.token),
        )

    @cached_property
    def revoked(self) -> tuple[Caller, ...]:
        """Credentials that were taken back, and those of people who were removed or suspended."""
        then, there = _just_now(), self._tenant.organization
        owner = self._tenant.owner.account_id
        ended = self._people.session(owner, there, ended_at=then, end_reason="ended")
        removed = self._people.person("owner", there)
        self._people.execute("DELETE FROM memberships WHERE account_id = %s", removed.account_id)
        suspended = self._people.person("owner", there, suspended_at=then)
        return (
            bearing("a revoked key", self._key(*KEY_SCOPES, revoked_at=then).text),
            bearing("a token of an ended session", ended.token),
            bearing("a token of a removed member", removed.token),
            bearing("a token of a suspended account", suspended.token),
        )

    def key_without(self, scopes: frozenset[str]) -> Caller:
        """A key with every scope that a key can have, but these."""
        return self._once(scopes, lambda: self._key(*(frozenset(KEY_SCOPES) - scopes)).text, "a key without the scope")

    def member(self, role: Role) -> Caller:
        """A member with this role."""
        return self._once(role, lambda: self._person(role).token, f"a member who is {role}")

    def at_home(self, role: Role) -> Caller:
        """A member with this role whose token acts for the person's own organisation, as its owner."""

        def make() -> str:
            person = self._people.person()
            self._people.join(person.account_id, self._tenant.organization, role)
            return person.token

        return self._once(f"home {role}", make, f"somebody who is owner at home and {role} here")

    @property
    def guest(self) -> Caller:
        """An owner of the tenant's list who is no member of the tenant."""

        def make() -> str:
            person, there = self._people.person(), self._tenant.organization
            collection = self._tenant.ids["collection_id"]
            self._seed.collaborator(collection, person.account_id, "owner", organization_id=there)
            return person.token

        return self._once("guest", make, "a guest who owns the list")

    def new(self, route: Route) -> Iterator[Caller]:
        """Those of this tenant who may use the operation, of whom nothing is known yet."""
        if not needs_person(route):
            yield self.new_key()
        yield bearing("an owner", self._person("owner").token)

    def new_key(self) -> Caller:
        """A key that may do everything."""
        return bearing("a key", self._key(*KEY_SCOPES).text)

    def _once(self, what: object, make: Callable[[], str], name: str) -> Caller:
        if what not in self._known:
            self._known[what] = bearing(name, make())
        return self._known[what]

    def _key(self, *scopes: str, **columns: Any) -> Key:
        return self._seed.key(*scopes, organization_id=self._tenant.organization, **columns)

    def _person(self, role: Role) -> Person:
        return self._people.person(role, self._tenant.organization)


def _just_now() -> datetime:
    return datetime.now(UTC) - timedelta(seconds=1)


def _encoded(header: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
