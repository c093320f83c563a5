"""What an operator sees of a request: one line in the log, and the metrics."""

import json
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from core.contract.api import Options
from tests.contract.fixtures.asgi import HOST, JSON, WRITER, call
from tests.contract.fixtures.ports import WRITER as WRITER_PRINCIPAL
from tests.contract.fixtures.world import World


def lines(world: World) -> list[dict[str, Any]]:
    return [json.loads(line) for line in world.lines().splitlines()]


async def test_a_request_is_one_json_line() -> None:
    world = World()
    answer = await call(world.api(), "GET", "/v2/things?limit=5")
    (line,) = lines(world)
    assert line.pop("duration_ms") >= 0
    assert line.pop("time").endswith("Z")
    assert line == {
        "event": "request",
        "logger": "tidings.access",
        "level": "info",
        "method": "GET",
        "operation": "v2.listThings",
        "path": "/v2/things",
        "status": 200,
        "key": str(WRITER_PRINCIPAL.principal_id),
        "organization": str(WRITER_PRINCIPAL.organization_id),
        "request_id": answer.header("x-request-id"),
    }


async def test_a_request_for_nothing_is_logged_as_unmatched() -> None:
    world = World()
    await call(world.api(), "GET", "/v2/nothing", headers=(HOST,))
    (line,) = lines(world)
    assert (line["operation"], line["status"], line["key"]) == ("unmatched", 404, None)


async def test_an_error_of_ours_is_logged_as_one() -> None:
    world = World()
    await call(world.api(), "GET", "/v2/away")
    assert lines(world)[0]["level"] == "error"


async def test_no_secret_reaches_the_log() -> None:
    world = World()
    api = world.api()
    key = "tdk_live_" + "a" * 36
    for target in (f"/v2/things/{key}", f"/v2/{key}", f"/v2/things?api_key={key}", f"/v2/things?q={key}"):
        await call(api, "GET", target, headers=(HOST, (b"authorization", b"Bearer " + key.encode())))
    body = json.dumps({"name": key}).encode()
    await call(api, "POST", "/v2/things", headers=(HOST, WRITER, JSON), body=body)
    text = world.lines().decode()
    assert len(lines(world)) == 5
    assert key not in text
    assert "Bearer" not in text
    assert "writer" not in text


@pytest.mark.parametrize("token", ["sesameopen", "sesameok"])
async def test_a_token_in_an_address_is_not_logged(token: str) -> None:
    """Good or bad: who reads the log must not read what the address gives."""
    world = World()
    await call(world.api(), "GET", f"/v2/shares/{token}/page", headers=(HOST,))
    (line,) = lines(world)
    assert line["path"] == "/v2/shares/{token}/page"
    assert token.encode() not in world.lines()


@pytest.mark.parametrize("path", ["/v2/a%0A%7B%22event%22:%22forged%22%7D", "/v2/a%1b[31m%0d%0a", "/v2/%E2%80%A8x"])
async def test_a_path_cannot_begin_a_line_of_its_own(path: str) -> None:
    world = World()
    await call(world.api(), "GET", path, headers=(HOST,))
    assert len(world.lines().splitlines()) == 1
    assert lines(world)[0]["event"] == "request"
    assert b"\x1b" not in world.lines()


async def test_a_long_path_is_cut() -> None:
    world = World()
    await call(world.api(), "GET", "/v2/" + "a" * 5000, headers=(HOST,))
    assert len(lines(world)[0]["path"]) == 200


async def test_a_probe_that_went_well_is_not_logged() -> None:
    world = World()
    await call(world.api(), "GET", "/health", headers=(HOST,))
    assert lines(world) == []


async def test_requests_are_counted_by_operation_version_and_status_and_never_by_path() -> None:
    registry = CollectorRegistry()
    api = World(options=Options(registry=registry)).api()
    for target in ("/v2/things/a", "/v2/things/b", "/v2/things/missing", "/v2/nothing", "/v1/nothing", "/health"):
        await call(api, "GET", target)
    text = generate_latest(registry).decode()
    assert 'tidings_http_requests_total{operation="v2.getThing",status="200",version="v2"} 2.0' in text
    assert 'tidings_http_requests_total{operation="v2.getThing",status="404",version="v2"} 1.0' in text
    assert 'tidings_http_requests_total{operation="unmatched",status="404",version="v1"} 1.0' in text
    assert 'tidings_http_requests_total{operation="site.health",status="200",version=""} 1.0' in text
    assert 'tidings_http_request_duration_seconds_count{operation="v2.getThing",version="v2"} 3.0' in text
    assert 'tidings_http_request_duration_seconds_bucket{le="+Inf",operation="v2.getThing",version="v2"} 3.0' in text
    assert "tidings_http_requests_in_flight 0.0" in text
    assert "/v2/things" not in text


async def test_more_requests_than_the_server_takes_at_once_are_told_to_come_back() -> None:
    api = World(options=Options(max_in_flight=0)).api()
    answer = await call(api, "GET", "/v1/things")
    assert (answer.status, answer.header("retry-after"), answer.json()["error"]) == (503, "1", "UNAVAILABLE")
    assert answer.header("deprecation"), "even this one says that v1 ends"


async def test_the_edge_enters_the_process_context_once_for_each_request() -> None:
    entered: list[int] = []
    api = World(options=Options(enter=lambda: entered.append(1))).api()
    for target in ("/v2/things", "/health", "/v2/nothing"):
        await call(api, "GET", target)
    assert len(entered) == 3
