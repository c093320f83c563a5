"""What every operation of both versions does alike, whoever wrote it. Who is refused what: test_access_matrix.py."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from core.app import create_app
from core.settings import Settings
from tests.handlers.conftest import EVERY_SCOPE, KeyFor, Seeded
from tests.support.contract_check import ContractCheck, Route
from tests.support.matrix import code_of
from tests.support.matrix_callers import is_open, needs_person
from tests.support.matrix_requests import Ask, ask, body_of, every, id_parameters, path_examples
from tests.support.matrix_tenant import Tenant
from tests.support.raw_requests import send_head
from tests.support.served import served

Credential = tuple[tuple[str, str], ...]
CallerOf = Callable[[Route], Credential]
MIB = 1024 * 1024


def has_id(route: Route) -> bool:
    return bool(id_parameters(route))


def has_body(route: Route) -> bool:
    return bool(body_of(route))


def is_get(route: Route) -> bool:
    return route.operation.method == "get"


def answers_with_a_body(route: Route) -> bool:
    return "406" in route.operation.node["responses"]


def takes_a_key(route: Route) -> bool:
    return not is_open(route) and not needs_person(route)


def ends(route: Route) -> bool:
    return route.document.sunset is not None


@pytest.fixture
def caller(seeded: Seeded, key_for: KeyFor) -> CallerOf:
    """Somebody who may use an operation: nobody, a person, or a key that may do everything."""

    def find(route: Route) -> Credential:
        if is_open(route):
            return ()
        return tuple((seeded.people.person().header if needs_person(route) else key_for(*EVERY_SCOPE)).items())

    return find


@every(if_=has_id)
async def test_an_id_that_nothing_has_is_not_found(api: httpx.AsyncClient, caller: CallerOf, route: Route) -> None:
    response = await ask(route).send(api, caller(route))
    assert (response.status_code, code_of(response).endswith("_not_found")) == (404, True)


@every(if_=lambda route: has_id(route) and "token" not in id_parameters(route))
async def test_an_id_that_no_number_has_is_not_found(api: httpx.AsyncClient, caller: CallerOf, route: Route) -> None:
    """22 base62 digits can say more than 128 bits: the form is right, so it is an id that nothing has."""
    examples = path_examples(route)
    too_large = {name: f"{examples[name].split('_')[0]}_{'z' * 22}" for name in id_parameters(route)}
    response = await replace(ask(route, too_large), body=ask(route).body).send(api, caller(route))
    assert response.status_code == 404


@every()
async def test_an_unknown_parameter_is_refused(api: httpx.AsyncClient, caller: CallerOf, route: Route) -> None:
    response = await ask(route).asking(colour="red").send(api, caller(route))
    assert (response.status_code, code_of(response)) == (400, "validation_failed")
    assert "colour" in response.text


@every(if_=answers_with_a_body)
async def test_an_answer_that_the_client_does_not_accept_is_not_given(
    api: httpx.AsyncClient, caller: CallerOf, route: Route
) -> None:
    response = await ask(route).saying("Accept", "image/png").send(api, caller(route))
    assert (response.status_code, code_of(response)) == (406, "not_acceptable")


@every(if_=has_body)
async def test_a_body_of_another_media_type_is_refused(api: httpx.AsyncClient, caller: CallerOf, route: Route) -> None:
    response = await replace(ask(route), media_type="text/plain").send(api, caller(route))
    assert (response.status_code, code_of(response)) == (415, "unsupported_media_type")


@every(if_=has_body)
async def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_sent(
    address: str, contract: ContractCheck, caller: CallerOf, route: Route
) -> None:
    asked = ask(route)
    most = route.operation.node.get("x-max-body-bytes", MIB)
    declared = {"Content-Type": str(asked.media_type), "Content-Length": str(most + 1)}
    headers = {**dict(caller(route)), **declared}
    response = await send_head(httpx.Request(asked.method, f"{address}{asked.path}", headers=headers))
    contract.examine(response)
    assert (response.status_code, code_of(response)) == (413, "payload_too_large")
    assert "close" in response.headers["connection"]


@every(if_=has_body)
async def test_a_missing_body_is_refused(api: httpx.AsyncClient, caller: CallerOf, route: Route) -> None:
    response = await replace(ask(route), body="").send(api, caller(route))
    assert (response.status_code, code_of(response)) == (400, "validation_failed")


@every(if_=lambda route: takes_a_key(route) and route.operation.node.get("x-rate-cost", 1) > 0)
async def test_a_key_whose_budget_is_used_up_is_told_to_wait(
    api: httpx.AsyncClient, key_for: KeyFor, route: Route
) -> None:
    poor = key_for(*EVERY_SCOPE, requests_per_hour=1)
    await api.get("/v2/sources", headers=poor)
    response = await ask(route).send(api, tuple(poor.items()))
    assert (response.status_code, code_of(response)) == (429, "rate_limited")
    assert int(response.headers["retry-after"]) > 0


def reading(route: Route, seeded: Seeded, tenant: Tenant) -> tuple[Ask, Credential]:
    """A request for something that is there, and somebody who may read it."""
    if is_open(route):
        return ask(route, tenant.ids), ()
    if needs_person(route):
        person = seeded.people.person()
        own = {
            "session_id": person.session_id,
            "search_id": seeded.people.search(person),
            "identity_id": seeded.people.identity(person),
        }
        return ask(route, own), tuple(person.header.items())
    asked = ask(route, tenant.ids)
    if route.name == "v2.listUsage":  # of days that are over, because this request is counted soon
        asked = asked.asking(to=str(datetime.now(UTC).date() - timedelta(days=1)))
    return asked, tuple(tenant.owner.header.items())


@every(if_=is_get)
async def test_an_answer_that_the_client_holds_is_not_sent_again(
    api: httpx.AsyncClient, seeded: Seeded, other: Tenant, route: Route
) -> None:
    asked, credential = reading(route, seeded, other)
    first = await asked.send(api, credential)
    assert first.status_code == 200
    again = await asked.saying("If-None-Match", first.headers["etag"]).send(api, credential)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])


@every(if_=is_get)
async def test_head_answers_as_get_without_a_body(
    api: httpx.AsyncClient, seeded: Seeded, other: Tenant, route: Route
) -> None:
    asked, credential = reading(route, seeded, other)
    response = await replace(asked, method="HEAD").send(api, credential)
    assert (response.status_code, response.content) == (200, b"")
    assert int(response.headers["content-length"]) > 0


@pytest.fixture(scope="module")
async def after_sunset(seeded: Seeded, contract: ContractCheck) -> AsyncIterator[httpx.AsyncClient]:
    """The same instance on the day after v1 has ended."""
    later = Settings(**{**seeded.infra.settings.model_dump(), "now": datetime(2027, 7, 1, tzinfo=UTC)})
    async with served(create_app(later)) as url, contract.client(url) as client:
        yield client


@every(if_=ends)
async def test_after_its_end_a_version_names_what_replaces_it(after_sunset: httpx.AsyncClient, route: Route) -> None:
    response = await ask(route).send(after_sunset)
    assert (response.status_code, response.json()["error"]) == (410, "VERSION_SUNSET")
    assert "/v2/" in response.json()["message"]


@pytest.fixture(scope="module")
async def strict(seeded: Seeded, contract: ContractCheck) -> AsyncIterator[httpx.AsyncClient]:
    """An instance where an address may guess one key a minute."""
    settings = Settings(**{**seeded.infra.settings.model_dump(), "address_requests_per_minute": 1})
    async with served(create_app(settings)) as url, contract.client(url) as client:
        yield client


@every()
async def test_guessing_keys_is_slowed_down(strict: httpx.AsyncClient, route: Route) -> None:
    guess = (("Authorization", f"Bearer tdk_live_{'0' * 36}"),)
    statuses = {(await ask(route).send(strict, guess)).status_code for _ in range(2)}
    assert 429 in statuses
