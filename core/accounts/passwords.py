"""Passwords: what is accepted as one, and how it is stored.

The rules are those of NIST SP 800-63B-4 §3.1.1: at least 8 characters, any characters, nothing about which kinds must
occur, and no password that is among the first to be tried. Stored is its Argon2id hash.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Final

from core.accounts import argon
from core.accounts.hashing import Hashing
from core.errors import FieldError, Unavailable, WeakPassword

SHORTEST: Final = 8
LARGEST_BYTES: Final = 4096
"""Of a normalised password in UTF-8: a character may become eighteen by it."""

WAITING_AT_MOST: Final = 64
"""More would wait for longer than a client does, and each holds a request."""

_RETRY_AFTER_S: Final = 2
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
    """Hashes and compares in the background, so that log-ins wait for one another and reads do not wait for them.

    One is hashed at a time; when too many wait, the next one is asked to come back. More processes of the API hash more
    at once.
    """

    def __init__(self, *, waiting_at_most: int = WAITING_AT_MOST, hashing: Hashing | None = None) -> None:
        self._hashing = hashing or Hashing()
        self._waiting_at_most = waiting_at_most
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """The text to store. Raises `Unavailable` when too many wait."""
        return str(await self._ask("hash", normalised(password)))

    async def matches(self, password: str, stored: str | None) -> bool:
        """Whether this is the password; without a stored hash it takes as long and is not. Raises `Unavailable`."""
        return bool(await self._ask("matches", normalised(password), stored))

    def is_outdated(self, stored: str) -> bool:
        """Whether a hash was made with other parameters than a new one would be."""
        return argon.hasher.check_needs_rehash(stored)

    async def _ask(self, name: str, *arguments: str | None) -> Any:
        if self._waiting >= self._waiting_at_most:
            raise Unavailable("Too many people are logging in at this moment.", retry_after_s=_RETRY_AFTER_S)
        self._waiting += 1
        try:
            return await self._hashing.ask(name, *arguments)
        finally:
            self._waiting -= 1


passwords: Final = Passwords()
