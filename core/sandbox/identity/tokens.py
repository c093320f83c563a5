"""Token endpoints: what all three check before they give a token, and the id_token of Google's dialect."""

import base64
import hashlib
import hmac
from base64 import b64decode
from binascii import Error as BadBase64
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote_plus

import jwt
import orjson
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from core.sandbox.credentials import OAUTH_CLIENTS
from core.sandbox.http import Request
from core.sandbox.identity.desk import ACCESS_LIFETIME, Grant, IdentityDesk, Provider

KEY_ID: Final = "sandbox-identity-1"


class Refused(Exception):
    """A token request that gets none; `error` is a code of RFC 6749 §5.2."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


def check_client(request: Request, provider: Provider) -> None:
    """HTTP Basic, or `client_id` and `client_secret` in the body, never both (RFC 6749 §2.3.1). Raises `Refused`."""
    client, form = OAUTH_CLIENTS[provider], request.form
    scheme, _, basic = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, secret = b64decode(basic, validate=True).decode().partition(":")
        except (BadBase64, UnicodeDecodeError):
            raise Refused("invalid_client", "The Authorization header cannot be read.") from None
        given = (unquote_plus(name), unquote_plus(secret))
    else:
        given = (form.get("client_id", ""), form.get("client_secret", ""))
    if given != (client.client_id, client.secret):
        raise Refused("invalid_client", "The client is not known, or its secret is wrong.")


def redeem(desk: IdentityDesk, form: Mapping[str, str], provider: Provider, now: datetime) -> Grant:
    """The grant behind a code: once, with the same redirect_uri and PKCE's verifier. Raises `Refused`."""
    grant = desk.redeem(form.get("code", ""), provider, now)
    if grant is None:
        raise Refused("invalid_grant", "The code is not known, has ended or was used before.")
    if form.get("redirect_uri") != grant.redirect_uri:
        raise Refused("invalid_grant", "The redirect_uri is not the one of the authorization request.")
    verifier = form.get("code_verifier")
    if grant.challenge is None:
        if verifier is not None:  # RFC 9700 §2.1.1: else an attacker could leave the challenge out
            raise Refused("invalid_grant", "There is a code_verifier, but there was no code_challenge.")
    elif verifier is None or not hmac.compare_digest(_s256(verifier), grant.challenge):
        raise Refused("invalid_grant", "The code_verifier does not fit the code_challenge.")
    return grant


def _s256(verifier: str) -> str:
    return _encoded(hashlib.sha256(verifier.encode()).digest())


def id_token(desk: IdentityDesk, grant: Grant, *, issuer: str, now: datetime) -> str:
    """Signed by RS256, with the faults that the control endpoint asked for."""
    client_id, at = OAUTH_CLIENTS["google"].client_id, int(now.timestamp())
    claims: dict[str, Any] = {
        "iss": issuer,
        "azp": client_id,
        "aud": client_id,
        "sub": grant.person.google_subject,
        "iat": at,
        "exp": at + int(ACCESS_LIFETIME.total_seconds()),
        **person_claims(desk, grant),
    }
    if grant.nonce is not None:
        claims["nonce"] = grant.nonce
    return _signed(desk, _bent(desk, claims, at))


def person_claims(desk: IdentityDesk, grant: Grant) -> dict[str, Any]:
    """What the scopes `email` and `profile` show."""
    scopes, claims = grant.scope.split(), dict[str, Any]()
    if "email" in scopes and not desk.misbehaves("google", "no_email"):
        verified = grant.person.email_verified and not desk.misbehaves("google", "unverified_email")
        claims |= {"email": grant.person.email, "email_verified": verified}
    if "profile" in scopes:
        claims["name"] = grant.person.name
    return claims


def _bent(desk: IdentityDesk, claims: dict[str, Any], at: int) -> dict[str, Any]:
    if desk.misbehaves("google", "wrong_nonce"):
        claims["nonce"] = "a-nonce-of-somebody-else"
    if desk.misbehaves("google", "wrong_issuer"):
        claims["iss"] = "https://identity.elsewhere.example"
    if desk.misbehaves("google", "wrong_audience"):
        claims |= {"aud": "another-client", "azp": "another-client"}
    if desk.misbehaves("google", "wrong_party"):
        claims["azp"] = "another-client"
    if desk.misbehaves("google", "expired_token"):
        claims |= {"iat": at - 7200, "exp": at - 3600}
    if desk.misbehaves("google", "future_token"):
        claims |= {"iat": at + 3600, "exp": at + 7200}
    return claims


def _signed(desk: IdentityDesk, claims: dict[str, Any]) -> str:
    if desk.misbehaves("google", "unsigned"):
        return _compact({"alg": "none", "typ": "JWT"}, claims, lambda _: b"")
    if desk.misbehaves("google", "symmetric"):  # the public key taken as an HMAC secret
        public = desk.signing_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        header = {"alg": "HS256", "typ": "JWT", "kid": KEY_ID}
        return _compact(header, claims, lambda text: hmac.digest(public, text, "sha256"))
    key_id = "a-key-that-nobody-has" if desk.misbehaves("google", "unknown_key") else KEY_ID
    token = jwt.encode(claims, desk.signing_key, algorithm="RS256", headers={"kid": key_id})
    if desk.misbehaves("google", "bad_signature"):
        text, _, signature = token.rpartition(".")
        raw = base64.urlsafe_b64decode(signature + "==")
        return f"{text}.{_encoded(raw[:-1] + bytes([raw[-1] ^ 1]))}"
    return token


def _compact(header: dict[str, Any], claims: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    text = f"{_encoded(orjson.dumps(header))}.{_encoded(orjson.dumps(claims))}"
    return f"{text}.{_encoded(sign(text.encode()))}"


def key_set(desk: IdentityDesk) -> dict[str, Any]:
    """The JSON Web Key Set (RFC 7517) with the one public key."""
    numbers = desk.signing_key.public_key().public_numbers()
    key = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID, "n": _number(numbers.n), "e": _number(numbers.e)}
    return {"keys": [key]}


def _number(value: int) -> str:
    return _encoded(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
