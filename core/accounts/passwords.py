"""Passwords: what is accepted as one, and how it is stored.

The rules are those of NIST SP 800-63B-4 §3.1.1: at least 8 characters, any characters, nothing about which kinds must
occur, and no password that is among the first to be tried. Stored is its Argon2id hash (RFC 9106) with the parameters
that OWASP's Password Storage Cheat Sheet names first: 19 MiB, 2 passes, 1 lane; some 20 ms on one core.
"""

import asyncio
import os
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import FieldError, Unavailable, WeakPassword

SHORTEST: Final = 8
MEMORY_KIB: Final = 19 * 1024
PASSES: Final = 2
LANES: Final = 1
LARGEST_BYTES: Final = 4096
"""Of a normalised password in UTF-8: a character may become eighteen by it."""

THREADS: Final = 1
"""A second one on the same core could run while the first, stepped back, holds Python's lock: then the event loop waits
for both of them (p95 of a lone reader in a storm of log-ins: 5.0 ms, against 2.6). More processes hash more at once."""

WAITING_AT_MOST: Final = 64
"""More would wait for longer than a client does, and each holds a request."""

_RETRY_AFTER_S: Final = 2
_NICENESS: Final = 10  # the scheduler gives the event loop about nine tenths of a core that both want
_COMMON: Final = Path(__file__).with_name("common_passwords.txt")
_PRODUCT: Final = "tidings"
_TRAILING: Final = re.compile(r"[\W\d_]{1,12}$")
_SHORTEST_WORD: Final = 4
_SPARED: Final = 6
_ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb",
)

T = TypeVar("T")


def normalised(password: str) -> str:
    """The one form of a password that every keyboard and system gives (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def require_strong(password: str, *, context: Iterable[str] = (), pointer: str = "/password") -> None:
    """Refuse a password that others would try early: `context` is what they know of the account.

    Raises `WeakPassword`, which names the rule.
    """
    fault = _fault(normalised(password), [_PRODUCT, *context])
    if fault is not None:
        code, detail = fault
        raise WeakPassword(f"The password {detail}.", errors=[FieldError(code, detail, pointer=pointer)])


def _fault(password: str, context: Iterable[str]) -> tuple[str, str] | None:
    if len(password) < SHORTEST:
        return "min_length", f"must have {SHORTEST} characters or more"
    if len(password.encode()) > LARGEST_BYTES:
        return "max_length", f"must have {LARGEST_BYTES:,} bytes or fewer"
    folded = password.casefold()
    words = {folded, _TRAILING.sub("", folded), _plain(folded), _plain(_TRAILING.sub("", folded))}
    if not words.isdisjoint(_common()):
        return "common", "is one of those that are tried first"
    if len(set(folded)) < 3 or _is_run(folded):
        return "predictable", "repeats itself, or follows the keyboard or the alphabet"
    for word in context:
        known = word.casefold()
        if len(known) >= _SHORTEST_WORD and known in folded and len(folded.replace(known, "")) < _SPARED:
            return "about_you", "must not be made of the account's own words or the product's name"
    return None


def _plain(folded: str) -> str:
    """With letters in the place of the digits and signs that stand for them."""
    return folded.translate(str.maketrans("013457@$!", "oieastasi"))


def _is_run(folded: str) -> bool:
    return any(folded in row * 2 or folded in row[::-1] * 2 for row in _ROWS)


@cache
def _common() -> frozenset[str]:
    lines = _COMMON.read_text("utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


class Passwords:
    """Hashes and compares in threads of its own, so that log-ins wait for one another and reads do not wait for them.

    Argon2 runs outside of Python's global lock. The threads are few and have a low priority; when too many wait for
    them, the next one is asked to come back.
    """

    def __init__(self, *, threads: int = THREADS, waiting_at_most: int = WAITING_AT_MOST) -> None:
        self._hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
        self._threads = threads
        self._waiting_at_most = waiting_at_most
        self._pool: ThreadPoolExecutor | None = None
        self._waiting = 0
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """The text to store. Raises `Unavailable` when too many wait."""
        return await self._run(lambda: self._hasher.hash(normalised(password)))

    async def matches(self, password: str, stored: str | None) -> bool:
        """Whether this is the password; without a stored hash it takes as long and is not. Raises `Unavailable`."""
        return await self._run(lambda: self._compare(normalised(password), stored))

    def is_outdated(self, stored: str) -> bool:
        """Whether a hash was made with other parameters than a new one would be."""
        return self._hasher.check_needs_rehash(stored)

    def _compare(self, password: str, stored: str | None) -> bool:
        if stored is None and self._nobody is None:
            self._nobody = self._hasher.hash(os.urandom(16))
        try:
            self._hasher.verify(stored or self._nobody or "", password)
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= self._waiting_at_most:
            raise Unavailable("Too many people are logging in at this moment.", retry_after_s=_RETRY_AFTER_S)
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="passwords", initializer=_step_back)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._waiting -= 1


def _step_back() -> None:
    """Give the present thread a lower priority than its process has; only Linux has one for each thread.

    By a step and not to a level: a process that is nicer than that level already may not go back to it.
    """
    if sys.platform == "linux":
        os.nice(_NICENESS)


passwords: Final = Passwords()
