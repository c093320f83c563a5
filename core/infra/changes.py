"""Telling every process that a credential, or what it rests on, was changed.

    infrastructure().changes.announce(account_id)     # a key, a session, an account, an organisation: by its id

Once the transaction has committed, this process forgets at once what it remembers of the thing, and every other one on
hearing of it. A revoked key, an ended session, another role or a suspension so takes effect within a second everywhere.
"""

from typing import Any, Final
from uuid import UUID

import structlog

from core.infra.db import after_commit
from core.infra.memory import Memory, deaf
from core.infra.redis import RedisClient, RedisUnavailable, Subscription

CHANNEL: Final = "tidings:changes"


class Changes:
    """Keeps the memories of one process up to date; it listens from the first one on."""

    def __init__(self, redis: RedisClient) -> None:
        self._redis = redis
        self._memories: list[Memory[Any]] = []
        self._subscription: Subscription | None = None

    def keep(self, memory: Memory[Any]) -> None:
        """Drop from this memory what changes, here or elsewhere; after a gap in the hearing, everything."""
        if self._subscription is None:
            self._subscription = self._redis.subscribe(CHANNEL, self._hear, self._drop_all)
        subscription = self._subscription
        memory.is_hearing = lambda: subscription.live
        self._memories.append(memory)

    def leave(self, memory: Memory[Any]) -> None:
        """From now on this memory hears of nothing."""
        memory.is_hearing = deaf
        self._memories.remove(memory)

    def announce(self, *ids: UUID) -> None:
        """Tell of changed things when the ambient transaction is durable."""

        async def tell() -> None:
            for id_ in ids:
                self._drop(id_)
            await self._publish(ids)

        after_commit(tell)

    async def _publish(self, ids: tuple[UUID, ...]) -> None:
        """Without Redis nobody hears it, and nobody relies on hearing it."""
        try:
            for id_ in ids:
                await self._redis.call("PUBLISH", CHANNEL, id_.bytes)
        except RedisUnavailable as error:
            structlog.get_logger(__name__).warning(
                "change_not_published", ids=[str(id_) for id_ in ids], reason=str(error)
            )

    def _hear(self, payload: bytes) -> None:
        self._drop(UUID(bytes=payload))

    def _drop(self, id_: UUID) -> None:
        for memory in self._memories:
            memory.drop(id_)

    def _drop_all(self) -> None:
        for memory in self._memories:
            memory.drop_all()
