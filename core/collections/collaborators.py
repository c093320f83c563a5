"""Whom a reading list is shared with: people, of whichever organisation, who have accepted an invitation."""

from dataclasses import replace
from datetime import datetime
from typing import Final, cast
from uuid import UUID

from core.audit.service import audit
from core.collections.access import Access, not_found, opened
from core.collections.repository import CollaboratorRepository, CollectionRepository
from core.collections.types import CollaboratorRow, CollectionRow, ListRole
from core.errors import CollaboratorNotFound
from core.infra.context import infrastructure
from core.infra.db import transaction
from core.infra.paging import pair_in, sliced
from core.invitations.service import invitations
from core.invitations.types import Invitation
from core.kit import ids
from core.kit.principal import Principal
from core.kit.slices import Slice

_CURSOR: Final = b"collaborators by age"


class Collaborators:
    """Whoever sees a list sees who works on it; its owners decide who does. Everybody may leave.

    Every method raises as `core.collections.access.opened` does.
    """

    async def list(
        self, principal: Principal, collection_id: str, *, limit: int, cursor: str | None = None
    ) -> Slice[CollaboratorRow]:
        """A page of them, the first who came first. Raises `InvalidCursor`."""
        access = await opened(principal, collection_id)
        bound_to = _CURSOR + access.row.id.bytes
        after = pair_in(cursor, bound_to, datetime, UUID)
        repository = await _repository(access)
        rows = await repository.page(limit=limit + 1, after=after)
        return sliced(rows, limit, bound_to, lambda last: (last.created_at, last.account_id))

    async def get(
        self, principal: Principal, collection_id: str, account_id: str, *, lock: bool = False
    ) -> CollaboratorRow:
        """One of them; with `lock` nothing of the list changes until the unit of work ends.

        Raises `CollaboratorNotFound`.
        """
        access = await opened(principal, collection_id, lock=lock)
        return await _collaborator(await _repository(access), account_id)

    async def set_role(
        self, principal: Principal, collection_id: str, account_id: str, role: ListRole
    ) -> CollaboratorRow:
        """Give a collaborator another role. Raises `CollaboratorNotFound`."""
        access = await opened(principal, collection_id, role="owner", lock=True)
        repository = await _repository(access)
        before = await _collaborator(repository, account_id)
        await repository.set_role(before.account_id, role, now=infrastructure().clock.now())
        audit.record(
            access.principal,
            "collaborator.updated",
            target=("collection", access.row.id),
            before={"account": account_id, "role": before.role},
            after={"account": account_id, "role": role},
        )
        return await _collaborator(repository, account_id)

    async def remove(self, principal: Principal, collection_id: str, account_id: str) -> None:
        """End somebody's part in a list; one's own may always be ended. Raises `CollaboratorNotFound`."""
        access = await opened(principal, collection_id, lock=True)
        repository = await _repository(access)
        collaborator = await _collaborator(repository, account_id)
        if collaborator.account_id != principal.account_id:
            access.require("owner")
        await repository.remove(collaborator.account_id)
        audit.record(
            access.principal,
            "collaborator.removed",
            target=("collection", access.row.id),
            before={"account": account_id, "role": collaborator.role},
        )

    async def invite(self, principal: Principal, collection_id: str, *, email: str, role: ListRole) -> Invitation:
        """Mail an invitation to somebody; what it says of its acceptance comes through `accept`.

        Raises `AlreadyInvited`, `LimitReached` and `Unprocessable` as `invitations.issue` does.
        """
        access = await opened(principal, collection_id, role="owner", lock=True)
        invitation, _ = await invitations.issue(
            access.principal, kind="collection", subject_id=access.row.id, email=email, role=role
        )
        audit.record(
            access.principal,
            "collaborator.invited",
            target=("collection", access.row.id),
            after={"invitation": ids.encode("inv", invitation.id), "email": email, "role": role},
        )
        return invitation

    async def invitations(
        self, principal: Principal, collection_id: str, *, limit: int, cursor: str | None = None
    ) -> Slice[Invitation]:
        """A page of the invitations to a list, the newest first; for its owners. Raises `InvalidCursor`."""
        access = await opened(principal, collection_id, role="owner")
        return await invitations.list(
            access.principal, kind="collection", subject_id=access.row.id, limit=limit, cursor=cursor
        )

    async def invitation(
        self, principal: Principal, collection_id: str, invitation_id: str, *, lock: bool = False
    ) -> Invitation:
        """One of them; with `lock` it stays as it is until the unit of work ends. Raises `InvitationNotFound`."""
        access = await opened(principal, collection_id, role="owner", lock=lock)
        return await _invitation(access, invitation_id, lock=lock)

    async def withdraw(self, principal: Principal, collection_id: str, invitation_id: str) -> None:
        """Make an open invitation worthless; doing it again changes nothing.

        Raises `InvitationNotFound`, and `InvitationUsed` where it was accepted already.
        """
        access = await opened(principal, collection_id, role="owner", lock=True)
        found = await _invitation(access, invitation_id, lock=True)
        if found.revoked_at is not None:
            return
        await invitations.revoke(access.principal, invitation_id)
        audit.record(
            access.principal,
            "collaborator.uninvited",
            target=("collection", access.row.id),
            before={"invitation": invitation_id, "email": found.email, "role": found.role},
        )

    async def accept(self, principal: Principal, token: str) -> CollectionRow:
        """Take up an invitation: the list is then among those that are shared with the person.

        Raises `Forbidden`, `InvalidInvitation`, `InvitationExpired` and `InvitationUsed` as `invitations.redeem` does,
        and `CollectionNotFound` where the list was removed in the meantime.
        """
        invitation = await invitations.redeem(principal, token, kind="collection")
        guest = replace(principal, organization_id=invitation.organization_id, role=None, scopes=frozenset())
        found = await CollectionRepository(transaction(), guest).get(invitation.subject_id, lock=True)
        if found is None:
            raise not_found()
        repository = CollaboratorRepository(transaction(), guest, found.row.id)
        role = cast("ListRole", invitation.role)
        await repository.add(guest.principal_id, role, now=infrastructure().clock.now())
        audit.record(
            guest,
            "collaborator.added",
            target=("collection", found.row.id),
            after={"account": ids.encode("acct", guest.principal_id), "role": role},
        )
        return found.row


async def _repository(access: Access) -> CollaboratorRepository:
    return CollaboratorRepository(transaction(), access.principal, access.row.id)


async def _invitation(access: Access, invitation_id: str, *, lock: bool) -> Invitation:
    """An invitation to this list and no other. Raises `InvitationNotFound`."""
    return await invitations.get(access.principal, invitation_id, subject=("collection", access.row.id), lock=lock)


async def _collaborator(repository: CollaboratorRepository, account_id: str) -> CollaboratorRow:
    try:
        found = await repository.get(ids.decode("acct", account_id))
    except ids.InvalidId:
        found = None
    if found is None:
        raise CollaboratorNotFound("Nobody with this id works on the list.")
    return found
