"""One transaction: begun, committed and given back on the driver itself; SQLAlchemy joins in when somebody asks for it.

A session that begins, commits and closes costs 500 µs of CPU, a ping before it included. Here the connections of the
engine's pool are in autocommit; `BEGIN` and the tenant's settings go out with the first statements, as the last ones do
with `COMMIT`: each round trip that is saved is 100 µs less. A connection that turns out to be dead at that first one is
replaced, which loses nothing.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, cast

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy.engine import Connection as SyncConnection
from sqlalchemy.engine.interfaces import PoolProxiedConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
from sqlalchemy.util.concurrency import greenlet_spawn

from core.infra.pooled_connection import PooledConnection
from core.infra.statements import Row, Statement
from core.kit.principal import Principal

Connection = PooledConnection

_SET_TENANT: Final = (
    "SELECT set_config('tidings.organization_id', %(organization)s, true),"
    " set_config('tidings.account_id', %(account)s, true)"
)
_BEGIN: Final = Statement("BEGIN", {})
_COMMIT: Final = Statement("COMMIT", {})

Judge = Callable[[list[Row]], Awaitable[None]]
"""Looks at the rows of a check, and raises where they say that the work must not be done."""


class Transaction:
    """A transaction of the principal's organisation and person. It begins when something is first asked of it.

    Whoever makes one commits it where all is well, and releases it. Everything raises what `is_away` knows.
    """

    __slots__ = ("_checks", "_connection", "_engine", "_most_dead", "_pooled", "_principal", "_session")

    def __init__(self, engine: AsyncEngine, principal: Principal, *, pool_size: int) -> None:
        self._engine = engine
        self._principal = principal
        self._most_dead = pool_size
        self._pooled: PoolProxiedConnection | None = None
        self._connection: PooledConnection | None = None
        self._session: AsyncSession | None = None
        self._checks: list[tuple[Statement, Judge]] = []

    async def run(self, *statements: Statement) -> list[list[Row]]:
        """The rows of each, in one round trip; what begins the transaction and what is to be checked goes with them."""
        checks, self._checks = self._checks, []
        asked = [*(statement for statement, _ in checks), *statements]
        rows = await self._ask(asked) if asked or self._connection is None else []
        for (_, judge), found in zip(checks, rows, strict=False):
            await judge(found)
        return rows[len(checks) :]

    async def ask(self, statement: Statement) -> list[Row]:
        """The rows of one statement."""
        return (await self.run(statement))[0]

    def check(self, statement: Statement, judge: Judge) -> None:
        """Have something looked at, before the transaction commits, on the way of whatever is asked next."""
        self._checks.append((statement, judge))

    async def connection(self) -> Connection:
        """The driver's connection, in the transaction."""
        if self._connection is None or self._checks:
            await self.run()
        return cast("Connection", self._connection)

    async def session(self) -> AsyncSession:
        """SQLAlchemy's view of the transaction."""
        await self.connection()
        if self._session is None:
            joined = SyncConnection(self._engine.sync_engine, connection=self._pooled)
            self._session = AsyncSession(AsyncConnection(self._engine, joined), expire_on_commit=False)
        return self._session

    async def act_for(self, principal: Principal) -> None:
        """Go on in another organisation, or as another person."""
        if self._connection is not None or self._checks:
            await self.run(acts_for(principal))
        self._principal = principal

    async def commit(self, last: Iterable[Statement] = ()) -> None:
        """Write what the session still holds, then `last`, and end: `last` and the COMMIT are one round trip.

        A statement that fails leaves out those behind it, and the COMMIT. What `last` locks is so locked for the time
        that the disk takes, and not for round trips of a busy process.
        """
        if self._session is not None:
            await self._session.flush()
        if self._checks:
            await self.run()
        statements = tuple(last)
        if statements or self._connection is not None:
            await self._ask((*statements, _COMMIT))

    async def release(self) -> None:
        """Roll back what was not committed, and give the connection back; one that is broken is not used again."""
        pooled, connection = self._pooled, self._connection
        if pooled is None or connection is None:
            return
        try:
            if self._session is not None:
                await self._session.close()
            if connection.pgconn.transaction_status != TransactionStatus.IDLE and not connection.closed:
                await connection.rollback()
        finally:
            if connection.pgconn.transaction_status == TransactionStatus.IDLE:
                pooled.close()
            elif pooled.is_valid:  # else SQLAlchemy has noticed, and has thrown it away already
                await greenlet_spawn(pooled.invalidate)

    async def _ask(self, statements: Sequence[Statement]) -> list[list[Row]]:
        if self._connection is not None:
            return await self._connection.together(statements)
        for _ in range(self._most_dead):
            self._pooled = await self._engine.raw_connection()
            self._connection = cast("PooledConnection", self._pooled.driver_connection)
            try:
                return (await self._connection.together((_BEGIN, acts_for(self._principal), *statements)))[2:]
            except psycopg.OperationalError:
                if not self._connection.closed:
                    raise
                await self.release()  # it broke while it lay in the pool, so nothing was done; so may have the others
                self._pooled = self._connection = None
        raise psycopg.OperationalError("no connection of the pool is alive")


def acts_for(principal: Principal) -> Statement:
    """Has all that comes after it in the transaction act for another organisation, or as another person."""
    return Statement(_SET_TENANT, _tenant(principal))


def _tenant(principal: Principal) -> dict[str, str]:
    account_id = principal.account_id
    return {
        "organization": str(principal.organization_id),
        "account": "" if account_id is None else str(account_id),
    }
