"""The rules about organisations: who may make, see, change and end which, and acting in one of several."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.audit.service import audit
from core.errors import (
    FieldError,
    Forbidden,
    LimitReached,
    OrganizationInUse,
    OrganizationNotFound,
    OrganizationSuspended,
    PersonalOrganization,
    Unprocessable,
)
from core.infra.context import infrastructure
from core.infra.db import act_for, session
from core.infra.paging import pair_in, sliced
from core.kit import ids
from core.kit.principal import Principal, Role, operator
from core.kit.slices import Slice
from core.kit.text import one_line
from core.organizations import policies, roles
from core.organizations.repository import OrganizationRepository
from core.organizations.types import Action, InstanceOrganization, OrganizationRow
from core.settings import FREE

SUSPENDED: Final = "The operator of this instance has suspended the organisation."
_NOT_FOUND: Final = "There is no organisation with this id."
MAX_OWNED: Final = 50
"""Shared organisations of one person: more is a program that makes organisations in a loop."""

_NO_WORD: Final = re.compile(r"[^a-z0-9]+")
_LONGEST_SLUG: Final = 48
_LONGEST_NAME: Final = 100
_CURSOR: Final = b"organizations by age"


class Organizations:
    """Every method needs a unit of work; those for the operator say so."""

    async def create(self, principal: Principal, *, name: str, slug: str | None = None) -> OrganizationRow:
        """A shared organisation with the person as its owner. Raises `Forbidden` for keys, and `SlugTaken`."""
        if principal.account_id is None:
            raise Forbidden("Only a person who has logged in can make an organisation.")
        repository = OrganizationRepository(await session(), principal)
        owned = await repository.count_owned()
        if owned >= MAX_OWNED:
            raise LimitReached(f"One person can own {MAX_OWNED} shared organisations.")
        owner_name = await repository.own_name()
        there = replace(principal, organization_id=ids.new_id(), role="owner", scopes=roles.scopes_of("owner"))
        await act_for(there)
        now = infrastructure().clock.now()
        values = {"name": _named(name), "kind": "shared", "plan": FREE, "created_at": now, "updated_at": now}
        mine = OrganizationRepository(await session(), there)
        await mine.add({**values, "slug": slug or slug_of(name, there.organization_id)}, owner_name=owner_name)
        row = await self.present(there)
        audit.record(there, "organization.created", target=("organization", row.id), after=_recorded(row))
        infrastructure().changes.announce(principal.principal_id)
        return row

    async def list(self, principal: Principal, *, limit: int, cursor: str | None = None) -> Slice[OrganizationRow]:
        """The person's organisations, the newest first; a key sees the one that it belongs to. Or `InvalidCursor`."""
        bound_to = _CURSOR + principal.principal_id.bytes
        after = pair_in(cursor, bound_to, datetime, UUID)
        if principal.account_id is None:
            return Slice((await self.present(principal),))
        found = await OrganizationRepository(await session(), principal).of_person(limit=limit + 1, after=after)
        return sliced([_row(values) for values in found], limit, bound_to, lambda last: (last.created_at, last.id))

    async def get(self, principal: Principal, organization_id: str, *, lock: bool = False) -> OrganizationRow:
        """One organisation of the caller. With `lock` it stays as it is until the transaction ends."""
        return await self.present(await self.act_in(principal, organization_id), lock=lock)

    async def present(self, principal: Principal, *, lock: bool = False) -> OrganizationRow:
        """The organisation that the principal acts in. Raises `OrganizationNotFound` where it was deleted."""
        values = await OrganizationRepository(await session(), principal).get(lock=lock)
        if values is None:
            raise OrganizationNotFound(_NOT_FOUND)
        return _row({**values, "role": principal.role})

    async def update(self, principal: Principal, organization_id: str, changes: Mapping[str, Any]) -> OrganizationRow:
        """Change what `changes` names: name, slug, and single policies. Raises `Forbidden` and `SlugTaken`."""
        there = await self.act_in(principal, organization_id)
        await self.require(there, "organization.change")
        before = await self.present(there, lock=True)
        values = dict(changes)
        if "name" in values:
            values["name"] = _named(values["name"])
        if "policies" in values:
            await self.require(there, "policies.change")
            values["policies"] = {**before.policies, **values["policies"]}
        repository = OrganizationRepository(await session(), there)
        await repository.change({**values, "updated_at": infrastructure().clock.now()})
        after = await self.present(there)
        audit.record(
            there,
            "organization.updated",
            target=("organization", after.id),
            before=_recorded(before),
            after=_recorded(after),
        )
        return after

    async def delete(self, principal: Principal, organization_id: str) -> None:
        """End a shared organisation with everything that it owns; for its owner, when nobody else is in it.

        Raises `Forbidden`, `PersonalOrganization` and `OrganizationInUse`.
        """
        there = await self.act_in(principal, organization_id)
        row = await self.present(there, lock=True)
        await self.require(there, "organization.delete")
        if row.kind == "personal":
            raise PersonalOrganization("A personal organisation ends with its account.")
        if row.kind == "newsroom":
            raise Forbidden("The newsroom belongs to the operator of this instance.")
        repository = OrganizationRepository(await session(), there)
        if await repository.count_members() > 1:
            raise OrganizationInUse("Remove the other members before the organisation is deleted.")
        home = await repository.personal_organization()
        await repository.delete()
        at_home = replace(principal, organization_id=home, role="owner")
        await act_for(at_home)
        audit.record(at_home, "organization.deleted", target=("organization", row.id), before=_recorded(row))
        infrastructure().changes.announce(row.id, principal.principal_id)

    async def act_in(self, principal: Principal, organization_id: str) -> Principal:
        """The caller in the organisation that a path names; from here on the transaction acts there.

        A person may name any organisation that it is a member of, and has there the role, and the scopes, of that
        membership. Everybody else only has the one of the credential. Raises `OrganizationNotFound`, and
        `OrganizationSuspended` for a person's other organisation (the credential's own was checked before).
        """
        id_ = _decoded(organization_id)
        if id_ == principal.organization_id:
            return principal
        membership = None
        if principal.account_id is not None:
            membership = await OrganizationRepository(await session(), principal).role(id_)
        if membership is None:
            raise OrganizationNotFound(_NOT_FOUND)
        role, suspended_at, _ = membership
        if suspended_at is not None:
            raise OrganizationSuspended(SUSPENDED)
        there = replace(principal, organization_id=id_, role=role, scopes=roles.scopes_of(role))
        await act_for(there)
        return there

    async def require(self, principal: Principal, action: Action) -> None:
        """The one place that says whether a role is enough for an action, by the organisation's policies.

        `principal` is what `act_in` gave, or the caller itself where no organisation is named. Scopes are the
        document's affair and were checked before. Raises `Forbidden`.
        """
        stored: Mapping[str, Role] = {}
        if action in policies.GOVERNED and principal.kind not in ("operator", "job"):
            stored = await OrganizationRepository(await session(), principal).policies()
        policies.check(principal, action, stored)

    def role_of(self, principal: Principal) -> Role:
        """The role that a caller's deeds are judged by; a key has one too, by what it may write."""
        return roles.role_of(principal)

    def reaches(self, principal: Principal, least: Role) -> bool:
        """Whether the caller's role is `least` or above it: nobody gives away more than that."""
        return roles.reaches(roles.role_of(principal), least)

    def scopes_of(self, role: Role) -> frozenset[str]:
        """Every scope of a person with this role, as the document says."""
        return roles.scopes_of(role)

    def person_scopes(self) -> frozenset[str]:
        """The scopes that no key is given."""
        return roles.person_scopes()

    async def everything(self) -> Sequence[InstanceOrganization]:
        """Every organisation of the instance. For the operator."""
        return await OrganizationRepository(await session(), operator()).everything()

    async def act_as_operator(self, slug: str) -> Principal:
        """The operator in the organisation with this short name. Raises `OrganizationNotFound`."""
        found = next((each.id for each in await self.everything() if each.slug == slug), None)
        if found is None:
            raise OrganizationNotFound(f"There is no organisation {slug!r}.")
        there = replace(operator(), organization_id=found)
        await act_for(there)
        return there

    async def establish(self, *, name: str, slug: str, plan: str) -> OrganizationRow:
        """A shared organisation without members, whose keys the operator makes. For the operator. Or `SlugTaken`."""
        there = replace(operator(), organization_id=ids.new_id())
        await act_for(there)
        repository, now = OrganizationRepository(await session(), there), infrastructure().clock.now()
        values = {"name": name, "slug": slug, "kind": "shared", "plan": plan, "created_at": now, "updated_at": now}
        await repository.add(values, owner_name=None)
        row = await self.present(there)
        audit.record(there, "organization.created", target=("organization", row.id), after=_recorded(row))
        return row

    async def administer(self, slug: str, changes: Mapping[str, Any]) -> OrganizationRow:
        """Write `plan` or `suspended_at`; every process acts by it within a second. For the operator."""
        there = await self.act_as_operator(slug)
        before = await self.present(there, lock=True)
        repository = OrganizationRepository(await session(), there)
        await repository.change({**changes, "updated_at": infrastructure().clock.now()})
        after = await self.present(there)
        audit.record(
            there,
            "organization.updated",
            target=("organization", after.id),
            before=_recorded(before),
            after=_recorded(after),
        )
        infrastructure().changes.announce(after.id)
        return after


def _decoded(organization_id: str) -> UUID:
    try:
        return ids.decode("org", organization_id)
    except ids.InvalidId:
        raise OrganizationNotFound(_NOT_FOUND) from None


def slug_of(name: str, organization_id: UUID) -> str:
    """A short name for a name: its ASCII letters and digits, and six digits that make it the only one."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = _NO_WORD.sub("-", ascii_name)[:_LONGEST_SLUG].strip("-")
    return f"{words or 'organization'}-{organization_id.hex[-6:]}"


def _named(name: str) -> str:
    """A name on one line. Raises `Unprocessable` where nothing of it can be seen."""
    shown = one_line(name, limit=_LONGEST_NAME)
    if not shown:
        error = FieldError("blank", "must have a visible character", pointer="/name")
        raise Unprocessable("An organisation needs a name.", errors=[error])
    return shown


def _row(values: Mapping[str, Any]) -> OrganizationRow:
    return OrganizationRow(**{**values, "policies": policies.complete(values["policies"])})


def _recorded(row: OrganizationRow) -> dict[str, Any]:
    """What the audit log keeps of an organisation."""
    suspended_at = None if row.suspended_at is None else row.suspended_at.isoformat()
    return {
        "slug": row.slug,
        "name": row.name,
        "plan": row.plan,
        "policies": dict(row.policies),
        "suspended_at": suspended_at,
    }


def _record_change(principal: Principal, before: OrganizationRow, after: OrganizationRow) -> None:
    target = ("organization", after.id)
    audit.record(principal, "organization.updated", target=target, before=_recorded(before), after=_recorded(after))


organizations: Final = Organizations()
