"""The keys that a process has seen lately, so that a request need not ask the database whose key it carries.

What is remembered may be wrong for as long as a revocation takes to arrive, so three things bound that to one second:
every change is published and dropped here on arrival; while nothing can be heard an entry lives 1 s; and what was read
before a change arrived is not remembered after it.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from typing import Final
from uuid import UUID

from core.keys.types import FoundKey

HEARING_S: Final = 10.0
"""Life of an entry while changes are heard: the bound when a publisher dies between its commit and its message."""

DEAF_S: Final = 1.0
UNKNOWN_S: Final = 5.0
MAX_KEYS: Final = 50_000
MAX_UNKNOWN: Final = 10_000


class KnownKey:
    """`found` is None for a token that belongs to no key. Times are monotonic seconds."""

    __slots__ = ("found", "loaded_at", "noted_at")

    def __init__(self, found: FoundKey | None, loaded_at: float) -> None:
        self.found = found
        self.loaded_at = loaded_at
        self.noted_at = float("-inf")


class KnownKeys:
    """Tokens are remembered by a digest: a dump of this process's memory holds no credential."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, KnownKey] = OrderedDict()
        self._unknown: OrderedDict[bytes, float] = OrderedDict()
        self._digests: dict[UUID, bytes] = {}
        self.is_hearing: Callable[[], bool] = _deaf
        self.changes = 0
        """How often something was dropped; a reader notes it before it asks the database."""

    def get(self, token: str) -> KnownKey | None:
        """What is known of a token, if that is fresh enough."""
        digest = _digest(token)
        known = self._known.get(digest)
        now = time.monotonic()
        if known is not None:
            if now - known.loaded_at < (HEARING_S if self.is_hearing() else DEAF_S):
                return known
            self._forget(digest)
        elif (until := self._unknown.get(digest)) is not None and now < until:
            return KnownKey(None, now)
        return None

    def remember(self, token: str, found: FoundKey | None, *, as_of: int) -> KnownKey:
        """Keep what the database said; `as_of` is `changes` from before it was asked."""
        digest, now = _digest(token), time.monotonic()
        known = KnownKey(found, now)
        if as_of != self.changes:
            return known
        if found is None:
            self._unknown[digest] = now + UNKNOWN_S
            if len(self._unknown) > MAX_UNKNOWN:
                self._unknown.popitem(last=False)
            return known
        self._known[digest] = known
        self._digests[found.principal.principal_id] = digest
        if len(self._known) > MAX_KEYS:
            self._forget(next(iter(self._known)))
        return known

    def drop(self, key_id: UUID) -> None:
        """A key was changed."""
        self.changes += 1
        digest = self._digests.get(key_id)
        if digest is not None:
            self._forget(digest)

    def drop_all(self) -> None:
        """Changes may have been missed."""
        self.changes += 1
        self._known.clear()
        self._unknown.clear()
        self._digests.clear()

    def _forget(self, digest: bytes) -> None:
        known = self._known.pop(digest)
        if known.found is not None:
            self._digests.pop(known.found.principal.principal_id, None)


def _digest(token: str) -> bytes:
    return blake2b(token.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _deaf() -> bool:
    return False


known_keys: Final = KnownKeys()
