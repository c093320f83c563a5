"""The rules about invitations: issued with their mail, accepted once by the person whose address they name.

To what somebody is invited, and who may invite, the feature decides that calls `issue` and `redeem`.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from core.contract.formats import is_email
from core.errors import (
    AlreadyInvited,
    FieldError,
    Forbidden,
    InvalidInvitation,
    InvitationExpired,
    InvitationNotFound,
    InvitationUsed,
    LimitReached,
    OrganizationSuspended,
    Unprocessable,
)
from core.infra.context import infrastructure
from core.infra.db import act_for, session
from core.infra.paging import pair_in, sliced
from core.invitations import tokens
from core.invitations.repository import InvitationRepository
from core.invitations.types import DeliveryState, Invitation, InvitationKind
from core.kit import ids
from core.kit.principal import Principal
from core.kit.slices import Slice

SEND_TASK: Final = "invitations:send_invitation"
Subject = tuple[InvitationKind, UUID]
"""What an invitation leads to."""

MAX_OPEN: Final = 500
"""Of one organisation: more is somebody who sends mail to strangers through us."""

_CURSOR: Final = b"invitations by age"
_NOT_FOUND: Final = "There is no invitation with this id."


class Invitations:
    """Every method needs a unit of work, and acts in the principal's organisation."""

    async def issue(
        self, principal: Principal, *, kind: InvitationKind, subject_id: UUID, email: str, role: str
    ) -> tuple[Invitation, str]:
        """A new invitation and its token, which is mailed and not stored; the caller has checked that it may invite.

        Raises `Unprocessable` for what is no mail address, `AlreadyInvited`, and `LimitReached`.
        """
        infra, repository = infrastructure(), await _repository(principal)
        now = infra.clock.now()
        if not is_email(email):
            error = FieldError("email", "must be a mail address", pointer="/email")
            raise Unprocessable("Mail cannot be sent to this address.", errors=[error])
        await repository.lock_organization()
        if await repository.is_open(subject_id=subject_id, email=email, now=now):
            raise AlreadyInvited("An invitation to this address is open.")
        if await repository.count_open(now=now) >= MAX_OPEN:
            raise LimitReached(f"An organisation can have {MAX_OPEN:,} open invitations.")
        invitation = Invitation(
            organization_id=principal.organization_id,
            id=ids.new_id(),
            kind=kind,
            subject_id=subject_id,
            email=email,
            role=role,
            invited_by=principal.principal_id,
            created_at=now,
            expires_at=now + timedelta(days=infra.settings.invitation_days),
            accepted_at=None,
            accepted_by=None,
            revoked_at=None,
            delivery_state="queued",
            delivery_reason=None,
            delivered_at=None,
        )
        await repository.add(invitation)
        await infra.jobs.enqueue(
            await session(),
            SEND_TASK,
            organization_id=str(invitation.organization_id),
            invitation_id=str(invitation.id),
        )
        return invitation, self.token_of(invitation)

    async def redeem(self, principal: Principal, token: str, *, kind: InvitationKind) -> Invitation:
        """Accept an invitation for the person that acts; the transaction then acts in the inviting organisation.

        What follows from it (a membership, a seat at a reading list) the caller writes in the same transaction. Raises
        `Forbidden` for who is no person or has another address, `InvalidInvitation` for a token that was changed or
        invites to something else, `InvitationExpired`, `InvitationUsed` and `OrganizationSuspended`.
        """
        if principal.account_id is None:
            raise Forbidden("Only a person who has logged in can accept an invitation.")
        named = tokens.read(token, infrastructure().secret)
        there = replace(principal, organization_id=named.organization_id, role=None, scopes=frozenset())
        await act_for(there)
        repository, now = await _repository(there), infrastructure().clock.now()
        invitation = await repository.get(named.id, lock=True)
        if invitation is None or invitation.kind != kind:
            raise InvalidInvitation("This is no invitation of this kind.")
        _check_open(invitation, now)
        if (await repository.own_email() or "").lower() != invitation.email.lower():
            raise Forbidden("The invitation was sent to another mail address than your account's.")
        _, suspended_at = await repository.lock_organization()
        if suspended_at is not None:
            raise OrganizationSuspended("The operator of this instance has suspended the organisation.")
        return await repository.change(invitation.id, {"accepted_at": now, "accepted_by": principal.principal_id})

    async def list(
        self, principal: Principal, *, kind: InvitationKind, subject_id: UUID, limit: int, cursor: str | None = None
    ) -> Slice[Invitation]:
        """A page of the invitations to one subject, the newest first, whatever became of them."""
        bound_to = _CURSOR + principal.organization_id.bytes + subject_id.bytes
        after = pair_in(cursor, bound_to, datetime, UUID)
        rows = await (await _repository(principal)).page(kind=kind, subject_id=subject_id, limit=limit + 1, after=after)
        return sliced(rows, limit, bound_to, lambda last: (last.created_at, last.id))

    async def get(
        self, principal: Principal, invitation_id: str, *, subject: Subject | None = None, lock: bool = False
    ) -> Invitation:
        """One invitation, to this subject where one is named; with `lock` it stays as it is until the transaction ends.

        Raises `InvitationNotFound`.
        """
        try:
            id_ = ids.decode("inv", invitation_id)
        except ids.InvalidId:
            raise InvitationNotFound(_NOT_FOUND) from None
        found = await (await _repository(principal)).get(id_, lock=lock)
        if found is None or (subject is not None and (found.kind, found.subject_id) != subject):
            raise InvitationNotFound(_NOT_FOUND)
        return found

    async def revoke(self, principal: Principal, invitation_id: str) -> Invitation:
        """Withdraw an open invitation; doing it again changes nothing.

        Raises `InvitationNotFound`, and `InvitationUsed` where it was accepted already.
        """
        found = await self.get(principal, invitation_id, lock=True)
        if found.accepted_at is not None:
            raise InvitationUsed("The invitation was accepted already.")
        if found.revoked_at is not None:
            return found
        repository = await _repository(principal)
        return await repository.change(found.id, {"revoked_at": infrastructure().clock.now()})

    async def count_open(self, principal: Principal, *, kind: InvitationKind) -> int:
        """How many open invitations of a kind the organisation has: each may become a member."""
        return await (await _repository(principal)).count_open(now=infrastructure().clock.now(), kind=kind)

    async def has_member(self, principal: Principal, email: str) -> bool:
        """Whether a member of the organisation has this address."""
        return await (await _repository(principal)).has_member(email)

    async def note_delivery(
        self, principal: Principal, invitation_id: UUID, state: DeliveryState, *, reason: str | None = None
    ) -> None:
        """Write down what became of the mail."""
        values = {"delivery_state": state, "delivery_reason": reason}
        if state == "sent":
            values["delivered_at"] = infrastructure().clock.now()  # type: ignore[assignment]  # columns differ
        await (await _repository(principal)).change(invitation_id, values)

    def token_of(self, invitation: Invitation) -> str:
        """The token that the mail carries."""
        return tokens.write(tokens.Named(invitation.organization_id, invitation.id), infrastructure().secret)


def _check_open(invitation: Invitation, now: datetime) -> None:
    match invitation.state(now):
        case "accepted":
            raise InvitationUsed("The invitation was accepted already.")
        case "revoked":
            raise InvitationExpired("The invitation was withdrawn.")
        case "expired":
            raise InvitationExpired("The invitation has expired.")


async def _repository(principal: Principal) -> InvitationRepository:
    return InvitationRepository(await session(), principal)


invitations: Final = Invitations()
