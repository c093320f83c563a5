"""PostgreSQL: the pools, the tenant of each transaction, and the unit of work of a request or a job.

Three ways in, one role (`tidings_app`, which owns nothing and cannot bypass row-level security):

- `session()`: the SQLAlchemy session of the ambient unit of work. It opens a transaction when first asked for, so a
  request that never asks costs nothing; the unit of work commits it, nothing inside does.
- `Database.newsroom_reads()`: hot reads of what every key may see. The sessions of this pool are fixed to the newsroom
  when they connect, so one statement in autocommit is enough and no other tenant's row can come out of it.
- `Database.reader(principal)`: hot reads of whichever organisation, each of them one round trip; short ones of a few
  milliseconds go out together with those of other requests.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, Final, Protocol, Self, TypeVar, cast

import psycopg
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from core.errors import Unavailable
from core.infra.lender import Lender
from core.infra.pooled_connection import PooledConnection
from core.infra.pools import (
    HOT,
    RETRY_AFTER_S,
    Borrowed,
    Pool,
    Reads,
    application_conninfo,
    is_away,
    new_pipeline,
    new_pool,
    unavailable_when_away,
)
from core.infra.statements import Asker as Asker
from core.infra.statements import Row as Row
from core.infra.statements import Statement as Statement
from core.infra.transaction import Connection as Connection
from core.infra.transaction import Transaction
from core.infra.transaction import acts_for as acts_for
from core.kit.principal import NEWSROOM_ID, Principal

AfterCommit = Callable[[], Awaitable[None]]
BeforeCommit = Callable[[], Awaitable[None]]


class LastStep(Protocol):
    """What a transaction writes once, after all else; made without arguments and then filled."""

    def statements(self) -> Iterable[Statement]:
        """What to run; all last steps and the COMMIT go out together."""
        ...


OneStep = TypeVar("OneStep", bound=LastStep)


class Database:
    """The pools of one process. `url` is a libpq connection string (PostgreSQL 16 or newer)."""

    def __init__(self, url: str, *, pool_size: int) -> None:
        self.url = url
        fixed = {"tidings.organization_id": str(NEWSROOM_ID)}
        self._newsroom = new_pool(application_conninfo(url, **HOT, **fixed), pool_size)
        self._tenants = new_pool(application_conninfo(url, **HOT), pool_size)
        self._newsroom_pipeline = new_pipeline(application_conninfo(url, **HOT, **fixed))
        self._tenants_pipeline = new_pipeline(application_conninfo(url, **HOT))
        self._checks: dict[str, asyncio.Task[None]] = {}
        conninfo = application_conninfo(url)

        async def connect() -> psycopg.AsyncConnection[Any]:
            return await PooledConnection.connect(conninfo, autocommit=True)

        engine = create_async_engine("postgresql+psycopg://", async_creator=connect, poolclass=NullPool)
        self.lender = Lender(engine, size=pool_size)

    async def open(self) -> None:
        """Start the pools; they connect in the background, so a database that is away does not stop the start."""
        await self._newsroom.open()
        await self._tenants.open()

    async def close(self) -> None:
        """Give every connection back."""
        await self._newsroom_pipeline.close()
        await self._tenants_pipeline.close()
        await self._newsroom.close()
        await self._tenants.close()
        await self.lender.close()

    def newsroom_reads(self) -> Reads:
        """A connection that sees the newsroom's rows only; autocommit, prepared statements from the first use."""
        return Borrowed(self._newsroom, self._look_after)

    @asynccontextmanager
    async def tenant_reads(self, principal: Principal) -> AsyncIterator[Connection]:
        """A connection in a transaction that sees the rows of the principal's organisation and the newsroom's."""
        with unavailable_when_away:
            async with self._tenants.connection() as connection:
                try:
                    async with connection.transaction():
                        await connection.execute(
                            "SELECT set_config('tidings.organization_id', %s, true)", (str(principal.organization_id),)
                        )
                        yield connection
                except psycopg.OperationalError:
                    self._look_after(self._tenants, connection)
                    raise

    def reads(self, principal: Principal) -> Reads:
        """Whichever of the two shows the principal all that it may see."""
        return self.newsroom_reads() if principal.reads_newsroom_only else self.tenant_reads(principal)

    async def short_read(self, principal: Principal, text: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The rows of one query, which shows the principal what `reads` shows it."""
        query = Statement(text, values)
        with unavailable_when_away:
            if principal.reads_newsroom_only:
                return await self._newsroom_pipeline.read(query)
            return await self._tenants_pipeline.read(acts_for(principal), query)

    def short_reads(self, principal: Principal) -> Asker:
        """For a repository that asks for nothing but `short_read`s."""
        return _ShortReads(self, principal)

    def borrow(self, principal: Principal) -> Reads:
        """A connection in autocommit: one that sees the newsroom only, or one that is nobody's yet."""
        return Borrowed(self._newsroom if principal.reads_newsroom_only else self._tenants, self._look_after)

    def reader(self, principal: Principal) -> "Reader":
        """What one request reads, short and long."""
        return Reader(self, principal)

    def transaction(self, principal: Principal) -> Transaction:
        """A transaction of the principal's organisation. The unit of work ends it."""
        return Transaction(self.lender, principal)

    def _look_after(self, pool: Pool, used: Connection) -> None:
        """Where one connection broke, those that lie idle in its pool have broken too: each would cost an answer."""
        if used.broken and self._checks.get(pool.name) is None:
            check = asyncio.create_task(pool.check(), name=f"check-{pool.name}")
            self._checks[pool.name] = check
            check.add_done_callback(lambda _: self._checks.pop(pool.name))

    def pool_statistics(self) -> dict[str, int]:
        """Connections open, idle and waited for, over the read pools (for the metrics)."""
        pools = [self._newsroom.get_stats(), self._tenants.get_stats()]
        return {name: sum(stats.get(name, 0) for stats in pools) for name in _STATISTICS}


class _ShortReads:
    __slots__ = ("_database", "_principal")

    def __init__(self, database: Database, principal: Principal) -> None:
        self._database = database
        self._principal = principal

    async def ask(self, statement: Statement) -> list[Row]:
        return await self._database.short_read(self._principal, *statement)


class Reader:
    """The reads of one request: short ones go out with those of others, a long one borrows a connection for them all.

    Entered, it gives the connection back at its end.
    """

    __slots__ = ("_borrowed", "_connection", "_database", "_principal")

    def __init__(self, database: Database, principal: Principal) -> None:
        self._database = database
        self._principal = principal
        self._borrowed: Reads | None = None
        self._connection: Connection | None = None

    async def short(self, statement: Statement) -> list[Row]:
        """The rows of a query that takes a few milliseconds at most."""
        return await self._database.short_read(self._principal, *statement)

    async def ask(self, statement: Statement) -> list[Row]:
        """The rows of any query."""
        if self._connection is None:
            self._borrowed = self._database.borrow(self._principal)
            self._connection = await self._borrowed.__aenter__()
        if self._principal.reads_newsroom_only:
            return await self._connection.ask(statement)
        # sent together they are one transaction, at whose end the tenant is gone from the connection
        return (await self._connection.together((acts_for(self._principal), statement)))[1]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None and self._borrowed is not None:
            await self._borrowed.__aexit__(kind, error, trace)


_STATISTICS: Final = ("pool_size", "pool_available", "requests_waiting", "requests_errors")


class UnitOfWork:
    """One transaction, opened when first needed, committed at the end, rolled back when anything was raised.

    `before_commit` callbacks run in the transaction when all else is done, in the order in which they were added. The
    `last_step` of each kind comes after them, once a transaction: what must be as late as it can be, such as the audit
    records of everything that was done. `after_commit` callbacks run once the transaction is durable: they
    are for hints (drop a cached page, wake a worker), never for something that must not be lost.
    """

    __slots__ = ("_callbacks", "_database", "_last_steps", "_steps", "_token", "_transaction", "principal")

    def __init__(self, database: Database, principal: Principal) -> None:
        self.principal = principal
        self._database = database
        self._transaction: Transaction | None = None
        self._callbacks: list[AfterCommit] = []
        self._steps: list[BeforeCommit] = []
        self._last_steps: dict[type, LastStep] = {}
        self._token: Token[UnitOfWork] | None = None

    def transaction(self) -> Transaction:
        if self._transaction is None:
            self._transaction = self._database.transaction(self.principal)
        return self._transaction

    async def act_for(self, principal: Principal) -> None:
        """Go on in another organisation, in the same transaction; whoever calls has checked that the caller may."""
        self.principal = principal
        if self._transaction is not None:
            await self._transaction.act_for(principal)

    async def settle(self) -> None:
        """Send what waits in the transaction: see `Transaction.later`."""
        if self._transaction is not None:
            await self._transaction.settle()

    def before_commit(self, callback: BeforeCommit) -> None:
        self._steps.append(callback)

    def last_step(self, kind: type[OneStep]) -> OneStep:
        step = self._last_steps.get(kind)
        if step is None:
            step = self._last_steps[kind] = kind()
        return cast("OneStep", step)

    def after_commit(self, callback: AfterCommit) -> None:
        self._callbacks.append(callback)

    async def __aenter__(self) -> Self:
        await settle()  # what is done in here stays done when the one around it is refused
        self._token = _current.set(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None and (self._transaction is not None or self._steps or self._last_steps):
                await self._commit()
        finally:
            if self._token is not None:
                _current.reset(self._token)
            if self._transaction is not None:
                await self._transaction.release()
        if kind is None:
            for callback in self._callbacks:
                await callback()
        if is_away(error):
            raise Unavailable("The database does not answer.", retry_after_s=RETRY_AFTER_S) from error

    async def _commit(self) -> None:
        """The steps find this unit of work as the ambient one, as everything before them did."""
        with unavailable_when_away:
            for step in self._steps:
                await step()
            last = [each for last_step in self._last_steps.values() for each in last_step.statements()]
            if self._transaction is not None or last:
                await self.transaction().commit(last)


_current: ContextVar[UnitOfWork] = ContextVar("unit_of_work")


async def session() -> AsyncSession:
    """The session of the ambient unit of work; `LookupError` outside of one, which is a bug."""
    return await transaction().session()


async def connection() -> Connection:
    """The psycopg connection beneath `session()`, in the same transaction: for COPY, and for SQL written as text."""
    return await transaction().connection()


def transaction() -> Transaction:
    """The same transaction, to be asked by SQL that is text: the cheapest way. Nothing is sent before."""
    return _current.get().transaction()


async def act_for(principal: Principal) -> None:
    """Go on in another organisation, or as another person, in the same transaction.

    Row-level security follows. Whoever calls has checked that the caller may: a membership, an invitation, a password.
    """
    await _current.get().act_for(principal)


async def settle() -> None:
    """Know that the ambient transaction is not refused, before something that no rollback takes back.

    Does nothing outside of a unit of work. Raises what `Transaction.later` was given.
    """
    unit = _current.get(None)
    if unit is not None:
        await unit.settle()


def acting() -> Principal:
    """For whom the ambient transaction acts at present."""
    return _current.get().principal


def before_commit(callback: BeforeCommit) -> None:
    """Have `callback` called in the ambient transaction when all else is done."""
    _current.get().before_commit(callback)


def last_step(kind: type[OneStep]) -> OneStep:
    """The ambient transaction's one step of this kind, made when first asked for; called when all else is done."""
    return _current.get().last_step(kind)


def after_commit(callback: AfterCommit) -> None:
    """Have `callback` called when the ambient unit of work has committed."""
    _current.get().after_commit(callback)
