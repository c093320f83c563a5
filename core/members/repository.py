"""All SQL about the members of an organisation."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.kit.principal import Principal, Role
from core.members.types import Member
from core.models import Account, Membership, Organization, PrincipalRecord

_COLUMNS: Final = (
    Membership.account_id, Account.email, Account.name, Membership.role, Membership.invited_by, Membership.created_at,
    Membership.updated_at,
)  # fmt: skip


class MemberRepository:
    """The members of the organisation that the principal acts in."""

    def __init__(self, session: AsyncSession, principal: Principal) -> None:
        self._session = session
        self._organization_id = principal.organization_id
        self._account_id = principal.account_id

    async def lock(self) -> str:
        """Kind of the organisation; until the transaction ends nobody else changes who belongs to it."""
        query = (
            select(Organization.kind).where(Organization.id == self._organization_id).with_for_update(key_share=True)
        )
        return (await self._session.execute(query)).scalar_one()

    async def get(self, account_id: UUID) -> Member | None:
        """One member."""
        row = (await self._session.execute(self._members().where(Membership.account_id == account_id))).one_or_none()
        return None if row is None else Member(**row._asdict())

    async def page(self, *, limit: int, after: tuple[datetime, UUID] | None) -> list[Member]:
        """Members, the longest first, those who came after `after` (time, account)."""
        query = self._members().order_by(Membership.created_at, Membership.account_id).limit(limit)
        if after is not None:
            query = query.where(tuple_(Membership.created_at, Membership.account_id) > after)
        return [Member(**row._asdict()) for row in await self._session.execute(query)]

    async def count_owners(self) -> int:
        """How many owners there are."""
        query = select(func.count()).where(
            Membership.organization_id == self._organization_id, Membership.role == "owner"
        )
        return (await self._session.execute(query)).scalar_one()

    async def change(self, account_id: UUID, role: Role, *, at: datetime) -> None:
        """Give a member another role."""
        await self._session.execute(
            update(Membership)
            .where(Membership.organization_id == self._organization_id, Membership.account_id == account_id)
            .values(role=role, updated_at=at)
        )

    async def remove(self, account_id: UUID) -> None:
        """End a membership; the member's principal stays, because it says who wrote what."""
        await self._session.execute(
            delete(Membership).where(
                Membership.organization_id == self._organization_id, Membership.account_id == account_id
            )
        )

    async def join(self, role: Role, *, invited_by: UUID | None, at: datetime) -> bool:
        """Make the person that acts a member; False where it is one already."""
        name = (await self._session.execute(select(Account.name).where(Account.id == self._account_id))).scalar_one()
        record = insert(PrincipalRecord).values(
            organization_id=self._organization_id, id=self._account_id, kind="user", name=name
        )
        await self._session.execute(record.on_conflict_do_nothing())
        membership = insert(Membership).values(
            organization_id=self._organization_id,
            account_id=self._account_id,
            role=role,
            invited_by=invited_by,
            created_at=at,
            updated_at=at,
        )
        added = await self._session.execute(membership.on_conflict_do_nothing().returning(Membership.account_id))
        return added.one_or_none() is not None

    def _members(self) -> Select[*tuple[Any, ...]]:
        return (
            select(*_COLUMNS)
            .join(Account, Account.id == Membership.account_id)
            .where(Membership.organization_id == self._organization_id)
        )
