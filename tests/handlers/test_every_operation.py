"""What every operation of both versions does alike, whoever wrote it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from core.app import create_app
from core.kit import ids
from core.kit.principal import NEWSROOM_ID
from core.settings import Settings
from tests.handlers.conftest import EVERY_SCOPE, KeyFor, Seeded
from tests.support.contract_check import ContractCheck, Route
from tests.support.infrastructure import OTHER_ID
from tests.support.raw_requests import send_head
from tests.support.served import served

CallerOf = Callable[[Route], dict[str, str]]

ROUTES = ContractCheck.load().routes
MIB = 1024 * 1024


def ids_of(seeded: Seeded) -> dict[str, str]:
    """A real id for each path parameter."""
    return {
        "article_id": seeded.stories[0],
        "source_id": seeded.guardian,
        "feed_id": seeded.feed,
        "key_id": seeded.foreign_key.id,
        "note_id": seeded.note,
        "collection_id": seeded.collection,
        "item_id": seeded.item,
        "account_id": seeded.collaborator,
        "token": seeded.public_token,
        "organization_id": ids.encode("org", NEWSROOM_ID),
        "invitation_id": seeded.seed.invitation(),
    }


def foreign_ids_of(seeded: Seeded) -> dict[str, str]:
    return {
        "article_id": seeded.foreign_story,
        "source_id": seeded.foreign_source,
        "feed_id": seeded.foreign_feed,
        "key_id": seeded.foreign_key.id,
        "note_id": seeded.foreign_note,
        "collection_id": seeded.foreign_collection,
        "item_id": seeded.foreign_item,
        "session_id": seeded.people.person().session_id,
        "search_id": seeded.people.search(seeded.people.person()),
        "organization_id": ids.encode("org", OTHER_ID),
        "identity_id": seeded.people.identity(seeded.people.person()),
    }


def url_of(route: Route, ids: dict[str, str] | None = None) -> str:
    """The address of an operation; with the ids of its examples, which nothing has, unless others are given."""
    return f"/{route.document.version}{route.operation.path.format_map({**examples_of(route), **(ids or {})})}"


def examples_of(route: Route) -> dict[str, str]:
    """The path parameters of an operation with their examples."""
    parameters = route.document.parameters(route.operation)
    return {parameter["name"]: parameter["example"] for parameter in parameters if parameter["in"] == "path"}


def request_of(route: Route, url: str, headers: dict[str, str], **more: Any) -> dict[str, Any]:
    """A valid request for the operation, as arguments of `client.request`."""
    body = route.document.resolve(route.operation.node.get("requestBody", {})).get("content", {})
    request: dict[str, Any] = {"method": route.operation.method.upper(), "url": url, "headers": headers}
    for media_type, media in body.items():
        example = media["example"]
        request["content"] = example if isinstance(example, str) else json.dumps(example)
        request["headers"] = {"Content-Type": media_type, **headers}
        break
    return {**request, **more}


def every(*, if_: Any = lambda route: True) -> pytest.MarkDecorator:
    """One test an operation; those for which `if_` is true."""
    return pytest.mark.parametrize("route", [route for route in ROUTES if if_(route)], ids=lambda route: route.name)


def has_id(route: Route) -> bool:
    """Whether the path names a thing, and not only one of the few providers."""
    return bool(examples_of(route).keys() - {"provider"})


def has_body(route: Route) -> bool:
    return "requestBody" in route.operation.node


def is_get(route: Route) -> bool:
    return route.operation.method == "get"


def counts_itself(route: Route) -> bool:
    """Whether the answer changes by being asked for."""
    return route.name == "v2.listUsage"


def answers_with_a_body(route: Route) -> bool:
    return "406" in route.operation.node["responses"]


def needs_credential(route: Route) -> bool:
    return bool(route.operation.node["security"])


def is_personal(route: Route) -> bool:
    """Whether only a person can do it: no key is given the scope."""
    return not route.operation.scopes <= route.document.key_scopes


def takes_a_key(route: Route) -> bool:
    return needs_credential(route) and not is_personal(route)


def needs_scope(route: Route) -> bool:
    return bool(route.operation.scopes)


def ends(route: Route) -> bool:
    return route.document.sunset is not None


def code_of(response: httpx.Response) -> str:
    body = response.json()
    return str(body.get("code") or body["error"]).lower()


@pytest.fixture
def caller(seeded: Seeded, key_for: KeyFor) -> CallerOf:
    """The header of somebody who may use an operation: nobody, a person, or a key that may do everything."""

    def find(route: Route) -> dict[str, str]:
        if not needs_credential(route):
            return {}
        return seeded.people.person().header if is_personal(route) else key_for(*EVERY_SCOPE)

    return find


@every(if_=needs_credential)
async def test_nobody_is_served_without_a_credential(api: httpx.AsyncClient, route: Route) -> None:
    response = await api.request(**request_of(route, url_of(route), {}))
    assert (response.status_code, code_of(response)) == (401, "unauthenticated")
    assert response.headers["www-authenticate"].startswith("Bearer")


@every(if_=needs_credential)
async def test_an_expired_key_is_refused(api: httpx.AsyncClient, key_for: KeyFor, route: Route) -> None:
    expired = key_for(*EVERY_SCOPE, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    response = await api.request(**request_of(route, url_of(route), expired))
    assert (response.status_code, code_of(response)) == (401, "unauthenticated")


@every(if_=needs_credential)
async def test_a_revoked_key_is_refused(api: httpx.AsyncClient, key_for: KeyFor, route: Route) -> None:
    revoked = key_for(*EVERY_SCOPE, revoked_at=datetime.now(UTC) - timedelta(seconds=1))
    response = await api.request(**request_of(route, url_of(route), revoked))
    assert (response.status_code, code_of(response)) == (401, "unauthenticated")


@every(if_=needs_credential)
async def test_a_key_that_nobody_made_is_refused(
    api: httpx.AsyncClient, all_scopes: dict[str, str], route: Route
) -> None:
    header = all_scopes["Authorization"]
    flipped = header[:-1] + ("0" if header[-1] != "0" else "1")
    response = await api.request(**request_of(route, url_of(route), {"Authorization": flipped}))
    assert (response.status_code, code_of(response)) == (401, "unauthenticated")


@every(if_=needs_scope)
async def test_a_key_without_the_scope_is_refused(api: httpx.AsyncClient, key_for: KeyFor, route: Route) -> None:
    others = set(EVERY_SCOPE) - route.operation.scopes
    response = await api.request(**request_of(route, url_of(route), key_for(*others)))
    assert (response.status_code, code_of(response)) == (403, "insufficient_scope")


@every(if_=lambda route: has_id(route) and not ends(route))
async def test_another_organisation_s_resource_does_not_exist(
    api: httpx.AsyncClient, caller: CallerOf, seeded: Seeded, route: Route
) -> None:
    header = caller(route)
    foreign = await api.request(**request_of(route, url_of(route, foreign_ids_of(seeded)), header))
    unknown = await api.request(**request_of(route, url_of(route), header))
    assert foreign.status_code == 404
    assert _comparable(foreign) == _comparable(unknown)


def _comparable(response: httpx.Response) -> dict[str, Any]:
    """All of an answer that does not name the request itself."""
    return {name: value for name, value in response.json().items() if name not in ("instance", "request_id")}


@every(if_=lambda route: has_id(route) and ends(route))
async def test_v1_says_that_another_organisation_s_resource_is_forbidden(
    api: httpx.AsyncClient, caller: CallerOf, seeded: Seeded, route: Route
) -> None:
    response = await api.request(**request_of(route, url_of(route, foreign_ids_of(seeded)), caller(route)))
    assert (response.status_code, response.json()["error"]) == (403, "FORBIDDEN")


@every(if_=has_id)
async def test_an_id_that_nothing_has_is_not_found(api: httpx.AsyncClient, caller: CallerOf, route: Route) -> None:
    response = await api.request(**request_of(route, url_of(route), caller(route)))
    assert (response.status_code, code_of(response).endswith("_not_found")) == (404, True)


@every(if_=lambda route: has_id(route) and "token" not in examples_of(route))
async def test_an_id_that_no_number_has_is_not_found(api: httpx.AsyncClient, caller: CallerOf, route: Route) -> None:
    """22 base62 digits can say more than 128 bits: the form is right, so it is an id that nothing has."""
    too_large = {name: f"{example.split('_')[0]}_{'z' * 22}" for name, example in examples_of(route).items()}
    response = await api.request(**request_of(route, url_of(route, too_large), caller(route)))
    assert response.status_code == 404


@every()
async def test_an_unknown_parameter_is_refused(api: httpx.AsyncClient, caller: CallerOf, route: Route) -> None:
    response = await api.request(**request_of(route, url_of(route), caller(route), params={"colour": "red"}))
    assert (response.status_code, code_of(response)) == (400, "validation_failed")
    assert "colour" in response.text


@every(if_=answers_with_a_body)
async def test_an_answer_that_the_client_does_not_accept_is_not_given(
    api: httpx.AsyncClient, caller: CallerOf, route: Route
) -> None:
    request = request_of(route, url_of(route), {**caller(route), "Accept": "image/png"})
    response = await api.request(**request)
    assert (response.status_code, code_of(response)) == (406, "not_acceptable")


@every(if_=has_body)
async def test_a_body_of_another_media_type_is_refused(api: httpx.AsyncClient, caller: CallerOf, route: Route) -> None:
    request = request_of(route, url_of(route), caller(route))
    request["headers"] = {**request["headers"], "Content-Type": "text/plain"}
    response = await api.request(**request)
    assert (response.status_code, code_of(response)) == (415, "unsupported_media_type")


@every(if_=has_body)
async def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_sent(
    address: str, contract: ContractCheck, caller: CallerOf, route: Route
) -> None:
    request = request_of(route, f"{address}{url_of(route)}", caller(route))
    headers = {**request["headers"], "Content-Length": str(MIB + 1)}
    response = await send_head(httpx.Request(request["method"], request["url"], headers=headers))
    contract.examine(response)
    assert (response.status_code, code_of(response)) == (413, "payload_too_large")
    assert "close" in response.headers["connection"]


@every(if_=has_body)
async def test_a_missing_body_is_refused(api: httpx.AsyncClient, caller: CallerOf, route: Route) -> None:
    response = await api.request(**request_of(route, url_of(route), caller(route), content=b""))
    assert (response.status_code, code_of(response)) == (400, "validation_failed")


@every(if_=lambda route: takes_a_key(route) and route.operation.node.get("x-rate-cost", 1) > 0)
async def test_a_key_whose_budget_is_used_up_is_told_to_wait(
    api: httpx.AsyncClient, key_for: KeyFor, route: Route
) -> None:
    poor = key_for(*EVERY_SCOPE, requests_per_hour=1)
    await api.get("/v2/sources", headers=poor)
    response = await api.request(**request_of(route, url_of(route), poor))
    assert (response.status_code, code_of(response)) == (429, "rate_limited")
    assert int(response.headers["retry-after"]) > 0


def reader_of(route: Route, seeded: Seeded) -> tuple[str, dict[str, str]]:
    """The address of something that is there, and the header of somebody who may read it."""
    if is_personal(route):
        person = seeded.people.person()
        own = {
            "session_id": person.session_id,
            "search_id": seeded.people.search(person),
            "identity_id": seeded.people.identity(person),
        }
        return url_of(route, {**ids_of(seeded), **own}), person.header
    key = seeded.seed.key(*EVERY_SCOPE)
    return url_of(route, {**ids_of(seeded), "key_id": key.id}), key.header


@every(if_=lambda route: is_get(route) and not counts_itself(route))
async def test_an_answer_that_the_client_holds_is_not_sent_again(
    api: httpx.AsyncClient, seeded: Seeded, route: Route
) -> None:
    url, header = reader_of(route, seeded)
    first = await api.get(url, headers=header)
    assert first.status_code == 200
    again = await api.get(url, headers={**header, "If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])


@every(if_=is_get)
async def test_head_answers_as_get_without_a_body(api: httpx.AsyncClient, seeded: Seeded, route: Route) -> None:
    url, header = reader_of(route, seeded)
    response = await api.head(url, headers=header)
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
    response = await after_sunset.request(**request_of(route, url_of(route), {}))
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
    request = request_of(route, url_of(route), {"Authorization": f"Bearer tdk_live_{'0' * 36}"})
    statuses = {(await strict.request(**request)).status_code for _ in range(2)}
    assert 429 in statuses
