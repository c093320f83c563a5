"""What a process remembers of credentials, so that a request need not ask the database whose it carries.

What is remembered may be wrong for as long as a revocation takes to arrive, so three things bound that to one second:
every change is published and dropped here on arrival; while nothing can be heard an entry lives 1 s; and what was read
before a change arrived is not remembered after it.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection
from hashlib import blake2b
from typing import Final, Generic, TypeVar
from uuid import UUID

HEARING_S: Final = 10.0
"""Life of an entry while changes are heard: the bound when a publisher dies between its commit and its message."""

DEAF_S: Final = 1.0
UNKNOWN_S: Final = 5.0
MAX_ENTRIES: Final = 50_000
MAX_UNKNOWN: Final = 10_000

Found = TypeVar("Found")
LookUp = Callable[[str], Awaitable[tuple[Found | None, Collection[UUID]]]]
"""Asks the database what a token stands for, and which things that is about."""


class Entry(Generic[Found]):
    """`found` is None for a token that stands for nobody. Times are monotonic seconds."""

    __slots__ = ("about", "found", "loaded_at", "noted_at")

    def __init__(self, found: Found | None, loaded_at: float, about: Collection[UUID] = ()) -> None:
        self.found = found
        self.loaded_at = loaded_at
        self.noted_at = float("-inf")
        self.about = about


class Memory(Generic[Found]):
    """What tokens stand for. They are kept as digests: a dump of this process's memory holds no credential.

    Each entry is about a few things (the key or the session itself, the account, the organisation) by their ids; a
    change of any of them drops it.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, Entry[Found]] = OrderedDict()
        self._unknown: OrderedDict[bytes, float] = OrderedDict()
        self._about: dict[UUID, set[bytes]] = {}
        self._loading: dict[str, asyncio.Task[Entry[Found]]] = {}
        self.is_hearing: Callable[[], bool] = deaf
        self.changes = 0
        """How often something was dropped; a reader notes it before it asks the database."""

    def get(self, token: str) -> Entry[Found] | None:
        """What is known of a token, if that is fresh enough."""
        digest = _digest(token)
        known = self._known.get(digest)
        now = time.monotonic()
        if known is not None:
            if now - known.loaded_at < (HEARING_S if self.is_hearing() else DEAF_S):
                return known
            self._forget(digest)
        elif (until := self._unknown.get(digest)) is not None and now < until:
            return Entry(None, now)
        return None

    async def load(self, token: str, look_up: LookUp[Found]) -> Entry[Found]:
        """One look-up, however many requests wait for it; it goes on when one of them is given up."""
        task = self._loading.get(token)
        if task is None:
            task = asyncio.create_task(self._ask(token, look_up))
            self._loading[token] = task
            task.add_done_callback(lambda _: self._loading.pop(token, None))
        return await asyncio.shield(task)

    async def _ask(self, token: str, look_up: LookUp[Found]) -> Entry[Found]:
        as_of = self.changes
        found, about = await look_up(token)
        return self.remember(token, found, about, as_of=as_of)

    def remember(self, token: str, found: Found | None, about: Collection[UUID], *, as_of: int) -> Entry[Found]:
        """Keep what the database said; `as_of` is `changes` from before it was asked."""
        digest, now = _digest(token), time.monotonic()
        entry = Entry(found, now, about)
        if as_of != self.changes:
            return entry
        if found is None:
            self._unknown[digest] = now + UNKNOWN_S
            if len(self._unknown) > MAX_UNKNOWN:
                self._unknown.popitem(last=False)
            return entry
        self._forget(digest)
        self._known[digest] = entry
        for id_ in about:
            self._about.setdefault(id_, set()).add(digest)
        if len(self._known) > MAX_ENTRIES:
            self._forget(next(iter(self._known)))
        return entry

    def drop(self, id_: UUID) -> None:
        """The thing with this id was changed: forget every entry that is about it."""
        self.changes += 1
        for digest in tuple(self._about.get(id_, ())):
            self._forget(digest)

    def drop_all(self) -> None:
        """Changes may have been missed."""
        self.changes += 1
        self._known.clear()
        self._unknown.clear()
        self._about.clear()

    def _forget(self, digest: bytes) -> None:
        entry = self._known.pop(digest, None)
        if entry is None:
            return
        for id_ in entry.about:
            digests = self._about[id_]
            digests.discard(digest)
            if not digests:
                del self._about[id_]


def _digest(token: str) -> bytes:
    return blake2b(token.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def deaf() -> bool:
    """What a memory hears that nobody keeps up to date."""
    return False
