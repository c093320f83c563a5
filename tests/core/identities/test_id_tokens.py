"""What an id_token must be before it is believed: the cases that the sandbox does not bring about."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from core.errors import IdentityNotTrusted
from core.identities.id_tokens import LEEWAY_S, MAX_AGE_S, verified

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
ISSUER = "https://identity.example"
CLAIMS = {"iss": ISSUER, "sub": "1", "aud": "me", "iat": AT, "exp": AT + 600, "nonce": "n"}


@cache
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def token(headers: dict[str, Any] | None = None, **claims: Any) -> str:
    """A token with these members; None leaves one out."""
    given = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}
    return jwt.encode(given, private_key(), algorithm="RS256", headers={"kid": "k", **(headers or {})})


async def read(text: str) -> Any:
    key = jwt.PyJWK.from_dict(
        jwt.algorithms.RSAAlgorithm.to_jwk(private_key().public_key(), as_dict=True), algorithm="RS256"
    )

    async def find(name: str) -> jwt.PyJWK | None:
        return key if name == "k" else None

    return await verified(text, find, issuer=ISSUER, client_id="me", nonce="n", now=NOW)


@pytest.mark.parametrize("text", ["", ".", "..", "a.b.c", "é.é.é", "x" * 20_000, "eyJhbGciOiJSUzI1NiJ9.e30."])
async def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(IdentityNotTrusted):
        await read(text)


@pytest.mark.parametrize("missing", ["iss", "sub", "aud", "iat", "exp", "nonce"])
async def test_every_claim_is_needed(missing: str) -> None:
    with pytest.raises(IdentityNotTrusted):
        await read(token(**{missing: None}))


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": []},
        {"aud": ["somebody"]},
        {"aud": ["me", "somebody"]},  # and no azp
        {"aud": ["me", "somebody"], "azp": "somebody"},
        {"azp": "somebody"},
        {"azp": ""},
        {"iss": ISSUER + "/"},
        {"iss": "http://identity.example"},
        {"sub": 1},
        {"nonce": "N"},
        {"nonce": ["n"]},
        {"exp": AT - LEEWAY_S},
        {"exp": True},
        {"exp": "soon"},
        {"iat": AT + LEEWAY_S + 1},
        {"iat": AT - MAX_AGE_S - LEEWAY_S - 1},
        {"iat": False},
        {"nbf": AT + LEEWAY_S + 1},
    ],
)
async def test_a_claim_that_does_not_fit_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(IdentityNotTrusted):
        await read(token(**claims))


@pytest.mark.parametrize("headers", [{"kid": "another"}, {"kid": ""}, {"crit": ["exp"], "exp": AT}])
async def test_a_header_that_does_not_fit_is_refused(headers: dict[str, Any]) -> None:
    with pytest.raises(IdentityNotTrusted):
        await read(token(headers))


async def test_a_token_that_names_no_key_is_refused() -> None:
    with pytest.raises(IdentityNotTrusted):
        await read(jwt.encode(CLAIMS, private_key(), algorithm="RS256"))


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
async def test_another_algorithm_of_the_same_key_is_refused(algorithm: str) -> None:
    with pytest.raises(IdentityNotTrusted):
        await read(jwt.encode(CLAIMS, private_key(), algorithm=algorithm, headers={"kid": "k"}))


async def test_a_key_that_the_token_brings_along_opens_nothing() -> None:
    own = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(own.public_key(), as_dict=True)
    forged = jwt.encode(
        CLAIMS, own, algorithm="RS256", headers={"kid": "k", "jwk": jwk, "jku": "https://elsewhere.example/keys"}
    )
    with pytest.raises(IdentityNotTrusted):
        await read(forged)


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"azp": "me"},
        {"aud": ["me"]},
        {"aud": ["me", "somebody"], "azp": "me"},
        {"exp": AT - LEEWAY_S + 1},
        {"iat": AT + LEEWAY_S},
        {"nbf": AT},
    ],
)
async def test_a_token_for_us_and_for_now_is_believed(claims: dict[str, Any]) -> None:
    assert (await read(token(**claims)))["sub"] == "1"
