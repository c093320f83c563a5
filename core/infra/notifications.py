"""Hearing from PostgreSQL what happened elsewhere (LISTEN and NOTIFY), instead of asking again and again."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import psycopg
from psycopg import sql

from core.infra.pools import application_conninfo, unavailable_when_away

FETCHED: Final = "tidings_fetched"
"""A fetch of a source has ended, well or badly; the payload is the source's id (UUID)."""


class Listener:
    """A connection that hears one channel."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection
        self._heard: deque[str] = deque()

    async def next(self, timeout_s: float) -> str | None:
        """The payload of the next notification, or None after `timeout_s` without one."""
        if not self._heard:
            with unavailable_when_away:
                # several may come in one packet, and psycopg gives all of it whatever `stop_after` says
                async for notification in self._connection.notifies(timeout=timeout_s, stop_after=1):
                    self._heard.append(notification.payload)
        return self._heard.popleft() if self._heard else None


@asynccontextmanager
async def listening(url: str, channel: str) -> AsyncIterator[Listener]:
    """Hears `channel` from here on; nothing that is sent after this line is missed."""
    with unavailable_when_away:
        connection = await psycopg.AsyncConnection.connect(application_conninfo(url), autocommit=True)
    try:
        await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        yield Listener(connection)
    finally:
        await asyncio.shield(connection.close())
