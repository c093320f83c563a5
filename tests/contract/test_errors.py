"""Errors as each version promises them."""

import io

import pytest
from starlette.types import Message, Scope
from structlog.testing import capture_logs

from core.contract.edge import Edge
from core.errors import TidingsError, tree
from tests.contract.fixtures.asgi import HOST, JSON, WRITER, call
from tests.contract.fixtures.world import World


@pytest.fixture(scope="module")
def api() -> Edge:
    return World().api()


async def test_v2_says_every_fault_with_its_place(api: Edge) -> None:
    answer = await call(
        api,
        "POST",
        "/v2/things",
        headers=(HOST, WRITER, JSON, (b"x-request-id", b"req-00001")),
        body=b'{"name":"","z":1}',
    )
    assert answer.header("content-type") == "application/problem+json"
    assert answer.json() == {
        "type": "/problems/validation_failed",
        "title": "The request does not match the document",
        "status": 400,
        "detail": "The request has 2 faults.",
        "instance": "/v2/things",
        "code": "validation_failed",
        "request_id": "req-00001",
        "errors": [
            {"pointer": "/name", "parameter": None, "code": "min_length", "detail": "must have 1 character or more"},
            {"pointer": "/z", "parameter": None, "code": "unknown_member", "detail": "is not a member of this object"},
        ],
    }


async def test_v1_says_one_fault_plainly(api: Edge) -> None:
    answer = await call(api, "GET", "/v1/things?limit=101")
    assert answer.header("content-type") == "application/json"
    assert answer.json() == {"error": "VALIDATION_FAILED", "message": "must be 100 or less", "field": "limit"}


async def test_v1_says_all_faults_in_its_one_message(api: Edge) -> None:
    body = b'{"name":"","parts":[{"url":"x"}]}'
    answer = await call(api, "POST", "/v1/things", headers=(HOST, WRITER, JSON), body=body)
    assert answer.json()["field"] == "name"
    assert answer.json()["message"] == "name: must have 1 character or more; parts.0.url: must be a uri"


async def test_v1_has_no_field_where_nothing_is_at_fault(api: Edge) -> None:
    answer = await call(api, "GET", "/v1/things/missing")
    assert answer.json() == {"error": "NOT_FOUND", "message": "There is no such thing.", "field": None}
    nothing = await call(api, "POST", "/v1/things", headers=(HOST, WRITER, JSON), body=b"")
    assert nothing.json() == {"error": "VALIDATION_FAILED", "message": "the request needs a body", "field": None}


@pytest.mark.parametrize("target", ["/nothing", "/v3/things", "/", "/docs/v9"])
async def test_an_address_of_no_version_gets_a_problem(api: Edge, target: str) -> None:
    answer = await call(api, "PUT", target, headers=(HOST,))
    assert answer.status in (404, 405)
    assert answer.header("content-type") == "application/problem+json"


async def test_a_missing_resource_and_an_unknown_path_are_404(api: Edge) -> None:
    assert (await call(api, "GET", "/v2/things/missing")).json()["detail"] == "There is no such thing."
    assert (await call(api, "GET", "/v2/nothing")).json()["title"] == "There is nothing at this address"


@pytest.mark.parametrize("path", ["/v2/nothing", "/nothing", "/v2/a%22b\\c", "/v2/things/a/b/c"])
async def test_the_answer_to_an_unknown_path_is_a_problem_like_any_other(api: Edge, path: str) -> None:
    unknown = await call(api, "GET", path, headers=(HOST,))
    missing = await call(api, "GET", "/v2/things/missing", headers=(HOST, WRITER))
    assert list(unknown.json()) == list(missing.json())
    assert unknown.json() == {
        "type": "/problems/not_found",
        "title": "There is nothing at this address",
        "status": 404,
        "detail": "There is nothing at this address.",
        "instance": path.replace("\\", "%5C"),
        "code": "not_found",
        "request_id": unknown.header("x-request-id"),
        "errors": [],
    }
    assert unknown.header("content-length") == str(len(unknown.body))
    assert unknown.header("cache-control") == "no-store"
    assert (await call(api, "HEAD", path, headers=(HOST,))).body == b""


async def test_v1_says_the_same_in_its_own_form(api: Edge) -> None:
    unknown = await call(api, "GET", "/v1/nothing", headers=(HOST,))
    assert unknown.json() == {"error": "NOT_FOUND", "message": "There is nothing at this address.", "field": None}
    assert unknown.header("content-type") == "application/json"
    assert unknown.header("content-length") == str(len(unknown.body))


async def test_a_strange_path_is_repeated_as_a_uri_and_cut(api: Edge) -> None:
    answer = await call(api, "GET", b"/v2/<script>\xe4" + b"%41" * 100)
    instance = answer.json()["instance"]
    assert instance.startswith("/v2/%3Cscript%3E%C3%A4%41")
    assert len(instance) < 300


async def test_a_long_value_is_never_repeated_in_full(api: Edge) -> None:
    answer = await call(api, "GET", f"/v2/things?{'x' * 5000}=1&kind={'y' * 2000}")
    assert answer.status == 400
    assert len(answer.body) < 2000


async def test_an_error_of_a_dependency_says_when_to_try_again(api: Edge) -> None:
    answer = await call(api, "GET", "/v2/away")
    assert (answer.status, answer.header("retry-after")) == (503, "2")


async def test_a_bug_is_a_500_that_tells_nothing(api: Edge) -> None:
    with capture_logs() as logged:
        answer = await call(api, "GET", "/v2/fault")
    assert (answer.status, answer.json()["detail"]) == (500, "Something went wrong on our side.")
    assert b"hunter2" not in answer.body
    (event,) = logged
    assert event["request_id"] == answer.json()["request_id"]
    assert "RuntimeError: the password is hunter2" in event["exception"], "the operator sees the traceback"
    assert "Bearer writer" not in event["exception"], "and no local variables"


async def test_a_bug_and_a_refusal_roll_the_unit_of_work_back() -> None:
    world = World()
    api = world.api()
    for target in ("/v2/fault", "/v2/things/missing", "/v2/things/a"):
        await call(api, "GET", target)
    assert world.units_of_work.ends == ["rolled back", "rolled back", "committed"]


async def test_an_invalid_request_never_opens_a_unit_of_work() -> None:
    world = World()
    assert (await call(world.api(), "GET", "/v2/things?limit=0")).status == 400
    assert world.units_of_work.ends == []


def test_every_error_of_the_tree_is_a_client_or_a_server_error() -> None:
    kinds: list[type[TidingsError]] = [TidingsError, *tree()]
    assert [kind.__name__ for kind in kinds if not 400 <= kind.status < 600] == []


async def test_a_client_that_goes_away_gets_no_answer_and_is_logged() -> None:
    world = World(log=io.BytesIO())
    api = world.api()
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": "/v2/things",
        "raw_path": b"/v2/things",
        "query_string": b"",
        "headers": [HOST, WRITER, JSON, (b"content-length", b"10")],
        "client": None,
    }
    await api(scope, receive, send)
    assert sent == []
    assert b'"status":499' in world.lines()
