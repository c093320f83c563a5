"""Groups of cached answers, and how to make a whole group stale at once.

A group has a generation, a number in Redis that only grows. A cached answer is good while it carries its group's
present generation, so that dropping ten thousand pages is one write. The number is a time in microseconds and not a
counter: after a FLUSHALL a counter would begin again and come to numbers that some process still holds answers of.
"""

from typing import Final

import structlog

from core.infra.context import infrastructure
from core.infra.redis import RedisUnavailable, Script

ARTICLES: Final = "articles"
"""Answers that change whenever articles or what is said of their sources do (`x-cache: articles`)."""

_PREFIX: Final = "tidings:generation:"
_NEXT_GENERATION: Final = Script("""
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local last = tonumber(redis.call('GET', KEYS[1]) or 0)
redis.call('SET', KEYS[1], string.format('%.0f', math.max(now, last + 1)))
""")


def generation_key(group: str) -> str:
    """The Redis key of a group's generation."""
    return _PREFIX + group


async def invalidate(group: str) -> None:
    """Make every cached answer of `group` stale, on every process. Call it after the change is committed.

    With Redis away nothing is served from the cache; if only this process cannot reach it, answers may be stale until
    they expire (`TIDINGS_CACHE_SECONDS`).
    """
    try:
        await infrastructure().redis.run(_NEXT_GENERATION, [generation_key(group)], [])
    except RedisUnavailable as error:
        structlog.get_logger(__name__).warning("cache_not_invalidated", group=group, reason=str(error))
