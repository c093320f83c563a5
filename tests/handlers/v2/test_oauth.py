"""Logging in by a provider, and one's own identities, through v2."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from core.app import create_app
from core.sandbox.newsroom import Newsroom
from core.sandbox.server import NewsroomServer
from core.settings import Settings
from tests.handlers.conftest import KeyFor, Seeded
from tests.support.consent import consent
from tests.support.contract_check import ContractCheck
from tests.support.newsroom import CONTROL_TOKEN, NewsroomControl
from tests.support.people import People, Person
from tests.support.served import served

BACK = "http://127.0.0.1:9/back"
IDENTITIES = "/v2/me/identities"


@pytest.fixture(scope="module")
def provider_server() -> Iterator[NewsroomServer]:
    with NewsroomServer(Newsroom(control_token=CONTROL_TOKEN)) as server:
        yield server


@pytest.fixture
def providers(provider_server: NewsroomServer) -> Iterator[NewsroomControl]:
    """The identity server, as new and at the time that it is."""
    control = NewsroomControl(provider_server)
    control.reset()
    control.set_now(datetime.now(UTC))
    yield control
    control.http.close()


@pytest.fixture(scope="module")
async def api(
    seeded: Seeded, contract: ContractCheck, provider_server: NewsroomServer
) -> AsyncIterator[httpx.AsyncClient]:
    """An instance whose providers are the sandbox's."""
    given = {"sandbox_url": provider_server.origin, "oauth_redirect_uris": (BACK,)}
    settings = Settings(**{**seeded.infra.settings.model_dump(), **given})
    async with served(create_app(settings)) as url, contract.client(url) as client:
        yield client


@pytest.fixture
def people(seeded: Seeded) -> People:
    return seeded.people


def somebody() -> str:
    """The hint for a person whom nobody has seen before."""
    return f"new:{uuid4().hex[:12]}"


async def begin(api: httpx.AsyncClient, provider: str, redirect_uri: str = BACK) -> dict[str, Any]:
    response = await api.post(f"/v2/auth/{provider}/authorize", json={"redirect_uri": redirect_uri})
    assert response.status_code == 200, response.text
    begun: dict[str, Any] = response.json()
    return begun


async def log_in(api: httpx.AsyncClient, provider: str, login: str) -> httpx.Response:
    """The whole of it, as a client does it."""
    begun = await begin(api, provider)
    returned = consent(begun["authorization_url"], login)
    assert (returned.redirect_uri, returned.query["state"]) == (BACK, begun["state"])
    return await api.post(f"/v2/auth/{provider}/callback", json=returned.query)


async def begin_link(api: httpx.AsyncClient, person: Person, provider: str) -> dict[str, Any]:
    body = {"provider": provider, "redirect_uri": BACK}
    response = await api.post(f"{IDENTITIES}/authorize", headers=person.header, json=body)
    assert response.status_code == 200, response.text
    begun: dict[str, Any] = response.json()
    return begun


async def link(api: httpx.AsyncClient, person: Person, provider: str, login: str) -> httpx.Response:
    begun = await begin_link(api, person, provider)
    answer = consent(begun["authorization_url"], login).query
    return await api.post(IDENTITIES, headers=person.header, json={"provider": provider, **answer})


@pytest.mark.parametrize("key_scopes", [("keys:write", "organization:write")])
async def test_a_key_has_no_identities(api: httpx.AsyncClient, key_for: KeyFor, key_scopes: tuple[str, ...]) -> None:
    for method, path in (("GET", IDENTITIES), ("GET", f"{IDENTITIES}/idn_{'0' * 22}")):
        assert (await api.request(method, path, headers=key_for(*key_scopes))).status_code == 403


async def test_somebody_else_s_identity_is_not_found(api: httpx.AsyncClient, people: People) -> None:
    foreign = people.identity(people.person())
    header = people.person().header
    for method in ("GET", "DELETE"):
        response = await api.request(method, f"{IDENTITIES}/{foreign}", headers=header)
        assert (response.status_code, response.json()["code"]) == (404, "identity_not_found")


async def test_nobody_completes_somebody_else_s_linking(
    api: httpx.AsyncClient, people: People, providers: NewsroomControl
) -> None:
    begun = await begin_link(api, people.person(), "reddit")
    answer = consent(begun["authorization_url"], somebody()).query
    body = {"provider": "reddit", **answer}
    response = await api.post(IDENTITIES, headers=people.person().header, json=body)
    assert (response.status_code, response.json()["code"]) == (400, "invalid_oauth_state")


@pytest.mark.parametrize("provider", ["reddit", "Google", "facebook", "..", "%00"])
async def test_one_does_not_log_in_by_another_provider(api: httpx.AsyncClient, provider: str) -> None:
    response = await api.post(f"/v2/auth/{provider}/authorize", json={"redirect_uri": BACK})
    assert response.status_code in (400, 404)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"redirect_uri": None},
        {"redirect_uri": 1},
        {"redirect_uri": ""},
        {"redirect_uri": BACK, "client_id": "mine"},
        {"redirect_uri": BACK + "\0"},
        {"redirect_uri": BACK, "state": "mine"},
    ],
)
async def test_a_beginning_that_breaks_the_document_is_refused(api: httpx.AsyncClient, body: dict[str, Any]) -> None:
    assert (await api.post("/v2/auth/google/authorize", json=body)).status_code == 400


@pytest.mark.parametrize("mutation", [BACK + "/", BACK.upper(), BACK + "#", "https://elsewhere.example/", "x"])
async def test_a_redirect_address_that_nobody_listed_is_refused(api: httpx.AsyncClient, mutation: str) -> None:
    response = await api.post("/v2/auth/google/authorize", json={"redirect_uri": mutation})
    assert (response.status_code, response.json()["code"]) == (422, "redirect_not_allowed")


@pytest.mark.parametrize(
    "body",
    [
        {"code": "x"},
        {"state": "", "code": "x"},
        {"state": "x" * 201, "code": "x"},
        {"state": "x", "code": "x" * 4097},
        {"state": "x", "code": ["x"]},
        {"state": "x", "code": "x", "account_id": "acct_0351GdabK1LZUqvig870sS"},
        {"state": "\ud800", "code": "x"},
    ],
)
async def test_an_answer_that_breaks_the_document_is_refused(api: httpx.AsyncClient, body: dict[str, Any]) -> None:
    json_type = {"Content-Type": "application/json"}
    response = await api.post("/v2/auth/google/callback", content=json.dumps(body), headers=json_type)
    assert response.status_code == 400


async def test_a_state_that_nobody_gave_is_refused(api: httpx.AsyncClient) -> None:
    response = await api.post("/v2/auth/github/callback", json={"state": "made-up", "code": "made-up"})
    assert (response.status_code, response.json()["code"]) == (400, "invalid_oauth_state")


async def test_an_answer_without_a_code_says_where_it_is_missing(
    api: httpx.AsyncClient, providers: NewsroomControl
) -> None:
    begun = await begin(api, "github")
    response = await api.post("/v2/auth/github/callback", json={"state": begun["state"]})
    assert response.status_code == 400
    assert [error["pointer"] for error in response.json()["errors"]] == ["/code"]


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ("denied", 422, "authorization_refused"),
        ("wrong_state", 400, "invalid_oauth_state"),
        ("wrong_issuer_parameter", 422, "identity_not_trusted"),
        ("wrong_nonce", 422, "identity_not_trusted"),
        ("bad_signature", 422, "identity_not_trusted"),
        ("unverified_email", 422, "email_not_verified"),
        ("not_json", 503, "provider_unavailable"),
    ],
)
async def test_what_a_provider_does_wrong_is_a_clear_refusal(
    api: httpx.AsyncClient, providers: NewsroomControl, how: str, status: int, code: str
) -> None:
    providers.command(identity={"provider": "google", "misbehave": how})
    begun = await begin(api, "google")
    answer = consent(begun["authorization_url"], somebody()).query
    response = await api.post("/v2/auth/google/callback", json=answer)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert ("retry-after" in response.headers) == (status == 503)
    assert answer.get("code", "no code at all") not in response.text


async def test_the_same_request_succeeds_when_the_provider_is_back(
    api: httpx.AsyncClient, providers: NewsroomControl
) -> None:
    begun = await begin(api, "github")
    answer = consent(begun["authorization_url"], somebody()).query
    providers.fail("github:access_token", status=502, times=1)
    first = await api.post("/v2/auth/github/callback", json=answer)
    assert (first.status_code, first.headers["retry-after"]) == (503, "5")
    assert (await api.post("/v2/auth/github/callback", json=answer)).status_code == 200


async def test_where_the_code_was_spent_before_the_provider_failed_one_begins_anew(
    api: httpx.AsyncClient, providers: NewsroomControl
) -> None:
    begun = await begin(api, "github")
    answer = consent(begun["authorization_url"], somebody()).query
    providers.fail("github:user", status=502, times=1)
    assert (await api.post("/v2/auth/github/callback", json=answer)).status_code == 503
    again = await api.post("/v2/auth/github/callback", json=answer)
    assert (again.status_code, again.json()["code"]) == (422, "authorization_refused")


async def test_an_account_with_the_address_is_not_merged_unasked(
    api: httpx.AsyncClient, people: People, providers: NewsroomControl
) -> None:
    login = somebody()
    person = people.person(email=f"{login.removeprefix('new:')}@mail.example")
    refused = await log_in(api, "google", login)
    assert (refused.status_code, refused.json()["code"]) == (409, "identity_unlinked")
    assert (await link(api, person, "google", login)).status_code == 201
    accepted = await log_in(api, "google", login)
    me = await api.get("/v2/me", headers={"Authorization": f"Bearer {accepted.json()['access_token']}"})
    assert me.json()["id"] == person.id


async def test_an_identity_of_another_account_is_a_conflict(
    api: httpx.AsyncClient, people: People, providers: NewsroomControl
) -> None:
    login = somebody()
    assert (await link(api, people.person(), "github", login)).status_code == 201
    response = await link(api, people.person(), "github", login)
    assert (response.status_code, response.json()["code"]) == (409, "identity_already_linked")


async def test_a_stale_etag_keeps_the_identity(api: httpx.AsyncClient, people: People) -> None:
    person = people.person()
    path = f"{IDENTITIES}/{people.identity(person)}"
    response = await api.delete(path, headers={**person.header, "If-Match": '"stale"'})
    assert response.status_code == 412
    assert (await api.get(path, headers=person.header)).status_code == 200


async def test_the_last_way_to_log_in_stays(api: httpx.AsyncClient, people: People) -> None:
    person = people.person()
    path = f"{IDENTITIES}/{people.identity(person)}"
    response = await api.delete(path, headers=person.header)
    assert (response.status_code, response.json()["code"]) == (409, "last_way_to_log_in")


@pytest.mark.parametrize("provider", ["google", "github"])
async def test_a_log_in_by_a_provider_from_end_to_end(
    api: httpx.AsyncClient, providers: NewsroomControl, provider: str
) -> None:
    login = somebody()
    tokens = (await log_in(api, provider, login)).json()
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 600)
    header = {"Authorization": f"Bearer {tokens['access_token']}"}
    me = (await api.get("/v2/me", headers=header)).json()
    assert (me["email"], me["has_password"]) == (f"{login.removeprefix('new:')}@mail.example", False)
    (identity,) = (await api.get(IDENTITIES, headers=header)).json()["data"]
    assert (identity["provider"], identity["state"]) == (provider, "active")
    assert (await api.post("/v2/auth/refresh", json={"refresh_token": tokens["refresh_token"]})).status_code == 200


async def test_a_repeated_callback_with_an_idempotency_key_gets_the_same_tokens(
    api: httpx.AsyncClient, providers: NewsroomControl
) -> None:
    begun = await begin(api, "google")
    answer = consent(begun["authorization_url"], somebody()).query
    key = {"Idempotency-Key": uuid4().hex}
    first = await api.post("/v2/auth/google/callback", json=answer, headers=key)
    again = await api.post("/v2/auth/google/callback", json=answer, headers=key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"


async def test_linking_reddit_makes_a_source_of_one_s_own(
    api: httpx.AsyncClient, people: People, providers: NewsroomControl
) -> None:
    person = people.person()
    linked = await link(api, person, "reddit", somebody())
    assert (linked.status_code, linked.headers["location"]) == (201, f"{IDENTITIES}/{linked.json()['id']}")
    assert (await api.get(linked.headers["location"], headers=person.header)).json() == linked.json()
    sources = (await api.get("/v2/sources", params={"limit": 100}, headers=person.header)).json()["data"]
    (own,) = [source for source in sources if source["name"].startswith("Reddit: u/")]
    assert own["kind"] == "reddit"
    etag = (await api.get(linked.headers["location"], headers=person.header)).headers["etag"]
    gone = await api.delete(linked.headers["location"], headers={**person.header, "If-Match": etag})
    assert gone.status_code == 204
    assert (await api.get(linked.headers["location"], headers=person.header)).status_code == 404
    assert (await api.get(f"/v2/sources/{own['id']}", headers=person.header)).json()["state"] == "paused"


async def test_no_token_and_no_code_reaches_the_audit_log(
    api: httpx.AsyncClient, seeded: Seeded, people: People, providers: NewsroomControl
) -> None:
    person = people.person()
    await link(api, person, "reddit", somebody())
    # the owner of the database sees every organisation's log
    with psycopg.connect(seeded.infra.db.url) as owner:
        rows = owner.execute("SELECT e::text FROM audit_events e WHERE organization_id = %s", (person.organization,))
        log = "".join(row[0] for row in rows)
    assert "identity.linked" in log
    assert "sandbox-reddit" not in log
    assert "sandbox-code" not in log
