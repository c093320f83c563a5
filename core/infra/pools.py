"""How connections to PostgreSQL are opened, pooled and lent, and what it raises when it is away."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.types.json import set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout, TooManyRequests
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from core.errors import Unavailable
from core.infra.pipeline import Pipeline
from core.infra.pooled_connection import PooledConnection
from core.kit import json

Pool = AsyncConnectionPool[PooledConnection]

ROLE: Final = "tidings_app"
RETRY_AFTER_S: Final = 2
_GUARDS: Final = "-c lock_timeout=2s -c statement_timeout=10s -c idle_in_transaction_session_timeout=15s"
POOL_TIMEOUT_S: Final = 3.0
# The pool tries again after 1, 2, 4 … 128 s: after an outage of half a minute it would look away for another. Giving up
# this early leaves it to the next caller, who makes it try at once.
_RECONNECT_S: Final = 1.0
# each combination of filters has a statement of its own, so one plan fits all its values; planning anew takes 240 µs,
# twice as long as the page itself
HOT: Final = {"plan_cache_mode": "force_generic_plan"}
_AWAY: Final = (
    psycopg.OperationalError,
    OperationalError,
    InterfaceError,
    PoolTimeout,
    PoolClosed,
    TooManyRequests,
)


def application_conninfo(url: str, **settings: str) -> str:
    """The connection string of the application: its role, its time-outs, and `settings` fixed for the session."""
    given = str(conninfo_to_dict(url).get("options") or "")
    fixed = " ".join(f"-c {name}={value}" for name, value in settings.items())
    options = f"{given} -c role={ROLE} {_GUARDS} -c TimeZone=UTC {fixed}".strip()
    return make_conninfo(url, options=options, application_name="tidings", connect_timeout=5)


class _UnavailableWhenAway:
    """Has no state, so one serves all: a generator of `contextlib` made for each costs several µs."""

    __slots__ = ()

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and is_away(error):
            raise Unavailable("The database does not answer.", retry_after_s=RETRY_AFTER_S) from error


unavailable_when_away: Final = _UnavailableWhenAway()
"""Translates what a lost, full or overloaded server raises in the block into `Unavailable` (503, `Retry-After`)."""


def is_away(error: BaseException | None) -> bool:
    """Whether an error says that the server is lost, full or overloaded, rather than that the statement is wrong."""
    return isinstance(error, _AWAY) or (isinstance(error, DBAPIError) and error.connection_invalidated)


Reads = AbstractAsyncContextManager[PooledConnection]


class Borrowed(Reads):
    """A connection in autocommit. The pool's own way also commits, which autocommit has nothing of: 20 µs a read."""

    __slots__ = ("_connection", "_look_after", "_pool")

    def __init__(
        self,
        pool: Pool,
        look_after: Callable[[Pool, PooledConnection], None],
    ) -> None:
        self._pool = pool
        self._look_after = look_after

    async def __aenter__(self) -> PooledConnection:
        with unavailable_when_away:
            self._connection = await self._pool.getconn()
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, psycopg.OperationalError):
            self._look_after(self._pool, self._connection)
        await self._pool.putconn(self._connection)
        if is_away(error):
            raise Unavailable("The database does not answer.", retry_after_s=RETRY_AFTER_S) from error


def new_pool(conninfo: str, size: int) -> Pool:
    """Connections in autocommit that prepare each statement when it first comes; not open yet."""

    async def configure(connection: PooledConnection) -> None:
        await connection.set_autocommit(True)
        connection.prepare_threshold = 0
        set_json_loads(json.loads, connection)  # orjson: 40 µs less for a page of 20 than the standard library

    return AsyncConnectionPool(
        conninfo,
        connection_class=PooledConnection,
        min_size=1,
        max_size=size,
        timeout=POOL_TIMEOUT_S,
        reconnect_timeout=_RECONNECT_S,
        configure=configure,
        check=None,
        open=False,
    )


def new_pipeline(conninfo: str) -> Pipeline:
    """Short reads on connections of this kind; it connects when it is first asked."""

    async def connect() -> psycopg.AsyncConnection[Any]:
        connection = await psycopg.AsyncConnection.connect(conninfo, autocommit=True)
        set_json_loads(json.loads, connection)
        return connection

    return Pipeline(connect)
