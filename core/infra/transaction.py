"""One transaction: begun, committed and given back on the driver itself; SQLAlchemy joins in when somebody asks for it.

A session that begins, commits and closes costs 500 µs of CPU, a ping before it included; the same by hand costs 150.
So the connections of the engine's pool are in autocommit, `BEGIN` goes out together with the tenant's settings, and a
connection that turns out to be dead at that first statement is replaced, which loses nothing.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple, Self, cast

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy.engine import Connection as SyncConnection
from sqlalchemy.engine.interfaces import PoolProxiedConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
from sqlalchemy.util.concurrency import greenlet_spawn

from core.kit.principal import Principal

Connection = psycopg.AsyncConnection[tuple[Any, ...]]

_SET_TENANT: Final = (
    "SELECT set_config('tidings.organization_id', %(organization)s, true),"
    " set_config('tidings.account_id', %(account)s, true)"
)
_BEGIN: Final = (
    b"BEGIN; SELECT set_config('tidings.organization_id', '%b', true), set_config('tidings.account_id', '%b', true)"
)
"""One simple query, as two statements can have no parameters. What is put in are UUIDs, or nothing."""


class Statement(NamedTuple):
    """SQL with `%(…)s` in it, and what stands for these."""

    text: str
    values: Mapping[str, Any]


class Transaction:
    """`connection` is in it; so is the session. Whoever begins one commits it where all is well, and releases it."""

    __slots__ = ("_engine", "_pooled", "_session", "connection")

    def __init__(self, engine: AsyncEngine, pooled: PoolProxiedConnection) -> None:
        self._engine = engine
        self._pooled = pooled
        self._session: AsyncSession | None = None
        self.connection = cast("Connection", pooled.driver_connection)

    @classmethod
    async def begin(cls, engine: AsyncEngine, principal: Principal, *, pool_size: int) -> Self:
        """A transaction of the principal's organisation and person. Raises what `is_away` knows."""
        begin = _BEGIN % tuple(value.encode() for value in _tenant(principal).values())
        for _ in range(pool_size):
            transaction = cls(engine, await engine.raw_connection())
            try:
                await transaction.connection.execute(begin, prepare=False)
            except psycopg.OperationalError:
                await transaction.release()  # it broke while it lay in the pool: so may have the others
            except BaseException:
                await transaction.release()
                raise
            else:
                return transaction
        raise psycopg.OperationalError("no connection of the pool is alive")

    async def session(self) -> AsyncSession:
        """SQLAlchemy's view of the transaction."""
        if self._session is None:
            joined = SyncConnection(self._engine.sync_engine, connection=self._pooled)
            self._session = AsyncSession(AsyncConnection(self._engine, joined), expire_on_commit=False)
        return self._session

    async def act_for(self, principal: Principal) -> None:
        """Go on in another organisation, or as another person."""
        await self.connection.execute(_SET_TENANT, _tenant(principal))

    async def commit(self, last: Iterable[Statement] = ()) -> None:
        """Write what the session still holds, then `last`, and end: `last` and the COMMIT are one round trip.

        A statement that fails leaves out those behind it, and the COMMIT. What `last` locks is so locked for the time
        that the disk takes, and not for round trips of a busy process.
        """
        if self._session is not None:
            await self._session.flush()
        cursor = psycopg.AsyncClientCursor(self.connection)
        texts = [cursor.mogrify(text, values) for text, values in last]
        if texts:
            await cursor.execute("; ".join([*texts, "COMMIT"]).encode(), prepare=False)
        else:
            await self.connection.commit()

    async def release(self) -> None:
        """Roll back what was not committed, and give the connection back; one that is broken is not used again."""
        try:
            if self._session is not None:
                await self._session.close()
            if self.connection.pgconn.transaction_status != TransactionStatus.IDLE and not self.connection.closed:
                await self.connection.rollback()
        finally:
            if self.connection.pgconn.transaction_status == TransactionStatus.IDLE:
                self._pooled.close()
            elif self._pooled.is_valid:  # else SQLAlchemy has noticed, and has thrown it away already
                await greenlet_spawn(self._pooled.invalidate)


def acts_for(principal: Principal) -> Statement:
    """Has all that comes after it in the transaction act for another organisation, or as another person."""
    return Statement(_SET_TENANT, _tenant(principal))


def _tenant(principal: Principal) -> dict[str, str]:
    account_id = principal.account_id
    return {
        "organization": str(principal.organization_id),
        "account": "" if account_id is None else str(account_id),
    }
