"""All SQL about sessions and signing keys."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, Self
from uuid import UUID

from sqlalchemy import delete, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.infra.db import Connection, Database, session
from core.kit.principal import Principal
from core.models import Session, SigningKey
from core.sessions.types import EndReason, SessionRow

_FIND: Final = (
    "SELECT account_id, personal_organization_id, expires_at, ended_at, account_suspended_at, organization_id, role,"
    " plan, organization_suspended_at FROM find_session(%s, %s)"
)
_ADD: Final = (
    "INSERT INTO sessions (id, account_id, acting_for, refresh_hash, client, address, created_at, last_used_at,"
    " expires_at) VALUES (%(id)s, %(account_id)s, %(acting_for)s, %(refresh_hash)s, %(client)s, %(address)s,"
    " %(created_at)s, %(last_used_at)s, %(expires_at)s)"
)
_KEYS: Final = (
    "SELECT id, public_key, sealed_private_key, signs_from FROM signing_keys ORDER BY signs_from, id LIMIT 100"
)
_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtext('tidings signing keys'))")
_PURGE: Final = text("SELECT purge_sessions(:before, :most)")
_COLUMNS: Final = (
    Session.id, Session.acting_for, Session.client, Session.address, Session.created_at, Session.last_used_at,
    Session.expires_at,
)  # fmt: skip


class SessionFacts(NamedTuple):
    """What the door `find_session` tells. The last four are None where the person is no member of the organisation."""

    account_id: UUID
    personal_organization_id: UUID
    expires_at: datetime
    ended_at: datetime | None
    account_suspended_at: datetime | None
    organization_id: UUID | None
    role: str | None
    plan: str | None
    organization_suspended_at: datetime | None


class Lineage(NamedTuple):
    """The refresh tokens of a session: hashes of the present one and of the one before."""

    refresh_hash: bytes | None
    previous_hash: bytes | None
    rotated_at: datetime | None
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None


class SigningKeyRecord(NamedTuple):
    """A signing key as it is stored."""

    id: UUID
    public_key: bytes
    sealed_private_key: bytes
    signs_from: datetime


async def find_session(connection: Connection, session_id: UUID, organization_id: UUID | None) -> SessionFacts | None:
    """Through the door; without an organisation it is the one that the session acts for, or the personal one."""
    cursor = connection.cursor(binary=True)
    await cursor.execute(_FIND, (session_id, organization_id))
    row = await cursor.fetchone()
    return None if row is None else SessionFacts(*row)


async def add_session(connection: Connection, person: Principal, id_: UUID, values: Mapping[str, Any]) -> None:
    """A new session of the person. `values` are the columns but for those that say whose it is.

    On the driver: the ORM keeps the event loop busy for half a millisecond, and every read of the process waits.
    """
    await connection.execute(_ADD, {"id": id_, "account_id": person.principal_id, **values})


async def read_signing_keys(database: Database) -> list[SigningKeyRecord]:
    """Every key, in the order in which they sign."""
    async with database.newsroom_reads() as connection:
        cursor = await connection.execute(_KEYS, binary=True)
        return [SigningKeyRecord(*row) for row in await cursor.fetchall()]


class SessionRepository:
    """The sessions of the person that acts."""

    def __init__(self, session: AsyncSession, principal: Principal) -> None:
        self._session = session
        self._account_id = principal.principal_id

    async def lineage(self, id_: UUID) -> Lineage | None:
        """The refresh tokens of a session, which stays locked until the transaction ends."""
        query = (
            select(
                Session.refresh_hash, Session.previous_hash, Session.rotated_at, Session.created_at,
                Session.expires_at, Session.ended_at,
            )
            .where(Session.account_id == self._account_id, Session.id == id_)
            .with_for_update()
        )  # fmt: skip
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else Lineage(*row)

    async def change(self, id_: UUID, values: Mapping[str, Any]) -> None:
        """Write columns of a session."""
        await self._session.execute(
            update(Session).where(Session.account_id == self._account_id, Session.id == id_).values(**values)
        )

    async def get(self, id_: UUID, *, at: datetime, lock: bool = False) -> SessionRow | None:
        """One session that lasts at this time; locked until the transaction ends if asked for."""
        query = select(*_COLUMNS).where(*self._lasting(at), Session.id == id_)
        row = (await self._session.execute(query.with_for_update() if lock else query)).one_or_none()
        return None if row is None else _row(row)

    async def page(
        self, *, at: datetime, limit: int, after: tuple[datetime, UUID] | None = None
    ) -> Sequence[SessionRow]:
        """Sessions that last, newest first, those begun before `after` (creation time, id)."""
        query = (
            select(*_COLUMNS)
            .where(*self._lasting(at))
            .order_by(Session.created_at.desc(), Session.id.desc())
            .limit(limit)
        )
        if after is not None:
            query = query.where(tuple_(Session.created_at, Session.id) < after)
        return [_row(row) for row in await self._session.execute(query)]

    async def end(
        self, reason: EndReason, *, at: datetime, only: UUID | None = None, but: UUID | None = None
    ) -> list[UUID]:
        """End every session that lasts, or `only` one, or all `but` one; the ids of those that ended."""
        query = (
            update(Session)
            .where(Session.account_id == self._account_id, Session.ended_at.is_(None))
            .values(ended_at=at, end_reason=reason)
            .returning(Session.id)
        )
        if only is not None:
            query = query.where(Session.id == only)
        if but is not None:
            query = query.where(Session.id != but)
        return list((await self._session.execute(query)).scalars())

    async def purge(self, *, before: datetime, most: int) -> int:
        """Delete sessions of everybody that were over before this time; how many."""
        return int((await self._session.execute(_PURGE, {"before": before, "most": most})).scalar_one())

    def _lasting(self, at: datetime) -> tuple[Any, ...]:
        return Session.account_id == self._account_id, Session.ended_at.is_(None), Session.expires_at > at


class SigningKeyRepository:
    """The instance's signing keys, while nobody else changes them."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    @classmethod
    async def locked(cls) -> Self:
        """Waits for whoever changes the keys in another transaction."""
        current = await session()
        await current.execute(_LOCK)
        return cls(current)

    async def all(self) -> list[SigningKeyRecord]:
        """Every key, in the order in which they sign."""
        query = select(
            SigningKey.id, SigningKey.public_key, SigningKey.sealed_private_key, SigningKey.signs_from
        ).order_by(SigningKey.signs_from, SigningKey.id)
        return [SigningKeyRecord(*row) for row in await self._session.execute(query)]

    async def add(self, key: SigningKeyRecord) -> None:
        """Store a new key."""
        self._session.add(SigningKey(**key._asdict()))
        await self._session.flush()

    async def remove(self, ids: Sequence[UUID]) -> None:
        """Forget keys for good."""
        await self._session.execute(delete(SigningKey).where(SigningKey.id.in_(ids)))


def _row(row: Any) -> SessionRow:
    id_, acting_for, client, address, created_at, last_used_at, expires_at = row
    return SessionRow(
        id=id_,
        organization_id=acting_for,
        client=client,
        address=address,
        created_at=created_at,
        last_used_at=last_used_at,
        expires_at=expires_at,
    )
