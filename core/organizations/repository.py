"""All SQL about organisations and about a person's membership in them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, select, text, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import SlugTaken
from core.kit.principal import OPERATOR_ID, Principal, Role
from core.models import Account, Membership, Organization, PrincipalRecord
from core.organizations.types import InstanceOrganization

_COLUMNS: Final = (
    Organization.id, Organization.slug, Organization.name, Organization.kind, Organization.plan, Organization.policies,
    Organization.created_at, Organization.updated_at, Organization.suspended_at,
)  # fmt: skip
_SLUG: Final = "uq_organizations_slug"
_EVERY: Final = text(
    "SELECT id, slug, name, kind, plan, members, created_at, suspended_at FROM all_organizations() ORDER BY slug"
)


class OrganizationRepository:
    """The organisation that the principal acts in, and those that the person is a member of."""

    def __init__(self, session: AsyncSession, principal: Principal) -> None:
        self._session = session
        self._organization_id = principal.organization_id
        self._account_id = principal.account_id

    async def get(self, *, lock: bool = False) -> Mapping[str, Any] | None:
        """The present organisation; locked until the transaction ends if asked for."""
        query = select(*_COLUMNS).where(Organization.id == self._organization_id)
        row = (await self._session.execute(query.with_for_update() if lock else query)).one_or_none()
        return None if row is None else row._asdict()

    async def role(self, organization_id: UUID) -> tuple[Role, datetime | None, str] | None:
        """The person's role there, since when the organisation is suspended, and its plan; None for no member."""
        query = (
            select(Membership.role, Organization.suspended_at, Organization.plan)
            .join(Organization, Organization.id == Membership.organization_id)
            .where(Membership.organization_id == organization_id, Membership.account_id == self._account_id)
        )
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else row  # type: ignore[return-value]  # a CHECK allows only roles

    async def policies(self) -> Mapping[str, Role]:
        """What the present organisation decided about its policies."""
        query = select(Organization.policies).where(Organization.id == self._organization_id)
        return (await self._session.execute(query)).scalar_one_or_none() or {}

    async def of_person(self, *, limit: int, after: tuple[datetime, UUID] | None) -> list[Mapping[str, Any]]:
        """The person's organisations with the role in each, the newest first, those made before `after`."""
        query = (
            select(*_COLUMNS, Membership.role)
            .join(Membership, Membership.organization_id == Organization.id)
            .where(Membership.account_id == self._account_id)
            .order_by(Organization.created_at.desc(), Organization.id.desc())
            .limit(limit)
        )
        if after is not None:
            query = query.where(tuple_(Organization.created_at, Organization.id) < after)
        return [row._asdict() for row in await self._session.execute(query)]

    async def add(self, values: Mapping[str, Any], *, owner_name: str | None) -> None:
        """The organisation that the transaction acts in, with the person as its owner. Raises `SlugTaken`.

        The operator's (`owner_name` None) has no member.
        """
        try:
            async with self._session.begin_nested():  # the refusal must leave the transaction usable
                self._session.add(Organization(id=self._organization_id, **values))
        except IntegrityError as error:
            raise _translated(error) from None
        if owner_name is None:
            record = PrincipalRecord(
                organization_id=self._organization_id, id=OPERATOR_ID, kind="operator", name="Operator"
            )
            self._session.add(record)
        else:
            record = PrincipalRecord(
                organization_id=self._organization_id, id=self._account_id, kind="user", name=owner_name
            )
            owner = Membership(organization_id=self._organization_id, account_id=self._account_id, role="owner")
            self._session.add_all((record, owner))
        await self._session.flush()

    async def change(self, values: Mapping[str, Any]) -> None:
        """Write columns of the present organisation. Raises `SlugTaken`."""
        query = update(Organization).where(Organization.id == self._organization_id).values(**values)
        try:
            async with self._session.begin_nested():
                await self._session.execute(query)
        except IntegrityError as error:
            raise _translated(error) from None

    async def delete(self) -> None:
        """Remove the present organisation, and with it everything that it owns."""
        await self._session.execute(delete(Organization).where(Organization.id == self._organization_id))

    async def count_owned(self) -> int:
        """How many shared organisations the person owns."""
        query = (
            select(func.count())
            .select_from(Membership)
            .join(Organization, Organization.id == Membership.organization_id)
            .where(Membership.account_id == self._account_id, Membership.role == "owner", Organization.kind == "shared")
        )
        return (await self._session.execute(query)).scalar_one()

    async def own_name(self) -> str:
        """The name of the person that acts."""
        return (await self._session.execute(select(Account.name).where(Account.id == self._account_id))).scalar_one()

    async def personal_organization(self) -> UUID:
        """The organisation that came into being with the account of the person that acts."""
        query = select(Account.personal_organization_id).where(Account.id == self._account_id)
        return (await self._session.execute(query)).scalar_one()

    async def count_members(self) -> int:
        """How many people belong to the present organisation."""
        query = select(func.count()).where(Membership.organization_id == self._organization_id)
        return (await self._session.execute(query)).scalar_one()

    async def everything(self) -> list[InstanceOrganization]:
        """Every organisation of the instance, through the operator's door."""
        return [InstanceOrganization(**row._asdict()) for row in await self._session.execute(_EVERY)]


def _translated(error: IntegrityError) -> Exception:
    constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    if constraint == _SLUG:
        return SlugTaken("Another organisation has this short name.")
    return error
