"""Access tokens: JSON Web Tokens (RFC 7519) as RFC 9068 describes them for OAuth 2.0, signed with Ed25519 (RFC 8037).

There is one algorithm and one type, and keys come from the instance's own set: what a token says about how it wants to
be verified is compared with that and never followed. Whether the session still lasts is not in the token.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jwt.types import Options

from core.kit import ids

ALGORITHM: Final = "EdDSA"
TYPE: Final = "at+jwt"
AUDIENCE: Final = "tidings"
LIFE_S: Final = 600
LONGEST_LIFE_S: Final = 3600
"""Of the token that v1 gives, which cannot be refreshed."""

MAX_LENGTH: Final = 1024
"""Ours have some 430 characters; what is longer is no business of a JSON parser."""

_HEADER: Final = frozenset({"alg", "typ", "kid"})
_SKEW_S: Final = 5  # clocks of the machines that one instance runs on
_UNCHECKED: Final[Options] = {
    "verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False, "verify_iss": False,
    "verify_sub": False, "verify_jti": False,
}  # fmt: skip


class InvalidToken(ValueError):
    """The text is no access token of this instance. The message is for the log and for tests, not for the caller."""


class Claims(NamedTuple):
    """Who acts for which organisation in which session. Times are Unix seconds."""

    account_id: UUID
    organization_id: UUID
    session_id: UUID
    issued_at: int
    expires_at: int


def sign(claims: Claims, *, key_id: str, private_key: Ed25519PrivateKey, issuer: str) -> str:
    """The token that makes these claims."""
    payload = {
        "iss": issuer,
        "aud": AUDIENCE,
        "sub": ids.encode("acct", claims.account_id),
        "org": ids.encode("org", claims.organization_id),
        "sid": ids.encode("ses", claims.session_id),
        "iat": claims.issued_at,
        "exp": claims.expires_at,
        "jti": ids.new_id().hex,
    }
    return jwt.encode(payload, private_key, ALGORITHM, {"typ": TYPE, "kid": key_id})


def key_id_of(token: str) -> str:
    """The name of the key that the token says it was signed with. Raises `InvalidToken`."""
    if len(token) > MAX_LENGTH:
        raise InvalidToken("longer than any of ours")
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError as error:
        raise InvalidToken(str(error)) from None
    if header.keys() != _HEADER or header["alg"] != ALGORITHM or header["typ"] != TYPE:
        raise InvalidToken("another kind of token")
    return str(header["kid"])


def verify(token: str, *, public_key: Ed25519PublicKey, issuer: str, now: float) -> Claims:
    """What a token claims; `key_id_of` has looked at its header. Raises `InvalidToken`."""
    try:
        payload = jwt.decode(token, public_key, [ALGORITHM], options=_UNCHECKED)
    except jwt.InvalidTokenError as error:
        raise InvalidToken(str(error)) from None
    if payload.get("iss") != issuer or payload.get("aud") != AUDIENCE:
        raise InvalidToken("issued elsewhere, or for somebody else")
    issued_at, expires_at = _second(payload, "iat"), _second(payload, "exp")
    if issued_at > now + _SKEW_S or _second(payload, "nbf", issued_at) > now + _SKEW_S:
        raise InvalidToken("not valid yet")
    if expires_at <= now:
        raise InvalidToken("expired")
    return Claims(
        _id(payload, "sub", "acct"), _id(payload, "org", "org"), _id(payload, "sid", "ses"), issued_at, expires_at
    )


def _second(payload: Mapping[str, Any], name: str, default: int | None = None) -> int:
    value = payload.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidToken(f"{name} is no time")
    return value


def _id(payload: Mapping[str, Any], name: str, prefix: str) -> UUID:
    try:
        return ids.decode(prefix, str(payload.get(name)))
    except ids.InvalidId:
        raise InvalidToken(f"{name} is no id") from None
