"""Copies of cached answers in the memory of one process, so that Redis need not send the same page again and again."""

import time
from collections import OrderedDict
from typing import Final, NamedTuple

from core.contract.ports import CachedAnswer

MAX_BYTES: Final = 32 * 2**20
_OVERHEAD_BYTES: Final = 512


class Copy(NamedTuple):
    """`generation` as Redis gave it; good until `expires_at` (monotonic seconds), if that generation still is."""

    generation: bytes
    expires_at: float
    answer: CachedAnswer

    @property
    def weight(self) -> int:
        """Bytes, about."""
        return len(self.answer.body) + _OVERHEAD_BYTES


class Copies:
    """The answers that were used last, `max_bytes` of them at most. Which are current, Redis says at each call."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._copies: OrderedDict[bytes, Copy] = OrderedDict()
        self.weight = 0

    def get(self, key: bytes) -> Copy | None:
        copy = self._copies.get(key)
        if copy is None:
            return None
        if copy.expires_at <= time.monotonic():
            self._drop(key)
            return None
        self._copies.move_to_end(key)
        return copy

    def put(self, key: bytes, generation: bytes, answer: CachedAnswer, ttl_s: float) -> None:
        self._drop(key)
        copy = Copy(generation, time.monotonic() + ttl_s, answer)
        if copy.weight > self._max_bytes:
            return
        self._copies[key] = copy
        self.weight += copy.weight
        while self.weight > self._max_bytes:
            self._drop(next(iter(self._copies)))

    def _drop(self, key: bytes) -> None:
        copy = self._copies.pop(key, None)
        if copy is not None:
            self.weight -= copy.weight
