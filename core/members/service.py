"""The rules about members: who may change whose role, who may go, and how somebody comes in."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from core.audit.service import audit
from core.errors import AlreadyMember, Forbidden, LastOwner, MemberNotFound, PersonalOrganization
from core.infra.context import infrastructure
from core.infra.db import session
from core.infra.paging import pair_in, sliced
from core.invitations.service import invitations
from core.invitations.types import Invitation
from core.kit import ids
from core.kit.principal import Principal, Role
from core.kit.slices import Slice
from core.members.repository import MemberRepository
from core.members.types import Member
from core.organizations.service import organizations
from core.organizations.types import OrganizationRow
from core.plans.service import plans

_CURSOR: Final = b"members by age"
_NOT_FOUND: Final = "There is no member with this id."


class Members:
    """Every method needs a unit of work. `organization_id` is the public id of any organisation of the caller.

    Nobody gives, changes or takes a role above his own, and an organisation keeps at least one owner.
    """

    async def list(
        self, principal: Principal, organization_id: str, *, limit: int, cursor: str | None = None
    ) -> Slice[Member]:
        """A page of the members, the longest first."""
        there = await organizations.act_in(principal, organization_id)
        bound_to = _CURSOR + there.organization_id.bytes
        after = pair_in(cursor, bound_to, datetime, UUID)
        rows = await (await _repository(there)).page(limit=limit + 1, after=after)
        return sliced(rows, limit, bound_to, lambda last: (last.created_at, last.account_id))

    async def get(self, principal: Principal, organization_id: str, account_id: str, *, lock: bool = False) -> Member:
        """One member. With `lock` nobody else changes a membership of the organisation until the transaction ends."""
        there = await organizations.act_in(principal, organization_id)
        if lock:
            await (await _repository(there)).lock()
        return await self._present(there, account_id)

    async def change(self, principal: Principal, organization_id: str, account_id: str, *, role: Role) -> Member:
        """Give a member another role; it counts within a second. Raises `Forbidden` and `LastOwner`."""
        there = await organizations.act_in(principal, organization_id)
        repository = await _repository(there)
        await repository.lock()
        before = await self._present(there, account_id)
        await organizations.require(there, "members.change")
        _check_reach(there, before.role)
        _check_reach(there, role)
        if before.role == "owner" and role != "owner":
            await _keep_an_owner(repository)
        await repository.change(before.account_id, role, at=infrastructure().clock.now())
        audit.record(
            there,
            "member.updated",
            target=("account", before.account_id),
            before={"role": before.role},
            after={"role": role},
        )
        infrastructure().changes.announce(before.account_id)
        return await self._present(there, account_id)

    async def remove(self, principal: Principal, organization_id: str, account_id: str) -> None:
        """End a membership, one's own included; it counts within a second. Raises `Forbidden` and `LastOwner`."""
        there = await organizations.act_in(principal, organization_id)
        repository = await _repository(there)
        kind = await repository.lock()
        member = await self._present(there, account_id)
        if member.account_id != there.account_id:
            await organizations.require(there, "members.change")
            _check_reach(there, member.role)
        if kind == "personal":
            raise PersonalOrganization("A personal organisation ends with its account.")
        if member.role == "owner":
            await _keep_an_owner(repository)
        await repository.remove(member.account_id)
        audit.record(there, "member.removed", target=("account", member.account_id), before={"role": member.role})
        infrastructure().changes.announce(member.account_id)

    async def invite(self, principal: Principal, organization_id: str, *, email: str, role: Role) -> Invitation:
        """Have somebody invited by mail.

        Raises `Forbidden` (role, policy), `PersonalOrganization`, `AlreadyMember`, `LimitReached`, and what
        `invitations.issue` does.
        """
        there = await organizations.act_in(principal, organization_id)
        await organizations.require(there, "invitations.create")
        _check_reach(there, role)
        if (await organizations.present(there)).kind == "personal":
            raise PersonalOrganization("A personal organisation takes no other members.")
        if await invitations.has_member(there, email):
            raise AlreadyMember("The person is a member already.")
        pending = await invitations.count_open(there, kind="organization")
        await plans.require_room(there, "members", pending=pending)
        invitation, _ = await invitations.issue(
            there, kind="organization", subject_id=there.organization_id, email=email, role=role
        )
        after = {"email": email, "role": role}
        audit.record(there, "invitation.created", target=("invitation", invitation.id), after=after)
        return invitation

    async def invited(
        self, principal: Principal, organization_id: str, *, limit: int, cursor: str | None = None
    ) -> Slice[Invitation]:
        """A page of the organisation's invitations, the newest first."""
        there = await organizations.act_in(principal, organization_id)
        return await invitations.list(
            there, kind="organization", subject_id=there.organization_id, limit=limit, cursor=cursor
        )

    async def invitation(
        self, principal: Principal, organization_id: str, invitation_id: str, *, lock: bool = False
    ) -> Invitation:
        """One invitation of the organisation. Raises `InvitationNotFound`."""
        there = await organizations.act_in(principal, organization_id)
        return await invitations.get(there, invitation_id, subject=("organization", there.organization_id), lock=lock)

    async def withdraw(self, principal: Principal, organization_id: str, invitation_id: str) -> None:
        """Make an open invitation worthless. Raises `Forbidden`, `InvitationNotFound` and `InvitationUsed`."""
        there = await organizations.act_in(principal, organization_id)
        found = await self.invitation(principal, organization_id, invitation_id, lock=True)
        await organizations.require(there, "invitations.revoke")
        await invitations.revoke(there, invitation_id)
        if found.revoked_at is None:
            before = {"email": found.email, "role": found.role}
            audit.record(there, "invitation.revoked", target=("invitation", found.id), before=before)

    async def accept(self, principal: Principal, token: str) -> OrganizationRow:
        """Come into an organisation by an invitation; the person's tokens can be switched to it from then on.

        Raises what `invitations.redeem` does, `AlreadyMember` and `LimitReached`.
        """
        invitation = await invitations.redeem(principal, token, kind="organization")
        role = cast("Role", invitation.role)
        there = replace(
            principal,
            organization_id=invitation.organization_id,
            role=role,
            scopes=organizations.scopes_of(role),
        )
        await plans.require_room(there, "members")
        now = infrastructure().clock.now()
        if not await (await _repository(there)).join(role, invited_by=invitation.invited_by, at=now):
            raise AlreadyMember("You are a member of this organisation already.")
        after: dict[str, Any] = {"role": role, "invitation": ids.encode("inv", invitation.id)}
        audit.record(there, "member.added", target=("account", principal.principal_id), after=after)
        infrastructure().changes.announce(principal.principal_id)
        return await organizations.present(there)

    async def _present(self, there: Principal, account_id: str) -> Member:
        try:
            id_ = ids.decode("acct", account_id)
        except ids.InvalidId:
            raise MemberNotFound(_NOT_FOUND) from None
        found = await (await _repository(there)).get(id_)
        if found is None:
            raise MemberNotFound(_NOT_FOUND)
        return found


def _check_reach(principal: Principal, role: Role) -> None:
    if not organizations.reaches(principal, role):
        raise Forbidden(f"You cannot give or take the role {role}: it is above your own.")


async def _keep_an_owner(repository: MemberRepository) -> None:
    if await repository.count_owners() <= 1:
        raise LastOwner("The organisation would have no owner. Make somebody else an owner first.")


async def _repository(principal: Principal) -> MemberRepository:
    return MemberRepository(await session(), principal)


members: Final = Members()
