"""One transaction: begun, committed and given back on the driver itself; SQLAlchemy joins in when somebody asks for it.

A session that begins, commits and closes costs 500 µs of CPU, a ping before it included. Here the connections are in
autocommit; `BEGIN` and the tenant's settings go out with the first statements, as the last ones do
with `COMMIT`: each round trip that is saved is 100 µs less.

A statement whose rows nobody needs is not waited for: it goes out with the next one, at the latest with the COMMIT. One
that decides calls SQL's `refuse`, and the server itself passes over what comes behind it.

A connection that turns out to be dead at the first round trip is replaced, which loses nothing. Where that one would
have been the last as well, nobody knows what became of it: then it is looked at before, and not tried again after.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, cast

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy.engine import Connection as SyncConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from core.infra.lender import Lender, Lent
from core.infra.pooled_connection import PooledConnection
from core.infra.statements import Row, Statement
from core.kit.principal import Principal

Connection = PooledConnection

_SET_TENANT: Final = (
    "SELECT set_config('tidings.organization_id', %(organization)s, true),"
    " set_config('tidings.account_id', %(account)s, true)"
)
_IDLE: Final = TransactionStatus.IDLE
_BEGIN: Final = Statement("BEGIN", {})
_COMMIT: Final = Statement("COMMIT", {})

REFUSED: Final = "TD001"
"""The SQLSTATE of SQL's `refuse(reason, detail)`."""

Refusal = Callable[[str], Exception]
"""Makes what is raised out of the detail that `refuse` was given."""


class Transaction:
    """A transaction of the principal's organisation and person. It begins when something is first asked of it.

    Whoever makes one commits it where all is well, and releases it. Everything raises what `is_away` knows.
    """

    __slots__ = (
        "_connection", "_lender", "_lent", "_principal", "_refusals", "_refused", "_session", "_waiting"
    )  # fmt: skip

    def __init__(self, lender: Lender, principal: Principal) -> None:
        self._lender = lender
        self._principal = principal
        self._lent: Lent | None = None
        self._connection: PooledConnection | None = None
        self._session: AsyncSession | None = None
        self._waiting: list[Statement] = []
        self._refusals: dict[str, Refusal] = {}
        self._refused: Exception | None = None

    async def run(self, *statements: Statement) -> list[list[Row]]:
        """The rows of each, in one round trip; what begins the transaction and what waits goes in front of them."""
        waiting, self._waiting = self._waiting, []
        if waiting or statements or self._connection is None:
            return (await self._ask((*waiting, *statements)))[len(waiting) :]
        return []

    async def ask(self, statement: Statement) -> list[Row]:
        """The rows of one statement."""
        return (await self.run(statement))[0]

    def later(self, statement: Statement, refusals: Mapping[str, Refusal] | None = None) -> None:
        """Have a statement run in front of whatever is asked next, at the latest in front of the COMMIT.

        Nobody sees its rows. Where it calls `refuse`, nothing behind it is done, and what `refusals` has for the reason
        is raised: by whatever sent it, and by all that is asked of the transaction from then on.
        """
        self._waiting.append(statement)
        if refusals is not None:
            self._refusals.update(refusals)

    async def settle(self) -> None:
        """Send what waits, so that it is known whether it is refused."""
        if self._refused is not None:
            raise self._refused
        if self._waiting:
            await self.run()

    async def connection(self) -> Connection:
        """The driver's connection, in the transaction."""
        if self._connection is None or self._waiting:
            await self.run()
        return cast("Connection", self._connection)

    async def session(self) -> AsyncSession:
        """SQLAlchemy's view of the transaction."""
        await self.connection()
        if self._session is None:
            engine, proxied = self._lender.engine, cast("Lent", self._lent).proxied
            joined = SyncConnection(engine.sync_engine, connection=proxied)
            self._session = AsyncSession(AsyncConnection(engine, joined), expire_on_commit=False)
        return self._session

    async def act_for(self, principal: Principal) -> None:
        """Go on in another organisation, or as another person."""
        if self._connection is not None or self._waiting:
            await self.run(acts_for(principal))
        self._principal = principal

    async def commit(self, last: Iterable[Statement] = ()) -> None:
        """Write what the session still holds, then what waits and `last`, and end: with the COMMIT one round trip.

        A statement that fails leaves out those behind it, and the COMMIT. What `last` locks is so locked for the time
        that the disk takes, and not for round trips of a busy process.
        """
        if self._session is not None:
            await self._session.flush()
        waiting, self._waiting = self._waiting, []
        statements = (*waiting, *last)
        if statements or self._connection is not None:
            await self._ask((*statements, _COMMIT), is_last=True)

    async def release(self) -> None:
        """Roll back what was not committed, and give the connection back; one that is broken is not used again."""
        self._waiting.clear()
        self._refused = None
        lent = self._lent
        if lent is None:
            return
        connection, self._lent, self._connection = lent.connection, None, None
        try:
            if self._session is not None:
                if connection.closed:  # on which the session would roll back, and raise in place of what ended it
                    await self._lender.invalidate(lent)
                await self._session.close()
            if connection.pgconn.transaction_status != _IDLE and not connection.closed:
                await connection.rollback()
        finally:
            if connection.pgconn.transaction_status == _IDLE:
                self._lender.give_back(lent)
            else:
                await self._lender.discard(lent)

    async def _ask(self, statements: Sequence[Statement], *, is_last: bool = False) -> list[list[Row]]:
        if self._refused is not None:
            raise self._refused
        try:
            if self._connection is not None:
                return await self._connection.together(statements)
            return await self._begin(statements, is_last=is_last)
        except psycopg.Error as error:
            refusal = self._refusals.get(error.diag.message_primary or "") if error.sqlstate == REFUSED else None
            if refusal is None:
                raise
            self._refused = refusal(error.diag.message_detail or "")
        raise self._refused

    async def _begin(self, statements: Sequence[Statement], *, is_last: bool) -> list[list[Row]]:
        for _ in range(self._lender.size + 1):
            self._lent = await self._lender.borrow()
            connection = self._connection = self._lent.connection
            try:
                if is_last and not connection.is_quiet:
                    await connection.close()
                else:
                    return (await connection.together((_BEGIN, acts_for(self._principal), *statements)))[2:]
            except psycopg.OperationalError:
                if is_last or not connection.closed:
                    raise
            await self.release()  # it broke while nobody had it, so nothing was done; so may have the others
        raise psycopg.OperationalError("no connection is alive")


def acts_for(principal: Principal) -> Statement:
    """Has all that comes after it in the transaction act for another organisation, or as another person."""
    return Statement(_SET_TENANT, _tenant(principal))


def _tenant(principal: Principal) -> dict[str, str]:
    account_id = principal.account_id
    return {
        "organization": str(principal.organization_id),
        "account": "" if account_id is None else str(account_id),
    }
