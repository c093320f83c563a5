"""Groups of cached answers, and how to make a whole group stale at once.

A group has a generation, a number in Redis that only grows. A cached answer is good while it carries its group's
present generation, so that dropping ten thousand pages is one write. The number is a time in microseconds and not a
counter: after a FLUSHALL a counter would begin again and come to numbers that some process still holds answers of.
"""

import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from core.infra.context import infrastructure
from core.infra.redis import RedisUnavailable, Script

ARTICLES: Final = "articles"
"""Answers that change whenever articles or what is said of their sources do (`x-cache: articles`)."""

_PREFIX: Final = "tidings:generation:"
_NUMBER_PREFIX: Final = b"tidings:number:"
_NEXT_GENERATION: Final = Script("""
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local last = tonumber(redis.call('GET', KEYS[1]) or 0)
redis.call('SET', KEYS[1], string.format('%.0f', math.max(now, last + 1)))
""")
_RECALL: Final = Script("""
-- KEYS: the group's generation, the number; returns the generation, and the number if it is of that generation
local generation = redis.call('GET', KEYS[1])
if not generation then
  local time = redis.call('TIME')
  generation = string.format('%.0f', time[1] * 1000000 + time[2])
  redis.call('SET', KEYS[1], generation)
end
local kept = redis.call('HMGET', KEYS[2], 'generation', 'number')
return {generation, kept[1] == generation and kept[2]}
""")
_KEEP: Final = Script("""
-- KEYS: the group's generation, the number; ARGV: generation, number, ttl ms
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('HSET', KEYS[2], 'generation', ARGV[1], 'number', ARGV[2])
  redis.call('PEXPIRE', KEYS[2], ARGV[3])
end
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


async def remembered(group: str, key: bytes, compute: Callable[[], Awaitable[int]]) -> int:
    """A number that changes with `group`, computed once a generation and kept for every process.

    As with pages, one that was computed before an invalidation is not kept after it. Without Redis it is computed.
    """
    infra = infrastructure()
    ttl_ms = infra.settings.cache_seconds * 1000
    keys: tuple[str, bytes] = (generation_key(group), _NUMBER_PREFIX + key)
    generation = None
    if ttl_ms:
        try:
            generation, number = await infra.redis.run(_RECALL, keys, [])
        except RedisUnavailable:  # whoever asks first tells of it; see core.limits.service
            number = None
        if number is not None:
            return int(number)
    value = await compute()
    if generation is not None:
        with contextlib.suppress(RedisUnavailable):  # the next one computes it again
            await infra.redis.run(_KEEP, keys, [generation, value, ttl_ms])
    return value
