"""The token of an invitation: two ids, signed.

It is not stored: whoever holds the instance's secret can write it again from the row, so that the mail can be sent
again without its text lying in the queue. Because the token names the organisation and only the instance can have
signed it, it is the door through which a person comes into an organisation that it is no member of yet.
"""

import base64
import binascii
import hmac
from typing import Final, NamedTuple
from uuid import UUID

from core.errors import InvalidInvitation
from core.kit.crypto import derive

PREFIX: Final = "tdi_"
_PURPOSE: Final = "invitation"
_ID_BYTES: Final = 16
_MAC_BYTES: Final = 16  # 128 bits: nobody guesses it, whatever the number of attempts
_TEXT_LENGTH: Final = len(PREFIX) + 64


class Named(NamedTuple):
    """Which invitation a token is."""

    organization_id: UUID
    id: UUID


def write(named: Named, secret: bytes) -> str:
    """`tdi_` and 64 characters that are safe in URLs."""
    payload = named.organization_id.bytes + named.id.bytes
    return PREFIX + base64.urlsafe_b64encode(payload + _mac(payload, secret)).decode("ascii")


def read(token: str, secret: bytes) -> Named:
    """Which invitation it is. Raises `InvalidInvitation` for what this instance has not signed."""
    if len(token) != _TEXT_LENGTH or not token.startswith(PREFIX):
        raise InvalidInvitation("This is no invitation of this instance.")
    try:
        raw = base64.b64decode(token[len(PREFIX) :], altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInvitation("This is no invitation of this instance.") from None
    payload, mac = raw[: 2 * _ID_BYTES], raw[2 * _ID_BYTES :]
    if not hmac.compare_digest(mac, _mac(payload, secret)):
        raise InvalidInvitation("This is no invitation of this instance.")
    return Named(UUID(bytes=payload[:_ID_BYTES]), UUID(bytes=payload[_ID_BYTES:]))


def _mac(payload: bytes, secret: bytes) -> bytes:
    return hmac.digest(derive(secret, _PURPOSE), payload, "sha256")[:_MAC_BYTES]
