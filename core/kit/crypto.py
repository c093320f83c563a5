"""API keys: how they are made, checked without a look-up, and stored.

A key is 30 random base62 digits, 178 bits: nobody guesses it, so a keyed hash (HMAC-SHA-256, 3 µs) is the right way to
store it. Slow password hashes (Argon2id, 24 ms) are for what people choose.
"""

import hashlib
import hmac
import secrets
import zlib
from typing import Final, Literal

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM_DIGITS: Final = 30
_CHECK_DIGITS: Final = 6
_HEADS: Final = ("tdk_live_", "tdk_test_")
KEY_LENGTH: Final = len(_HEADS[0]) + _RANDOM_DIGITS + _CHECK_DIGITS
PREFIX_LENGTH: Final = len(_HEADS[0]) + 4
"""How much of a key may be shown again: enough to recognise it, useless to an attacker."""

KeyMode = Literal["live", "test"]


def new_api_key(mode: KeyMode = "live") -> str:
    """`tdk_live_` or `tdk_test_`, 30 random base62 digits and 6 check digits."""
    body = f"tdk_{mode}_" + "".join(secrets.choice(_DIGITS) for _ in range(_RANDOM_DIGITS))
    return body + _check_digits(body)


def mode_of(key: str) -> KeyMode:
    """Whether a key, or the beginning of one that may be shown, is a live or a test key."""
    return "test" if key.startswith(_HEADS[1]) else "live"


def is_api_key(text: str) -> bool:
    """Whether the text has the form of a key and its check digits agree: most garbage ends here, without a query."""
    body, check = text[:-_CHECK_DIGITS], text[-_CHECK_DIGITS:]
    return len(text) == KEY_LENGTH and text.startswith(_HEADS) and text.isascii() and check == _check_digits(body)


def hash_api_key(key: str, secret: bytes) -> bytes:
    """The 32 bytes under which a key is stored: HMAC-SHA-256 with the instance's secret."""
    return hmac.digest(derive(secret, "api-key"), key.encode(), "sha256")


def derive(secret: bytes, purpose: str) -> bytes:
    """A 32-byte key for one purpose out of the instance's one secret."""
    return hashlib.blake2b(purpose.encode(), key=hashlib.sha256(secret).digest(), digest_size=32).digest()


def _check_digits(body: str) -> str:
    number, digits = zlib.crc32(body.encode("utf-8", "surrogatepass")), []
    for _ in range(_CHECK_DIGITS):
        number, digit = divmod(number, 62)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
