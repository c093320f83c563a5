"""Registration, log-in, refresh, switching and logging out in v2."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from core.app import create_app
from core.kit import ids
from core.settings import Settings
from tests.handlers.conftest import Seeded
from tests.support.contract_check import ContractCheck
from tests.support.infrastructure import OTHER_ID
from tests.support.people import PASSWORD, Person, log_in, sign_up
from tests.support.served import served

REGISTER, LOGIN, REFRESH = "/v2/auth/register", "/v2/auth/login", "/v2/auth/refresh"
MIB = 1024 * 1024


def address() -> str:
    return f"{ids.new_id().hex}@people.example"


def code_of(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


@pytest.fixture
async def person(api: httpx.AsyncClient) -> Person:
    """Somebody who registered and logged in as everybody does."""
    return await sign_up(api)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v2/me", None),
        ("POST", "/v2/auth/logout", None),
        ("POST", "/v2/auth/switch", {"organization_id": ids.encode("org", OTHER_ID)}),
    ],
)
async def test_what_only_a_person_does_is_refused_to_nobody_and_to_keys(
    api: httpx.AsyncClient, all_scopes: dict[str, str], method: str, path: str, body: dict[str, str] | None
) -> None:
    assert code_of(await api.request(method, path, json=body)) == (401, "unauthenticated")
    assert code_of(await api.request(method, path, json=body, headers=all_scopes)) == (403, "insufficient_scope")


async def test_nobody_acts_for_an_organisation_of_others(api: httpx.AsyncClient, person: Person) -> None:
    for organization_id in (ids.encode("org", OTHER_ID), ids.encode("org", ids.new_id())):
        body = {"organization_id": organization_id}
        response = await api.post("/v2/auth/switch", json=body, headers=person.header)
        assert code_of(response) == (404, "organization_not_found")


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, {("/email", "required"), ("/password", "required")}),
        ({"email": "no address", "password": PASSWORD}, {("/email", "format")}),
        ({"email": "a@b.example\u0000", "password": PASSWORD}, None),
        ({"email": "a@b.example", "password": "\ud800" * 8}, None),
        ({"email": "a@b.example", "password": "a\u0000 long walk"}, None),
        ({"email": "a@b.example", "password": PASSWORD, "name": "\u0000"}, None),
        ({"email": f"{'a' * 250}@b.example", "password": PASSWORD}, {("/email", "max_length"), ("/email", "format")}),
        ({"email": "a@b.example", "password": "short"}, {("/password", "min_length")}),
        ({"email": "a@b.example", "password": "x" * 129}, {("/password", "max_length")}),
        ({"email": "a@b.example", "password": 12345678}, {("/password", "type")}),
        ({"email": "a@b.example", "password": PASSWORD, "name": ""}, {("/name", "min_length")}),
        ({"email": "a@b.example", "password": PASSWORD, "role": "owner"}, {("/role", "unknown_member")}),
        (
            {"email": "a@b.example", "password": PASSWORD, "id": "acct_0", "suspended_at": None, "plan": "pro"},
            {("/id", "unknown_member"), ("/suspended_at", "unknown_member"), ("/plan", "unknown_member")},
        ),
    ],
    ids=lambda value: "" if isinstance(value, set) else str(value),  # a set has another order in every process
)
async def test_a_registration_that_breaks_the_document_is_refused_and_nothing_is_written(
    api: httpx.AsyncClient, body: dict[str, Any], faults: set[tuple[str, str]] | None
) -> None:
    content = json.dumps(body).encode()
    response = await api.post(REGISTER, content=content, headers={"Content-Type": "application/json"})
    assert response.status_code == 400
    if faults is not None:
        assert {(error["pointer"], error["code"]) for error in response.json()["errors"]} == faults
    attempt = {"email": "a@b.example", "password": PASSWORD}
    assert code_of(await api.post(LOGIN, json=attempt)) == (401, "invalid_credentials")


@pytest.mark.parametrize("path", [REGISTER, LOGIN])
async def test_a_password_of_a_megabyte_is_not_read(api: httpx.AsyncClient, path: str) -> None:
    body = {"email": address(), "password": "x" * (MIB - 100)}
    assert code_of(await api.post(path, json=body)) == (413, "payload_too_large")


@pytest.mark.parametrize("password", ["password1234", "tidings2026", "qwertyuiop", "aaaaaaaaaa"])
async def test_a_password_that_is_tried_first_is_refused_with_its_rule(api: httpx.AsyncClient, password: str) -> None:
    response = await api.post(REGISTER, json={"email": address(), "password": password})
    assert code_of(response) == (422, "weak_password")
    assert [error["pointer"] for error in response.json()["errors"]] == ["/password"]


async def test_a_taken_address_is_a_conflict(api: httpx.AsyncClient, person: Person) -> None:
    body = {"email": person.email.upper(), "password": PASSWORD}
    assert code_of(await api.post(REGISTER, json=body)) == (409, "email_taken")


async def test_a_wrong_address_and_a_wrong_password_get_the_same_answer(api: httpx.AsyncClient, person: Person) -> None:
    wrong = await api.post(LOGIN, json={"email": person.email, "password": "another password"})
    unknown = await api.post(LOGIN, json={"email": address(), "password": PASSWORD})
    assert code_of(wrong) == (401, "invalid_credentials")
    bodies = [{**response.json(), "request_id": ""} for response in (wrong, unknown)]
    assert bodies[0] == bodies[1]
    assert wrong.headers["www-authenticate"] == unknown.headers["www-authenticate"] == 'Bearer realm="tidings"'


def forged(token: str, *, header: dict[str, Any] | None = None, claims: dict[str, Any] | None = None) -> str:
    """The token with other members, and a signature that fits if the public key were a shared secret."""
    head = {**jwt.get_unverified_header(token), **(header or {})}
    body = {**jwt.decode(token, options={"verify_signature": False}), **(claims or {})}
    parts = [urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (head, body)]
    signature = hmac.digest(b"public key", b".".join(parts), hashlib.sha256)
    return b".".join([*parts, urlsafe_b64encode(signature).rstrip(b"=")]).decode()


async def test_a_forged_token_opens_nothing(api: httpx.AsyncClient, person: Person) -> None:
    good = person.token
    tokens = [
        forged(good),
        forged(good, header={"alg": "none"}),
        forged(good, header={"alg": "HS256"}),
        forged(good, header={"jku": "https://evil.example/jwks.json"}),
        forged(good, header={"kid": "../../dev/null"}),
        forged(good, claims={"org": ids.encode("org", OTHER_ID)}),
        f"{good}x",
        f"{good}.{good}",
        good.rpartition(".")[0] + ".",
        "eyJ" + "A" * 4000,
    ]
    for token in tokens:
        response = await api.get("/v2/me", headers={"Authorization": f"Bearer {token}"})
        assert code_of(response) == (401, "unauthenticated"), token[:60]


@pytest.mark.parametrize("token", ["tdr_", "x", "tdr_" + "0" * 72, "é"])
async def test_what_is_no_refresh_token_refreshes_nothing(api: httpx.AsyncClient, token: str) -> None:
    assert code_of(await api.post(REFRESH, json={"refresh_token": token})) == (401, "unauthenticated")


async def test_an_access_token_is_no_refresh_token_and_the_other_way_round(
    api: httpx.AsyncClient, person: Person
) -> None:
    response = await api.post(REFRESH, json={"refresh_token": person.token[:200]})
    assert code_of(response) == (401, "unauthenticated")
    header = {"Authorization": f"Bearer {person.refresh_token}"}
    assert code_of(await api.get("/v2/me", headers=header)) == (401, "unauthenticated")


async def test_registering_gives_the_account_and_no_token(api: httpx.AsyncClient) -> None:
    email = address()
    response = await api.post(REGISTER, json={"email": email, "password": PASSWORD, "name": "Ada"})
    account = response.json()
    assert (response.status_code, response.headers["location"]) == (201, "/v2/me")
    assert (account["email"], account["name"], account["has_password"]) == (email, "Ada", True)


async def test_a_log_in_gives_exactly_four_members_and_is_not_cached(api: httpx.AsyncClient, person: Person) -> None:
    response = await api.post(LOGIN, json={"email": person.email, "password": PASSWORD})
    assert response.json().keys() == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert (response.json()["token_type"], response.json()["expires_in"]) == ("Bearer", 600)
    assert response.headers["cache-control"] == "no-store"


async def test_anybody_can_verify_a_token_by_the_published_keys(api: httpx.AsyncClient, person: Person) -> None:
    response = await api.get("/.well-known/jwks.json")
    assert response.headers["content-type"] == "application/jwk-set+json"
    assert response.headers["cache-control"] == "public, max-age=300"
    keys = {key["kid"]: jwt.PyJWK(key).key for key in response.json()["keys"]}
    key = keys[jwt.get_unverified_header(person.token)["kid"]]
    assert isinstance(key, Ed25519PublicKey)
    claims = jwt.decode(person.token, key, ["EdDSA"], audience="tidings", issuer="tidings")
    assert (claims["sub"], claims["org"], claims["sid"]) == (person.id, person.organization_id, person.session_id)
    assert (claims["exp"] - claims["iat"], "scope" in claims) == (600, False)
    again = await api.get("/.well-known/jwks.json", headers={"If-None-Match": response.headers["etag"]})
    assert again.status_code == 304


async def test_a_refresh_goes_on_and_its_token_works_once(api: httpx.AsyncClient, person: Person) -> None:
    tokens = [person.refresh_token]
    for _ in range(3):
        response = await api.post(REFRESH, json={"refresh_token": tokens[-1]})
        assert response.status_code == 200
        tokens.append(response.json()["refresh_token"])
        header = {"Authorization": f"Bearer {response.json()['access_token']}"}
        assert (await api.get("/v2/me", headers=header)).json()["session_id"] == person.session_id
    assert len(set(tokens)) == 4
    assert code_of(await api.post(REFRESH, json={"refresh_token": tokens[0]})) == (401, "unauthenticated")
    assert code_of(await api.post(REFRESH, json={"refresh_token": tokens[-1]})) == (401, "unauthenticated")
    assert code_of(await api.get("/v2/me", headers=header)) == (401, "unauthenticated")


async def test_a_switched_token_has_the_role_of_the_other_organisation(
    api: httpx.AsyncClient, seeded: Seeded, person: Person
) -> None:
    shared = seeded.people.organization(f"shared-{ids.new_id().hex[-12:]}")
    seeded.people.join(person.account_id, shared, "viewer")
    body = {"organization_id": ids.encode("org", shared)}
    response = await api.post("/v2/auth/switch", json=body, headers=person.header)
    assert response.json().keys() == {"access_token", "token_type", "expires_in"}
    there = {"Authorization": f"Bearer {response.json()['access_token']}"}
    me = (await api.get("/v2/me", headers=there)).json()
    assert (me["organization"]["id"], me["organization"]["role"]) == (body["organization_id"], "viewer")
    assert (await api.get("/v2/me", headers=person.header)).json()["organization"]["role"] == "owner"
    feed = {"url": "https://feeds.example.org/x.xml"}
    assert code_of(await api.post("/v2/feeds", json=feed, headers=there)) == (403, "insufficient_scope")


async def test_logging_out_ends_the_session_and_no_other(api: httpx.AsyncClient, person: Person) -> None:
    elsewhere = await log_in(api, email=person.email)
    assert (await api.post("/v2/auth/logout", headers=person.header)).status_code == 204
    assert (await api.get("/v2/me", headers=person.header)).status_code == 401
    assert (await api.post(REFRESH, json={"refresh_token": person.refresh_token})).status_code == 401
    assert (await api.get("/v2/me", headers=elsewhere.header)).status_code == 200


async def test_a_suspended_account_is_refused_everywhere(
    api: httpx.AsyncClient, seeded: Seeded, person: Person
) -> None:
    seeded.people.execute("UPDATE accounts SET suspended_at = now() WHERE id = %s", person.account_id)
    tokens = await api.post(REFRESH, json={"refresh_token": person.refresh_token})
    attempt = await api.post(LOGIN, json={"email": person.email, "password": PASSWORD})
    assert code_of(tokens) == code_of(attempt) == (401, "account_suspended")


@pytest.fixture(scope="module")
async def strict(seeded: Seeded, contract: ContractCheck) -> AsyncIterator[httpx.AsyncClient]:
    """An instance that limits log-ins as the document says."""
    settings = Settings(**{**seeded.infra.settings.model_dump(), "login_attempts_per_minute": None})
    async with served(create_app(settings)) as url, contract.client(url) as client:
        yield client


@pytest.mark.parametrize(
    ("paths", "policy"), [((LOGIN, "/v1/auth/login"), "login"), ((REGISTER, "/v1/auth/register"), "register")]
)
async def test_an_address_may_try_ten_times_a_minute_in_both_versions_together(
    strict: httpx.AsyncClient, paths: tuple[str, str], policy: str
) -> None:
    body = {"email": "nobody@people.example", "password": "password1234"}
    answers = [await strict.post(paths[number % 2], json=body) for number in range(12)]
    assert [answer.status_code == 429 for answer in answers] == [False] * 10 + [True] * 2
    assert {answer.headers["ratelimit-policy"] for answer in answers} == {f'"{policy}";q=10;w=60'}
    assert all(0 < int(answer.headers["retry-after"]) <= 6 for answer in answers[10:])
    assert (await strict.get("/v2/articles")).status_code == 401  # who reads is not held up
