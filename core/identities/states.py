"""The `state` of a log-in under way, and the two secrets that hang on it.

Only the state's hash is stored. PKCE's verifier and the nonce are derived from the state and the instance's secret: a
copy of the database completes nobody's log-in.
"""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256
from secrets import token_urlsafe
from typing import Final

from core.identities.types import Attempt
from core.kit.crypto import derive

_STATE_BYTES: Final = 32


def new_attempt(secret: bytes, redirect_uri: str) -> Attempt:
    """An attempt with a state of 256 random bits."""
    return attempt(secret, token_urlsafe(_STATE_BYTES), redirect_uri)


def attempt(secret: bytes, state: str, redirect_uri: str) -> Attempt:
    """The attempt that goes on with this state."""
    return Attempt(
        state, redirect_uri, _derived(secret, "oauth verifier", state), _derived(secret, "oauth nonce", state)
    )


def hash_of(state: str) -> bytes:
    """The 32 bytes under which a state is stored: it is random, so its hash needs no key."""
    return sha256(state.encode("utf-8", "surrogatepass")).digest()


def _derived(secret: bytes, purpose: str, state: str) -> str:
    """43 characters, the shortest that PKCE allows and 256 bits (RFC 7636 §4.1)."""
    digest = hmac.digest(derive(secret, purpose), state.encode("utf-8", "surrogatepass"), "sha256")
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
