"""Refresh tokens: opaque texts that are traded in for the next one.

    tdr_ · the session's id, 22 digits · a secret, 33 digits · check digits, 17        all base62

The first secret of a session is random, each later one follows from the token before it and the instance's secret: who
asks twice within the time of grace gets the same successor, and nothing that must be kept secret is stored. The check
digits are a MAC. They end garbage without a query, and they show that a token which the session no longer knows was
once issued for it: that is a copy in a second pair of hands, and no mistake (RFC 9700 §4.14.2).
"""

import hmac
import secrets
from typing import Final
from uuid import UUID

from core.kit import ids
from core.kit.crypto import derive

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_HEAD: Final = "tdr"
_ID_END: Final = len(_HEAD) + 1 + 22
_SECRET_BYTES: Final = 24
_SECRET_DIGITS: Final = 33  # 62**33 > 2**192
_CHECK_BYTES: Final = 12
_CHECK_DIGITS: Final = 17  # 62**17 > 2**96
LENGTH: Final = _ID_END + _SECRET_DIGITS + _CHECK_DIGITS


def first(secret: bytes, session_id: UUID) -> str:
    """The token that a session begins with."""
    return _token(secret, session_id, secrets.token_bytes(_SECRET_BYTES))


def successor(secret: bytes, token: str) -> str:
    """The one token that `token`, which is one of ours, is traded in for."""
    value = hmac.digest(derive(secret, "refresh-token successor"), token.encode(), "sha256")[:_SECRET_BYTES]
    return _token(secret, ids.decode(_HEAD, token[:_ID_END]), value)


def session_of(secret: bytes, token: str) -> UUID | None:
    """The session that a token was issued for; None for everything that was not issued here."""
    body, check = token[:-_CHECK_DIGITS], token[-_CHECK_DIGITS:]
    if len(token) != LENGTH or not token.isascii() or not hmac.compare_digest(check, _check_digits(secret, body)):
        return None
    return ids.decode(_HEAD, token[:_ID_END])


def hash_of(secret: bytes, token: str) -> bytes:
    """The 32 bytes under which a token is stored: HMAC-SHA-256, as for API keys."""
    return hmac.digest(derive(secret, "refresh-token"), token.encode(), "sha256")


def _token(secret: bytes, session_id: UUID, value: bytes) -> str:
    body = ids.encode(_HEAD, session_id) + _base62(value, _SECRET_DIGITS)
    return body + _check_digits(secret, body)


def _check_digits(secret: bytes, body: str) -> str:
    mac = hmac.digest(derive(secret, "refresh-token check"), body.encode(), "sha256")
    return _base62(mac[:_CHECK_BYTES], _CHECK_DIGITS)


def _base62(value: bytes, width: int) -> str:
    number, digits = int.from_bytes(value), []
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
