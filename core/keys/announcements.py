"""Telling every process that a key was changed."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

import structlog

from core.infra.context import infrastructure
from core.infra.redis import RedisClient, RedisUnavailable, Subscription

CHANNEL: Final = "tidings:keys"


async def announce(key_id: UUID) -> None:
    """Publish that a key was changed. Without Redis nobody hears it, and nobody relies on hearing it."""
    try:
        await infrastructure().redis.call("PUBLISH", CHANNEL, key_id.bytes)
    except RedisUnavailable as error:
        structlog.get_logger(__name__).warning("key_change_not_published", key_id=str(key_id), reason=str(error))


def hear(redis: RedisClient, on_change: Callable[[UUID], None], on_gap: Callable[[], None]) -> Subscription:
    """Hear of every change from now on; `on_gap` is called when some may have been missed."""
    return redis.subscribe(CHANNEL, lambda payload: on_change(UUID(bytes=payload)), on_gap)
