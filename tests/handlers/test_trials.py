"""`X-Tidings-Scenario` and `X-Tidings-Clock`: what a test key can try out, operation by operation."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from ci.lints.contract.document import Node
from core.contract import trials
from tests.handlers.conftest import Seeded
from tests.support.contract_check import Route
from tests.support.matrix import code_of
from tests.support.matrix_callers import is_open, needs_person
from tests.support.matrix_requests import ROUTES, ask, every
from tests.support.sandbox_keys import bearer, make_test_key

KEYS, ARTICLES = "/v2/api-keys", "/v2/articles"
SCENARIO, CLOCK = "X-Tidings-Scenario", "X-Tidings-Clock"
AFTER_SUNSET = "2027-07-01T00:00:00Z"
VARYING = {
    "x-ratelimit-remaining",
    "date",
    "x-request-id",
    "content-length",
    "x-ratelimit-reset",
    "ratelimit",
    "x-tidings-scenario",
}

Credential = dict[str, str]


def scenarios(route: Route) -> Node:
    catalogue: Node = route.document.node["x-scenarios"]
    return catalogue


def is_list(route: Route) -> bool:
    """Whether it lists what an organisation has."""
    operation = route.operation
    lists = operation.method == "get" and operation.node["operationId"].startswith("list")
    return lists and "{" not in operation.path and bool(operation.scopes) and not needs_person(route)


def path_of(route: Route) -> str:
    return f"/{route.document.version}{route.operation.path}"


@pytest.fixture
def live(all_scopes: Credential) -> Credential:
    """A key that is not for trying things out."""
    return all_scopes


def asking(credential: Credential, scenario: str | None = None, clock: str | None = None) -> Credential:
    given = {SCENARIO: scenario, CLOCK: clock}
    return {**credential, **{name: value for name, value in given.items() if value is not None}}


def known(answer: httpx.Response) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Everything of an answer that is the same next time."""
    body = {name: value for name, value in answer.json().items() if name != "request_id"}
    return answer.status_code, body, {k: v for k, v in answer.headers.items() if k not in VARYING}


@every()
async def test_nobody_but_a_test_key_can_try_anything_out(
    api: httpx.AsyncClient, live: Credential, seeded: Seeded, route: Route
) -> None:
    for credential in ({}, live, seeded.people.person().header, {"Authorization": "Basic tdk_test_x"}):
        for header, value in ((SCENARIO, "server_error"), (CLOCK, AFTER_SUNSET)):
            answer = await ask(route).saying(header, value).send(api, tuple(credential.items()))
            assert answer.status_code == 400, answer.text
            assert code_of(answer).lower() == "test_key_required"


async def test_a_test_key_that_does_not_work_is_refused_as_ever(api: httpx.AsyncClient, live: Credential) -> None:
    unknown = {"Authorization": "Bearer tdk_test_0000000000000000000000000000000LHuCl"}
    answer = await api.get(ARTICLES, headers=asking(unknown, "server_error", AFTER_SUNSET))
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize(
    "value", ["", "Rate_Limited", "rate-limited", "slow;seconds=-1", "slow; seconds=1000", "slow;seconds=٣", "a" * 80]
)
async def test_what_is_no_scenario_s_name_is_refused(api: httpx.AsyncClient, tester: Credential, value: str) -> None:
    headers = [(k.encode(), v.encode("utf-8")) for k, v in asking(tester, value).items()]
    answer = await api.get(ARTICLES, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, SCENARIO)


@pytest.mark.parametrize(
    "value", ["", "tomorrow", "2027-07-01", "2027-07-01T00:00:00", "1970-01-01T00:00:00Z", "9" * 80]
)
async def test_what_is_no_instant_is_refused(api: httpx.AsyncClient, tester: Credential, value: str) -> None:
    answer = await api.get(ARTICLES, headers=asking(tester, clock=value))
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, CLOCK)


@pytest.mark.parametrize("scenario", ["on_fire", "stale", "in_progress", "feed_gone", "empty;seconds=3"])
async def test_a_scenario_that_the_operation_cannot_meet_is_refused_with_those_that_it_can(
    api: httpx.AsyncClient, tester: Credential, scenario: str
) -> None:
    answer = await api.get(ARTICLES, headers=asking(tester, scenario))
    assert (answer.status_code, answer.json()["code"]) == (400, "scenario_not_available")
    assert "rate_limited" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/health", "/v2/openapi.json", "/docs/v2", "/problems"])
async def test_what_is_no_operation_cannot_be_tried_out(api: httpx.AsyncClient, tester: Credential, path: str) -> None:
    answer = await api.get(path, headers=asking(tester, "server_error"))
    assert (answer.status_code, answer.json()["code"]) == (400, "scenario_not_available")


@every(if_=lambda route: not is_open(route) and not needs_person(route))
async def test_a_scenario_answers_as_the_document_says_wherever_it_can_be_met(
    api: httpx.AsyncClient, tester: Credential, route: Route
) -> None:
    named = {parameter["name"] for parameter in route.document.parameters(route.operation)}
    for name, entry in scenarios(route).items():
        if "status" not in entry:
            continue
        documented = str(entry["status"]) in route.operation.node["responses"]
        can_be_met = documented and ("needs" not in entry or entry["needs"] in named)
        if name == "missing_scope":
            can_be_met = can_be_met and bool(route.operation.scopes)
        answer = await ask(route).saying(SCENARIO, name).send(api, tuple(tester.items()))
        expected = (entry["status"], entry["code"]) if can_be_met else (400, "scenario_not_available")
        assert (answer.status_code, code_of(answer).lower()) == expected, name
        assert answer.headers.get(SCENARIO) == (name if can_be_met else None)
        assert answer.headers.get("retry-after", "0").isdigit()


async def test_a_forced_answer_is_the_real_one_to_the_letter(
    api: httpx.AsyncClient, tester: Credential, live: Credential, seeded: Seeded
) -> None:
    poor = bearer(await make_test_key(api, live, requests_per_hour=1))
    narrow = bearer(await make_test_key(api, live, scopes=["sources:read"]))
    stranger = bearer(await make_test_key(api, live, requests_per_hour=1))
    feed = f"/v2/feeds/{seeded.feed}"
    collection = (await api.post("/v2/collections", json={"name": "Stale"}, headers=tester)).json()
    listed = f"/v2/collections/{collection['id']}"
    other = {**tester, "If-Match": '"something-else"'}
    assert (await api.get(ARTICLES, headers=poor)).status_code == 200
    pairs = (
        (await api.get(ARTICLES, headers=poor), await api.get(ARTICLES, headers=asking(stranger, "rate_limited"))),
        (await api.get(ARTICLES, headers=narrow), await api.get(ARTICLES, headers=asking(tester, "missing_scope"))),
        (await api.get(feed, headers=tester), await api.get(feed, headers=asking(tester, "feed_gone"))),
        (
            await api.patch(listed, json={"name": "x"}, headers=other),
            await api.patch(listed, json={"name": "x"}, headers=asking(tester, "stale")),
        ),
    )
    for real, played in pairs:
        assert real.is_client_error
        assert known(real) == known(played)
    left = pairs[0][1].headers
    assert (left["x-ratelimit-remaining"], left["retry-after"]) == ("0", "3600")


async def test_v1_answers_a_scenario_in_its_own_form(api: httpx.AsyncClient, tester: Credential) -> None:
    answer = await api.get("/v1/articles", headers=asking(tester, "rate_limited"))
    assert (answer.status_code, answer.json()["error"]) == (429, "RATE_LIMITED")
    assert {"retry-after", "ratelimit", "deprecation", "sunset"} <= set(answer.headers)


@pytest.mark.parametrize("path", sorted(map(path_of, filter(is_list, ROUTES))))
async def test_an_empty_list_is_the_engine_s_own(api: httpx.AsyncClient, tester: Credential, path: str) -> None:
    usual, answer = await api.get(path, headers=tester), await api.get(path, headers=asking(tester, "empty"))
    assert usual.status_code == 200
    if answer.status_code == 400:  # the caller's own organisation is always there, and the instance has been seen
        assert path in ("/v2/organizations", "/v2/contract/conformance")
        assert answer.json()["code"] == "scenario_not_available"
    else:
        assert (answer.status_code, answer.json()["data"], answer.headers[SCENARIO]) == (200, [], "empty")


async def test_an_empty_list_of_articles_says_why_whatever_the_filter(
    api: httpx.AsyncClient, tester: Credential
) -> None:
    for query in ("", "?q=harbour", "?category=science&sort=published_at", "?source=guardian&count=exact"):
        body = (await api.get(ARTICLES + query, headers=asking(tester, "empty"))).json()
        assert body["data"] == []
        assert body["warnings"]
        assert body["page"] == {"next_cursor": None, "has_more": False, "limit": 20}
    assert (await api.get(ARTICLES, headers=asking(tester, "empty"))).json()["warnings"][0]["code"] == "no_articles_yet"


async def test_a_forced_answer_is_neither_kept_nor_served_from_memory(
    api: httpx.AsyncClient, tester: Credential
) -> None:
    usual = (await api.get(ARTICLES, headers=tester)).json()
    assert (await api.get(ARTICLES, headers=asking(tester, "empty"))).json()["data"] == []
    assert (await api.get(ARTICLES, headers=tester)).json() == usual
    keyed = {**tester, "Idempotency-Key": "01a2277c-tried-out"}
    body = {"name": "Once"}
    for scenario in ("server_error", "in_progress", "unavailable"):
        assert (await api.post("/v2/collections", json=body, headers=asking(keyed, scenario))).status_code >= 409
    first = await api.post("/v2/collections", json=body, headers=keyed)
    assert first.status_code == 201
    assert "idempotency-replayed" not in first.headers
    assert (await api.post("/v2/collections", json=body, headers=keyed)).headers["idempotency-replayed"] == "true"


async def test_slow_is_slow_for_its_caller_alone(api: httpx.AsyncClient, tester: Credential) -> None:
    began = time.monotonic()
    waiting = asyncio.create_task(api.get(ARTICLES, headers=asking(tester, "slow;seconds=1.5")))
    quick = [await api.get(ARTICLES, headers=tester) for _ in range(3)]
    assert not waiting.done()
    assert [answer.status_code for answer in quick] == [200] * 3
    slow = await waiting
    assert time.monotonic() - began >= 1.5
    assert slow.status_code == 200
    assert slow.json() == quick[0].json()


async def test_more_slow_answers_than_a_process_waits_for_are_refused(
    api: httpx.AsyncClient, tester: Credential, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "MOST_SLOW", 2)
    waiting = [api.get("/v2/rate-limit", headers=asking(tester, "slow;seconds=1")) for _ in range(4)]
    assert sorted(answer.status_code for answer in await asyncio.gather(*waiting)) == [200, 200, 429, 429]


@every(if_=lambda route: route.document.version == "v1" and not is_open(route))
async def test_after_its_sunset_v1_has_ended_for_the_one_request(
    api: httpx.AsyncClient, tester: Credential, route: Route
) -> None:
    ended = await ask(route).saying(CLOCK, AFTER_SUNSET).send(api, tuple(tester.items()))
    assert (ended.status_code, ended.json()["error"]) == (410, "VERSION_SUNSET")
    assert {"deprecation", "sunset", "link"} <= set(ended.headers)
    assert (await ask(route).send(api, tuple(tester.items()))).status_code != 410


async def test_the_clock_moves_what_capabilities_say_and_v2_lives_on(
    api: httpx.AsyncClient, tester: Credential
) -> None:
    for clock, expected in (("2026-11-30T00:00:00Z", "current"), ("2027-01-01T00:00:00+01:00", "deprecated"),
                            (AFTER_SUNSET, "ended")):  # fmt: skip
        told = (await api.get("/v2/capabilities", headers=asking(tester, clock=clock))).json()
        assert [contract["status"] for contract in told["contracts"]] == [expected, "current"]


async def test_the_clock_moves_how_long_v1_is_reported_to_live_and_what_can_be_rehearsed(
    api: httpx.AsyncClient, tester: Credential
) -> None:
    made = (await api.post(KEYS, json={"name": "To rehearse", "scopes": ["articles:read"]}, headers=tester)).json()
    (version,) = (await api.get("/v2/deprecations", headers=tester)).json()["versions"]
    sunset = datetime.fromisoformat(version["sunset_at"])
    for hours, left in ((36, 2), (24, 1), (-1, 0)):
        clock = (sunset - timedelta(hours=hours)).isoformat()
        (moved,) = (await api.get("/v2/deprecations", headers=asking(tester, clock=clock))).json()["versions"]
        assert moved["days_left"] == left
    window = {"key_id": made["id"], "duration_seconds": 60}
    late = await api.post("/v2/rehearsals", json=window, headers=asking(tester, clock=AFTER_SUNSET))
    assert (late.status_code, late.json()["errors"][0]["code"]) == (422, "after_sunset")
    assert (await api.post("/v2/rehearsals", json=window, headers=tester)).status_code == 201


async def test_what_is_pipelined_behind_a_moved_request_has_the_usual_time(address: str, tester: Credential) -> None:
    host, port = address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"GET /v2/capabilities HTTP/1.1\r\nHost: {host}\r\nAuthorization: {tester['Authorization']}\r\n"
    writer.write(f"{head}{CLOCK}: {AFTER_SUNSET}\r\n\r\n{head}Connection: close\r\n\r\n".encode())
    both = await asyncio.wait_for(reader.read(), timeout=30)
    writer.close()
    assert both.count(b'"status":"ended"') == 1


async def test_forced_faults_are_not_counted_among_the_server_s(api: httpx.AsyncClient, tester: Credential) -> None:
    async def faults() -> float:
        lines = (await api.get("/metrics")).text.splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines
                   if line.startswith("tidings_http_requests_total") and 'status="500"' in line)  # fmt: skip

    before = await faults()
    for _ in range(3):
        assert (await api.get(ARTICLES, headers=asking(tester, "server_error"))).status_code == 500
    assert await faults() == before


async def test_a_browser_may_send_the_headers(api: httpx.AsyncClient) -> None:
    preflight = {"Origin": "https://app.example", "Access-Control-Request-Method": "GET"}
    answer = await api.options(ARTICLES, headers=preflight)
    assert {"X-Tidings-Scenario", "X-Tidings-Clock"} <= set(answer.headers["access-control-allow-headers"].split(", "))


def test_the_life_of_v1_lies_ahead_of_these_tests() -> None:
    assert datetime.now(UTC) < datetime(2027, 6, 30, tzinfo=UTC) - timedelta(days=1)
