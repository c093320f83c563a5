"""All SQL about accounts and passwords."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import case, delete, exists, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.accounts.types import AccountRow, FoundAccount, Profile
from core.errors import EmailTaken
from core.infra.db import Connection
from core.kit.principal import Principal
from core.models import Account, AccountPassword, InvitationRecord, Membership, Organization, PrincipalRecord

_FIND: Final = (
    "SELECT id, name, personal_organization_id, password_hash, suspended_at, erase_after FROM find_account(%s)"
)
_LOGGED_IN: Final = "UPDATE accounts SET last_login_at = %s WHERE id = %s"
_DUE: Final = text("SELECT id, personal_organization_id FROM accounts_to_erase(:at, :most)")
_INSTANCE: Final = text(
    "SELECT id, email, name, personal_organization_id, created_at, created_at AS updated_at, last_login_at,"
    " suspended_at, erase_after FROM instance_accounts(:address, :before_time, :before_id, :most)"
)
_GUEST_OF: Final = text("SELECT DISTINCT organization_id FROM shared_collections() ORDER BY 1")
_EMAIL: Final = "uq_accounts_email"
_COLUMNS: Final = (
    Account.id, Account.email, Account.name, Account.personal_organization_id, Account.created_at, Account.updated_at,
    Account.last_login_at, Account.suspended_at, Account.erase_after,
)  # fmt: skip


async def find_by_email(connection: Connection, email: str) -> FoundAccount | None:
    """Through the door `find_account`, before it is known who asks. The address is in its one form."""
    cursor = connection.cursor(binary=True)
    await cursor.execute(_FIND, (email,))
    row = await cursor.fetchone()
    return None if row is None else FoundAccount(*row)


async def note_log_in(connection: Connection, person: Principal, *, at: datetime) -> None:
    """Write down when the person logged in last. On the driver, which leaves the event loop free for reads sooner."""
    await connection.execute(_LOGGED_IN, (at, person.principal_id))


async def accounts_to_erase(session: AsyncSession, *, at: datetime, most: int) -> list[tuple[UUID, UUID]]:
    """(account, personal organisation) of those whose time of grace is over."""
    return [tuple(row) for row in await session.execute(_DUE, {"at": at, "most": most})]


async def instance_accounts(
    session: AsyncSession, *, most: int, email: str | None = None, before: tuple[datetime, UUID] | None = None
) -> list[AccountRow]:
    """Accounts of the whole instance, the newest first, through the operator's door."""
    before_time, before_id = before or (None, None)
    values = {"address": email, "before_time": before_time, "before_id": before_id, "most": most}
    return [AccountRow(**row._asdict()) for row in await session.execute(_INSTANCE, values)]


class AccountRepository:
    """The account of the person that acts, and its memberships."""

    def __init__(self, session: AsyncSession, principal: Principal) -> None:
        self._session = session
        self._account_id = principal.principal_id
        self._organization_id = principal.organization_id

    async def add(self, *, email: str, name: str, slug: str, now: datetime, password_hash: str | None) -> None:
        """An account, its personal organisation and its place in it. Raises `EmailTaken`."""
        times = {"created_at": now, "updated_at": now}
        self._session.add(Organization(id=self._organization_id, slug=slug, name=name, kind="personal", **times))
        await self._session.flush()
        account = Account(
            id=self._account_id, email=email, name=name, personal_organization_id=self._organization_id, **times
        )
        try:
            async with self._session.begin_nested():  # the refusal must leave the transaction usable
                self._session.add(account)
        except IntegrityError as error:
            raise _translated(error) from None
        self._session.add_all(
            (
                PrincipalRecord(organization_id=self._organization_id, id=self._account_id, kind="user", name=name),
                Membership(organization_id=self._organization_id, account_id=self._account_id, role="owner", **times),
            )
        )
        await self._session.flush()
        if password_hash is not None:
            await self.set_password(password_hash, at=now)

    async def get(self, *, lock: bool = False) -> Profile | None:
        """The person's account; locked until the transaction ends if asked for."""
        has_password = exists().where(AccountPassword.account_id == Account.id).label("has_password")
        query = select(*_COLUMNS, has_password).where(Account.id == self._account_id)
        row = (await self._session.execute(query.with_for_update(of=Account) if lock else query)).one_or_none()
        return None if row is None else Profile(**row._asdict())

    async def change(self, values: Mapping[str, Any]) -> None:
        """Write columns of the account."""
        await self._session.execute(update(Account).where(Account.id == self._account_id).values(**values))

    async def rename(self, name: str) -> None:
        """Write the name that others in the organisation of the transaction see beside the person's work."""
        await self._session.execute(
            update(PrincipalRecord)
            .where(PrincipalRecord.organization_id == self._organization_id, PrincipalRecord.id == self._account_id)
            .values(name=name)
        )

    async def password_hash(self) -> str | None:
        """The stored hash, if the account has a password."""
        query = select(AccountPassword.hash).where(AccountPassword.account_id == self._account_id)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def set_password(self, hash_: str, *, at: datetime) -> None:
        """Store a hash in the place of the one before."""
        values = {"hash": hash_, "changed_at": at}
        statement = insert(AccountPassword).values(account_id=self._account_id, **values)
        await self._session.execute(statement.on_conflict_do_update(index_elements=["account_id"], set_=values))

    async def memberships(self) -> list[tuple[UUID, str, str]]:
        """(organisation, its kind, the person's role) of every membership."""
        query = (
            select(Membership.organization_id, Organization.kind, Membership.role)
            .join(Organization, Organization.id == Membership.organization_id)
            .where(Membership.account_id == self._account_id)
            .order_by(Membership.organization_id)
        )
        return [(id_, kind, role) for id_, kind, role in await self._session.execute(query)]

    async def other_members(self) -> tuple[int, int]:
        """How many others are in the organisation that the transaction acts in, and how many of them own it."""
        owners = func.count().filter(Membership.role == "owner")
        query = select(func.count(), owners).where(
            Membership.organization_id == self._organization_id, Membership.account_id != self._account_id
        )
        others, owning = (await self._session.execute(query)).one()
        return others, owning

    async def guest_of(self) -> list[UUID]:
        """Organisations that have shared a reading list with the person."""
        return list((await self._session.execute(_GUEST_OF)).scalars())

    async def forget_address(self, replacement: str) -> None:
        """Take the address out of the invitations of the organisation that the person has accepted."""
        await self._session.execute(
            update(InvitationRecord)
            .where(
                InvitationRecord.organization_id == self._organization_id,
                InvitationRecord.accepted_by == self._account_id,
            )
            .values(email=replacement)
        )

    async def promote_successor(self) -> UUID:
        """Make the highest in rank of the others, and of those the oldest, an owner; who that is."""
        others = (Membership.organization_id == self._organization_id, Membership.account_id != self._account_id)
        rank = case({"owner": 0, "admin": 1, "editor": 2}, value=Membership.role, else_=3)
        first = select(Membership.account_id).where(*others).order_by(rank, Membership.created_at).limit(1)
        query = (
            update(Membership)
            .where(*others, Membership.account_id == first.scalar_subquery())
            .values(role="owner", updated_at=func.now())
            .returning(Membership.account_id)
        )
        return (await self._session.execute(query)).scalar_one()

    async def delete_organization(self) -> None:
        """Remove the organisation that the transaction acts in, with all that it owns."""
        await self._session.execute(delete(Organization).where(Organization.id == self._organization_id))

    async def delete(self) -> None:
        """Remove the account; its password, sessions, memberships and links go with it."""
        await self._session.execute(delete(Account).where(Account.id == self._account_id))


def _translated(error: IntegrityError) -> Exception:
    constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    if constraint == _EMAIL:
        return EmailTaken("An account with this e-mail address exists.")
    return error
