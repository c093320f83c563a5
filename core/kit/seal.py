"""Secrets that must be read again, kept so that the database alone does not give them away.

AES-256-GCM under a key that is derived from the instance's secret for one purpose. What a sealed value belongs to is
bound into it: copied to another row it does not open.
"""

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.kit.crypto import derive

_NONCE_BYTES: Final = 12  # NIST SP 800-38D §8.2; random ones are safe for 2**32 values of one purpose
_TAG_BYTES: Final = 16


class BrokenSeal(ValueError):
    """The value was changed, belongs elsewhere, or was sealed under another secret."""


def seal(secret: bytes, value: bytes, *, purpose: str, bound_to: bytes) -> bytes:
    """`value`, readable again by `unseal` with the same secret, purpose and binding: 28 bytes longer."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(derive(secret, purpose)).encrypt(nonce, value, bound_to)


def unseal(secret: bytes, sealed: bytes, *, purpose: str, bound_to: bytes) -> bytes:
    """What was sealed. Raises `BrokenSeal`."""
    if len(sealed) < _NONCE_BYTES + _TAG_BYTES:
        raise BrokenSeal("too short to be a sealed value")
    try:
        return AESGCM(derive(secret, purpose)).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to)
    except InvalidTag:
        raise BrokenSeal("sealed under another secret, for something else, or changed since") from None
