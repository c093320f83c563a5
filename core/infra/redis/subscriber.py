"""Published messages, on a connection of their own (a subscribed RESP2 connection takes no other commands)."""

import asyncio
import contextlib
import random
from collections.abc import Callable
from typing import Final

from core.infra.redis.address import Address
from core.infra.redis.connection import Connection, RedisRefused, RedisUnavailable, Reply, connect

HEARTBEAT_S: Final = 0.25
ANSWER_S: Final = 0.5
"""Heartbeat and answer together: the time after which a link that is silently dead is known to be, under 1 s."""

FIRST_DELAY_S: Final = 0.05
LONGEST_DELAY_S: Final = 2.0


class Subscription:
    """One listener on one channel. `live` says whether a message published now would be heard."""

    def __init__(self, channel: bytes, on_message: Callable[[bytes], None], on_gap: Callable[[], None]) -> None:
        self.channel = channel
        self.on_message = on_message
        self.on_gap = on_gap
        self.live = False


class Subscriber:
    """Keeps a connection while there are subscriptions, and tells each when it may have missed something."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._subscriptions: list[Subscription] = []
        self._added = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def add(self, channel: str, on_message: Callable[[bytes], None], on_gap: Callable[[], None]) -> Subscription:
        """A subscription that becomes live soon; `on_gap` is called at that moment."""
        subscription = Subscription(channel.encode(), on_message, on_gap)
        self._subscriptions.append(subscription)
        self._added.set()
        if self._task is None:
            self._task = asyncio.create_task(self._listen())
        return subscription

    async def close(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _listen(self) -> None:
        delay_s = FIRST_DELAY_S
        while True:
            with contextlib.suppress(RedisUnavailable, RedisRefused):  # live says it, and the loop tries again
                connection = await connect(
                    self._address,
                    lambda: _SubscribedConnection(ANSWER_S, self._interrupt, self._receive),
                    timeout_s=LONGEST_DELAY_S,
                )
                delay_s = FIRST_DELAY_S
                try:
                    await self._serve(connection)
                finally:
                    connection.abort("the subscriber has stopped")
            await asyncio.sleep(delay_s * random.uniform(0.5, 1))  # noqa: S311 - only spreads the attempts
            delay_s = min(delay_s * 2, LONGEST_DELAY_S)

    async def _serve(self, connection: Connection) -> None:
        """Until the connection is lost, which the next command notices."""
        subscribed: set[bytes] = set()
        while True:
            self._added.clear()
            for subscription in list(self._subscriptions):
                if subscription.channel not in subscribed:
                    await connection.send(("SUBSCRIBE", subscription.channel))
                    subscribed.add(subscription.channel)
                if not subscription.live:
                    subscription.live = True
                    subscription.on_gap()
            try:
                async with asyncio.timeout(HEARTBEAT_S):
                    await self._added.wait()
            except TimeoutError:
                await connection.send(("PING",))

    def _receive(self, channel: bytes, payload: bytes) -> None:
        for subscription in self._subscriptions:
            if subscription.channel == channel:
                subscription.on_message(payload)

    def _interrupt(self) -> None:
        for subscription in self._subscriptions:
            subscription.live = False


class _SubscribedConnection(Connection):
    """Tells messages, which nobody asked for, from the replies to SUBSCRIBE and PING."""

    def __init__(
        self, timeout_s: float, on_lost: Callable[[], None], on_message: Callable[[bytes, bytes], None]
    ) -> None:
        super().__init__(timeout_s, on_lost)
        self._on_message = on_message

    def deliver(self, reply: Reply) -> None:
        if isinstance(reply, list) and reply[0] == b"message":
            self._on_message(reply[1], reply[2])
        else:
            super().deliver(reply)
