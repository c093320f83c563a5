"""The connections of transactions, lent to one at a time.

SQLAlchemy's own pool waits for a connection in a greenlet with a timer, even where one is idle: 60 µs a transaction. So
its connections stay checked out for as long as they live, and lie here in between.
"""

import asyncio
from typing import NamedTuple, cast

from psycopg_pool import PoolTimeout
from sqlalchemy.engine.interfaces import PoolProxiedConnection
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util.concurrency import greenlet_spawn

from core.infra.pooled_connection import PooledConnection
from core.infra.pools import POOL_TIMEOUT_S


class Lent(NamedTuple):
    """One connection: the driver's, and as SQLAlchemy knows it."""

    connection: PooledConnection
    proxied: PoolProxiedConnection


class Lender:
    """At most `size` connections of `engine`, which has no pool of its own. The one that came back last is lent first.

    For use on one event loop.
    """

    def __init__(self, engine: AsyncEngine, *, size: int) -> None:
        self.engine = engine
        self.size = size
        self._idle: list[Lent] = []
        self._room = asyncio.Semaphore(size)
        self._lent = 0

    @property
    def lent(self) -> int:
        """How many are not here."""
        return self._lent

    @property
    def idle(self) -> int:
        """How many are open and here."""
        return len(self._idle)

    async def borrow(self) -> Lent:
        """A connection, which may have died since it came back. Raises `PoolTimeout`, or as connecting does."""
        if self._room.locked():
            try:
                async with asyncio.timeout(POOL_TIMEOUT_S):
                    await self._room.acquire()
            except TimeoutError:
                raise PoolTimeout(f"no connection has come back within {POOL_TIMEOUT_S:g} s") from None
        else:
            await self._room.acquire()
        self._lent += 1
        if self._idle:
            return self._idle.pop()
        try:
            proxied = await self.engine.raw_connection()
        except BaseException:
            self._returned()
            raise
        return Lent(cast("PooledConnection", proxied.driver_connection), proxied)

    def give_back(self, lent: Lent) -> None:
        """It is in no transaction."""
        self._idle.append(lent)
        self._returned()

    async def discard(self, lent: Lent) -> None:
        """It is broken, or in a state that nobody knows."""
        try:
            await self.invalidate(lent)
        finally:
            self._returned()

    async def invalidate(self, lent: Lent) -> None:
        """Have SQLAlchemy know that it is broken, as it does by itself where a statement of its own has failed."""
        if lent.proxied.is_valid:
            await greenlet_spawn(lent.proxied.invalidate)

    async def close(self) -> None:
        """Close those that are here."""
        while self._idle:
            await greenlet_spawn(self._idle.pop().proxied.invalidate)
        await self.engine.dispose()

    def _returned(self) -> None:
        self._lent -= 1
        self._room.release()
