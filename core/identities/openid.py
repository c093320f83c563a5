"""What an OpenID provider publishes about itself: its addresses (Discovery 1.0) and its keys (RFC 7517)."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final
from urllib.parse import urlsplit

import jwt

from core.errors import ProviderUnavailable
from core.identities.calls import RETRY_AFTER_S, Calls
from core.identities.id_tokens import ALGORITHM

KEPT_S: Final = 3600.0
"""A key that was withdrawn is believed for so long at most."""
ASKED_AGAIN_AFTER_S: Final = 30.0
"""An id_token that names an unknown key has the set read anew, but not more often: anybody can make one up."""
_MAX_KEYS: Final = 20
_MAX_ISSUERS: Final = 8


@dataclass(frozen=True, slots=True)
class Configuration:
    """The discovery document. `names_issuer`: the redirect carries `iss` (RFC 9207), and without it is not believed."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    names_issuer: bool


class _Kept:
    """What is known of one issuer, and since when, in monotonic seconds."""

    __slots__ = ("asked", "configuration", "keys", "read")

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self.read = monotonic()
        self.keys: Mapping[str, jwt.PyJWK] = {}
        self.asked: float | None = None


class OpenId:
    """The issuers that this process has met, at most 8 of them."""

    def __init__(self) -> None:
        self._known: dict[str, _Kept] = {}

    async def configuration(self, calls: Calls) -> Configuration:
        """The addresses of the provider at `calls.registration.site`, which is its issuer. `ProviderUnavailable`."""
        return (await self._kept(calls)).configuration

    async def key(self, calls: Calls, name: str) -> jwt.PyJWK | None:
        """The issuer's key of that name, from its own set; None where it has none. Raises `ProviderUnavailable`."""
        kept = await self._kept(calls)
        too_soon = kept.asked is not None and monotonic() - kept.asked < ASKED_AGAIN_AFTER_S
        if name not in kept.keys and not too_soon:
            document = await calls.get(kept.configuration.jwks_uri)
            kept.keys, kept.asked = _keys(document), monotonic()
        return kept.keys.get(name)

    async def _kept(self, calls: Calls) -> _Kept:
        issuer = calls.registration.site
        kept = self._known.get(issuer)
        if kept is None or monotonic() - kept.read > KEPT_S:
            document = await calls.get(f"{issuer}/.well-known/openid-configuration")
            kept = _Kept(_configuration(document, issuer))
            if len(self._known) >= _MAX_ISSUERS:
                del self._known[next(iter(self._known))]
            self._known[issuer] = kept
        return kept


def _configuration(document: Any, issuer: str) -> Configuration:
    """Discovery §4.3: the document must name the issuer that it was asked for, or it is somebody else's."""
    if not isinstance(document, dict) or document.get("issuer") != issuer:
        raise _confused()
    authorization, token, keys = (
        _address(document.get(name), issuer) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
    )
    promised = document.get("authorization_response_iss_parameter_supported") is True
    return Configuration(issuer, authorization, token, keys, names_issuer=promised)


def _address(value: Any, issuer: str) -> str:
    """With the issuer's scheme: nothing of an issuer by https is fetched by http."""
    if not isinstance(value, str) or urlsplit(value).scheme != urlsplit(issuer).scheme:
        raise _confused()
    return value


def _keys(document: Any) -> dict[str, jwt.PyJWK]:
    """The RSA keys that are for signatures; whatever else is in the set is of no use here."""
    found: dict[str, jwt.PyJWK] = {}
    entries = document.get("keys") if isinstance(document, dict) else None
    for entry in entries[:_MAX_KEYS] if isinstance(entries, list) else ():
        if not isinstance(entry, dict) or entry.get("kty") != "RSA" or not isinstance(entry.get("kid"), str):
            continue
        if entry.get("use", "sig") != "sig" or entry.get("alg", ALGORITHM) != ALGORITHM:
            continue
        try:
            found[entry["kid"]] = jwt.PyJWK.from_dict(entry, algorithm=ALGORITHM)
        except (jwt.PyJWKError, jwt.InvalidKeyError):
            continue  # one broken key must not hide the others
    return found


def _confused() -> ProviderUnavailable:
    return ProviderUnavailable("The provider's own description makes no sense.", retry_after_s=RETRY_AFTER_S)


openid: Final = OpenId()
