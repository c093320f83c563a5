"""Forged, foreign and expired access tokens: each is refused, and for its own reason."""

import hmac
import json
from base64 import urlsafe_b64encode
from typing import Any
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.errors import Unauthenticated
from core.infra.context import Infrastructure
from core.kit import ids
from core.sessions import access_tokens
from core.sessions.access_tokens import AUDIENCE, MAX_LENGTH, TYPE, Claims, InvalidToken
from core.sessions.service import sessions
from tests.support.people import People

NOW = 1_800_000_000
KEY = Ed25519PrivateKey.generate()
KID = ids.encode("sgk", ids.new_id())
CLAIMS = Claims(ids.new_id(), ids.new_id(), ids.new_id(), NOW, NOW + 600)
ISSUER = "https://news.example"


def payload(**changes: Any) -> dict[str, Any]:
    """The claims of a good token; a change to None takes one away."""
    good = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": ids.encode("acct", CLAIMS.account_id),
        "org": ids.encode("org", CLAIMS.organization_id),
        "sid": ids.encode("ses", CLAIMS.session_id),
        "iat": NOW,
        "exp": NOW + 600,
        "jti": "1",
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def signed(*, header: dict[str, Any] | None = None, key: Any = KEY, algorithm: str = "EdDSA", **changes: Any) -> str:
    return jwt.encode(payload(**changes), key, algorithm, {"typ": TYPE, "kid": KID, **(header or {})})


def part(value: Any) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def accepted(token: str, *, now: float = NOW + 1) -> Claims:
    """What the token claims, after all that is looked at before the database is asked."""
    assert access_tokens.key_id_of(token) == KID
    return access_tokens.verify(token, public_key=KEY.public_key(), issuer=ISSUER, now=now)


def pem_of(key: Any) -> bytes:
    format_ = serialization.PublicFormat.SubjectPublicKeyInfo
    encoded: bytes = key.public_key().public_bytes(serialization.Encoding.PEM, format_)
    return encoded


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
def test_a_token_without_a_signature_is_refused(algorithm: str) -> None:
    for signature in ("", part("signature")):
        header = {"alg": algorithm, "typ": TYPE, "kid": KID}
        with pytest.raises(InvalidToken):
            accepted(f"{part(header)}.{part(payload())}.{signature}")


def test_a_token_whose_signature_was_taken_off_or_swapped_is_refused() -> None:
    good, other = signed(), signed(jti="2")
    head, body, signature = good.split(".")
    for forged in (
        f"{head}.{body}.",
        f"{head}.{body}.{other.split('.')[2]}",
        f"{head}.{part(payload(sub='x'))}.{signature}",
    ):
        with pytest.raises(InvalidToken):
            accepted(forged)


def test_the_public_key_is_no_shared_secret() -> None:
    """RFC 8725 §2.1: whoever takes the algorithm from the token verifies an HMAC with the public key."""
    public = KEY.public_key().public_bytes_raw()
    for secret in (public, pem_of(KEY), urlsafe_b64encode(public)):
        for digest in ("sha256", "sha384", "sha512"):
            header = {"alg": f"HS{digest[3:]}", "typ": TYPE, "kid": KID}
            body = f"{part(header)}.{part(payload())}"
            signature = urlsafe_b64encode(hmac.digest(secret, body.encode(), digest)).rstrip(b"=").decode()
            with pytest.raises(InvalidToken):
                accepted(f"{body}.{signature}")


def test_another_algorithm_is_refused_although_its_signature_is_good() -> None:
    for key, algorithm in (
        (rsa.generate_private_key(65537, 2048), "RS256"),
        (ec.generate_private_key(ec.SECP256R1()), "ES256"),
    ):
        with pytest.raises(InvalidToken):
            accepted(signed(key=key, algorithm=algorithm))


@pytest.mark.parametrize(
    "header",
    [
        {"jku": "https://evil.example/jwks.json"},
        {"x5u": "https://evil.example/cert.pem"},
        {"x5c": ["MIIB"]},
        {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}},
        {"crit": ["exp"]},
        {"b64": False, "crit": ["b64"]},
        {"cty": "JWT"},
    ],
    ids=lambda header: next(iter(header)),
)
def test_a_token_that_says_how_to_verify_it_is_refused(header: dict[str, Any]) -> None:
    with pytest.raises(InvalidToken):
        accepted(signed(header=header, key=Ed25519PrivateKey.generate()))
    with pytest.raises(InvalidToken):
        accepted(signed(header=header))


@pytest.mark.parametrize("type_", ["JWT", "jwt", "AT+JWT", "application/at+jwt", "dpop+jwt", None])
def test_a_token_of_another_type_is_refused(type_: str | None) -> None:
    header = {"alg": "EdDSA", "kid": KID} if type_ is None else {"alg": "EdDSA", "kid": KID, "typ": type_}
    body = f"{part(header)}.{part(payload())}"
    signature = urlsafe_b64encode(KEY.sign(body.encode())).rstrip(b"=").decode()
    with pytest.raises(InvalidToken):
        accepted(f"{body}.{signature}")


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "somebody-else"},
        {"aud": ["tidings", "somebody-else"]},
        {"aud": None},
        {"sub": "acct_"},
        {"sub": None},
        {"org": ids.encode("acct", UUID(int=7))},
        {"org": None},
        {"sid": "../../etc/passwd"},
        {"sid": None},
    ],
    ids=str,
)
def test_a_token_for_something_else_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidToken):
        accepted(signed(**changes))


@pytest.mark.parametrize(
    ("changes", "now"),
    [
        ({"exp": NOW}, NOW),
        ({"exp": NOW + 600}, NOW + 600),
        ({"exp": NOW + 600}, NOW + 100_000),
        ({"exp": None}, NOW),
        ({"exp": "9999999999"}, NOW),
        ({"exp": True}, NOW),
        ({"exp": 1e12}, NOW),
        ({"iat": NOW + 60}, NOW),
        ({"iat": None}, NOW),
        ({"nbf": NOW + 60}, NOW),
        ({"nbf": "tomorrow"}, NOW),
    ],
    ids=str,
)
def test_a_token_outside_of_its_time_is_refused(changes: dict[str, Any], now: float) -> None:
    with pytest.raises(InvalidToken):
        accepted(signed(**changes), now=now)


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "eyJ",
        "eyJ..",
        "eyJhbGciOiJFZERTQSJ9.e30",
        "a.b.c",
        f"{part([1])}.{part({})}.",
        f"{part({'alg': 'EdDSA', 'typ': TYPE, 'kid': 1})}.{part({})}.",
        f"{part({'alg': 'EdDSA', 'typ': TYPE, 'kid': {}})}.{part({})}.",
        "eyJ" + "A" * MAX_LENGTH,
    ],
    ids=lambda token: token[:20],
)
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(InvalidToken):
        accepted(token)


@pytest.mark.parametrize(
    "kid",
    [
        "../../../../dev/null",
        "/proc/self/environ",
        "' OR 1=1 --",
        "",
        "sgk_" + "z" * 22,
        "sgk_0351Gdan7HKl7b7D81FcVs",
    ],
)
async def test_a_key_that_the_instance_does_not_have_is_not_looked_for_elsewhere(
    infra: Infrastructure, people: People, kid: str
) -> None:
    people.person()  # the instance has a key
    claims = {**payload(), "iss": "tidings", "iat": 0, "exp": 2**40}
    token = jwt.encode(claims, KEY, "EdDSA", {"typ": TYPE, "kid": kid})
    with pytest.raises(Unauthenticated):
        await sessions.find(token)


def test_a_token_of_ours_says_who_acts_where_and_in_which_session() -> None:
    token = access_tokens.sign(CLAIMS, key_id=KID, private_key=KEY, issuer=ISSUER)
    assert len(token) <= MAX_LENGTH // 2
    assert accepted(token) == CLAIMS
