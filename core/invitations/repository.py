"""All SQL about invitations."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.invitations.types import Invitation, InvitationKind
from core.kit.principal import Principal
from core.models import Account, Collection, InvitationRecord, Membership, Organization, PrincipalRecord

_R = InvitationRecord
_COLUMNS: Final = (
    _R.organization_id, _R.id, _R.kind, _R.subject_id, _R.email, _R.role, _R.invited_by, _R.created_at, _R.expires_at,
    _R.accepted_at, _R.accepted_by, _R.revoked_at, _R.delivery_state, _R.delivery_reason, _R.delivered_at,
)  # fmt: skip


class InvitationRepository:
    """The invitations of the organisation that the principal acts in."""

    def __init__(self, session: AsyncSession, principal: Principal) -> None:
        self._session = session
        self._organization_id = principal.organization_id
        self._account_id = principal.account_id

    async def add(self, invitation: Invitation) -> None:
        """Store a new one."""
        values = {name: getattr(invitation, name) for name in invitation.__slots__}
        self._session.add(InvitationRecord(**values))
        await self._session.flush()

    async def get(self, id_: UUID, *, lock: bool = False) -> Invitation | None:
        """One invitation; locked until the transaction ends if asked for."""
        query = select(*_COLUMNS).where(self._own, InvitationRecord.id == id_)
        row = (await self._session.execute(query.with_for_update() if lock else query)).one_or_none()
        return None if row is None else Invitation(**row._asdict())

    async def page(
        self, *, kind: InvitationKind, subject_id: UUID, limit: int, after: tuple[datetime, UUID] | None
    ) -> list[Invitation]:
        """Those to one subject, the newest first, made before `after` (creation time, id)."""
        query = (
            select(*_COLUMNS)
            .where(self._own, InvitationRecord.kind == kind, InvitationRecord.subject_id == subject_id)
            .order_by(InvitationRecord.created_at.desc(), InvitationRecord.id.desc())
            .limit(limit)
        )
        if after is not None:
            query = query.where(tuple_(InvitationRecord.created_at, InvitationRecord.id) < after)
        return [Invitation(**row._asdict()) for row in await self._session.execute(query)]

    async def is_open(self, *, subject_id: UUID, email: str, now: datetime) -> bool:
        """Whether an open invitation of this address to the same subject exists."""
        query = select(
            exists().where(
                self._own,
                InvitationRecord.subject_id == subject_id,
                func.lower(InvitationRecord.email) == email.lower(),
                *self._open(now),
            )
        )
        return bool((await self._session.execute(query)).scalar_one())

    async def count_open(self, *, now: datetime, kind: InvitationKind | None = None) -> int:
        """How many open invitations the organisation has."""
        query = select(func.count()).where(self._own, *self._open(now))
        if kind is not None:
            query = query.where(InvitationRecord.kind == kind)
        return (await self._session.execute(query)).scalar_one()

    async def change(self, id_: UUID, values: Mapping[str, Any]) -> Invitation:
        """Write columns of an invitation and give it back; it must exist."""
        query = (
            update(InvitationRecord).where(self._own, InvitationRecord.id == id_).values(**values).returning(*_COLUMNS)
        )
        return Invitation(**(await self._session.execute(query)).one()._asdict())

    async def lock_organization(self) -> tuple[str, datetime | None]:
        """Name of the organisation and since when it is suspended; until the end nobody else invites to it."""
        query = (
            select(Organization.name, Organization.suspended_at)
            .where(Organization.id == self._organization_id)
            .with_for_update(key_share=True)
        )
        return (await self._session.execute(query)).one()

    async def has_member(self, email: str) -> bool:
        """Whether a member of the organisation has this address."""
        query = select(
            exists().where(
                Membership.organization_id == self._organization_id,
                Membership.account_id == Account.id,
                func.lower(Account.email) == email.lower(),
            )
        )
        return bool((await self._session.execute(query)).scalar_one())

    async def own_email(self) -> str | None:
        """The address of the person that acts."""
        query = select(Account.email).where(Account.id == self._account_id)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def names(self, invitation: Invitation) -> tuple[str, str, str | None]:
        """What the mail says: the organisation, who invites, and the reading list where it is one."""
        organization = select(Organization.name).where(Organization.id == self._organization_id).scalar_subquery()
        inviter = (
            select(PrincipalRecord.name)
            .where(
                PrincipalRecord.organization_id == self._organization_id, PrincipalRecord.id == invitation.invited_by
            )
            .scalar_subquery()
        )
        subject = (
            select(Collection.name)
            .where(Collection.organization_id == self._organization_id, Collection.id == invitation.subject_id)
            .scalar_subquery()
        )
        name, by, collection = (await self._session.execute(select(organization, inviter, subject))).one()
        return name, by or name, collection

    @property
    def _own(self) -> ColumnElement[bool]:
        return InvitationRecord.organization_id == self._organization_id

    def _open(self, now: datetime) -> tuple[ColumnElement[bool], ...]:
        return (
            InvitationRecord.accepted_at.is_(None),
            InvitationRecord.revoked_at.is_(None),
            InvitationRecord.expires_at > now,
        )
