"""The Redis client of one process."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Sequence
from typing import Final

from core.infra.redis.address import parse
from core.infra.redis.connection import Argument, Connection, RedisRefused, RedisUnavailable, Reply, connect
from core.infra.redis.script import Script
from core.infra.redis.subscriber import Subscriber, Subscription

TIMEOUT_S: Final = 1.0
FIRST_DELAY_S: Final = 0.05
LONGEST_DELAY_S: Final = 2.0


class RedisClient:
    """Connects when first asked for something, and again after a loss.

    A caller waits for the first attempt to connect. When that has failed, attempts go on in the background (50 ms to
    2 s apart) and calls fail at once with `RedisUnavailable`: a request must not wait for a server that is away.
    `timeout_s` bounds every call; `url` is redis://, rediss:// or unix://.
    """

    def __init__(self, url: str, *, timeout_s: float = TIMEOUT_S) -> None:
        self._address = parse(url)
        self._timeout_s = self._address.timeout_s or timeout_s
        self._connection: Connection | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._first_attempt: asyncio.Future[None] | None = None
        self._failure: str | None = None
        self._closed = False
        self._subscriber = Subscriber(self._address)

    @property
    def connected(self) -> bool:
        """Whether commands can be sent right now."""
        return self._connection is not None

    async def call(self, *command: Argument) -> Reply:
        """The reply to one command. Raises `RedisUnavailable`, or `RedisRefused` for an error reply."""
        connection = self._connection
        if connection is None or connection.full:
            connection = await self._ready()
        return await connection.send(command)

    async def run(self, script: Script, keys: Sequence[Argument], arguments: Sequence[Argument]) -> Reply:
        """The reply to a script; loads it where the server does not know it (a restart, `SCRIPT FLUSH`)."""
        try:
            return await self.call("EVALSHA", script.digest, len(keys), *keys, *arguments)
        except RedisRefused as refusal:
            if not str(refusal).startswith("NOSCRIPT"):
                raise
        return await self.call("EVAL", script.source, len(keys), *keys, *arguments)

    def subscribe(self, channel: str, on_message: Callable[[bytes], None], on_gap: Callable[[], None]) -> Subscription:
        """Hear what is published on `channel` from now on; needs a running event loop.

        `on_gap` is called whenever messages may have been missed: when listening begins and begins again. While
        `Subscription.live` is false nothing is heard.
        """
        if self._closed:
            raise RedisUnavailable("the client is closed")
        return self._subscriber.add(channel, on_message, on_gap)

    async def close(self) -> None:
        """Let go of both connections; calls that wait fail."""
        self._closed = True
        if self._connecting is not None:
            self._connecting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._connecting
        if self._connection is not None:
            self._connection.abort("the client is closed")
        await self._subscriber.close()

    async def _ready(self) -> Connection:
        try:
            async with asyncio.timeout(self._timeout_s):
                connection = self._connection or await self._connected()
                while connection.full:
                    await connection.room()
                return connection
        except TimeoutError:
            raise RedisUnavailable(f"Redis at {self._address}: no answer within {self._timeout_s:g} s") from None

    async def _connected(self) -> Connection:
        if self._closed:
            raise RedisUnavailable("the client is closed")
        if self._connecting is None:
            self._failure = None
            self._first_attempt = asyncio.get_running_loop().create_future()
            self._connecting = asyncio.create_task(self._keep_connecting(self._first_attempt))
        if self._failure is None and self._first_attempt is not None:
            await asyncio.shield(self._first_attempt)
        if self._connection is None:
            raise RedisUnavailable(self._failure or "the connection was lost")
        return self._connection

    async def _keep_connecting(self, first_attempt: "asyncio.Future[None]") -> None:
        delay_s = FIRST_DELAY_S
        try:
            while self._connection is None:
                try:
                    self._connection = await connect(
                        self._address, lambda: Connection(self._timeout_s, self._forget), timeout_s=self._timeout_s
                    )
                except RedisUnavailable as error:
                    self._failure = str(error)
                    _resolve(first_attempt)
                    await asyncio.sleep(delay_s * random.uniform(0.5, 1))  # noqa: S311 - only spreads the attempts
                    delay_s = min(delay_s * 2, LONGEST_DELAY_S)
        finally:
            self._connecting = None
            _resolve(first_attempt)

    def _forget(self) -> None:
        self._connection = None


def _resolve(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)
