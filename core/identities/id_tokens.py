"""What an id_token must be before a word of it is believed (OpenID Connect Core 1.0 §3.1.3.7, RFC 8725)."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from hmac import compare_digest
from typing import Any, Final

import jwt

from core.errors import IdentityNotTrusted

ALGORITHM: Final = "RS256"
"""The only one: what the token says about itself chooses nothing."""
LEEWAY_S: Final = 60
MAX_AGE_S: Final = 3600
_MAX_CHARACTERS: Final = 16_384

FindKey = Callable[[str], Awaitable[jwt.PyJWK | None]]


async def verified(
    token: str, find_key: FindKey, *, issuer: str, client_id: str, nonce: str, now: datetime
) -> Mapping[str, Any]:
    """The claims of a token that this issuer signed for this client and this attempt, now. Or `IdentityNotTrusted`.

    `find_key` gives the issuer's key of a name, from the set that the issuer publishes; keys and addresses that the
    token itself brings along (`jwk`, `jku`, `x5u`) are not looked at.
    """
    if len(token) > _MAX_CHARACTERS:
        raise _refused("too long")
    try:
        header = jwt.get_unverified_header(token)
        if header.get("alg") != ALGORITHM or not isinstance(header.get("kid"), str):
            raise _refused("algorithm")
        key = await find_key(header["kid"])
        if key is None:
            raise _refused("key")
        claims = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=client_id,
            issuer=issuer,
            options={
                "require": ["iss", "sub", "aud", "exp", "iat"],
                # by our own clock, below
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
    except jwt.InvalidTokenError as error:
        raise _refused(type(error).__name__) from None
    _check_party(claims, client_id)
    _check_times(claims, now.timestamp())
    given = claims.get("nonce")
    if not isinstance(given, str) or not compare_digest(given.encode("utf-8", "surrogatepass"), nonce.encode()):
        raise _refused("nonce")
    return claims


def _check_party(claims: Mapping[str, Any], client_id: str) -> None:
    """Rules 4 and 5: of several audiences one is the party that it was made for, and that is us."""
    audience, party = claims["aud"], claims.get("azp")
    if party is None and isinstance(audience, list) and len(audience) > 1:
        raise _refused("azp missing")
    if party is not None and party != client_id:
        raise _refused("azp")


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    ends, issued = (_seconds(claims, name) for name in ("exp", "iat"))
    if ends + LEEWAY_S <= now:
        raise _refused("expired")
    if issued - LEEWAY_S > now or issued + MAX_AGE_S + LEEWAY_S < now:
        raise _refused("issued at another time")
    if "nbf" in claims and _seconds(claims, "nbf") - LEEWAY_S > now:
        raise _refused("not valid yet")


def _seconds(claims: Mapping[str, Any], name: str) -> float:
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refused(f"{name} is no number")
    return float(value)


def _refused(why: str) -> IdentityNotTrusted:
    return IdentityNotTrusted(f"The provider's id_token is not believed ({why}).")
