"""Ahead of its Sunset a version is over for a while: for everybody in a brown-out, for one key in a rehearsal."""

from datetime import UTC, datetime, timedelta

import pytest

from core.contract.api import Options
from core.contract.edge import Edge
from core.kit.clock import FixedClock
from core.kit.windows import Window
from tests.contract.fixtures.asgi import HOST, JSON, WRITER, call
from tests.contract.fixtures.ports import CountingLimiter
from tests.contract.fixtures.world import World

START = datetime(2027, 5, 4, 9, tzinfo=UTC)
END = START + timedelta(minutes=15)
WEEKLY = Window(START, END - START, timedelta(days=7))
REHEARSING = (b"authorization", b"Bearer rehearsing")


def world(now: datetime, *brownouts: Window) -> World:
    return World(clock=FixedClock(now), options=Options(brownouts=brownouts or (WEEKLY,)))


@pytest.fixture
def brown_out() -> Edge:
    return world(START + timedelta(days=7)).api()


@pytest.fixture
def api() -> Edge:
    return world(START - timedelta(seconds=1)).api()


@pytest.mark.parametrize(
    ("method", "target", "use"),
    [
        ("GET", "/v1/things", "Use GET /v2/things."),
        ("POST", "/v1/things", "Use POST /v2/things."),
        ("GET", "/v1/nothing", "Use v2."),
    ],
)
async def test_in_a_brown_out_everybody_gets_the_answer_of_later(
    brown_out: Edge, method: str, target: str, use: str
) -> None:
    answer = await call(brown_out, method, target, headers=(HOST, JSON))
    message = f"This is a brown-out, until 2027-05-11T09:15:00Z: v1 ends on 30 June 2027. {use}"
    assert answer.status == 410
    assert answer.json() == {"error": "VERSION_SUNSET", "message": message, "field": None}
    assert answer.header("x-tidings-brownout") == f"ends=@{int((END + timedelta(days=7)).timestamp())}"
    assert answer.header("retry-after") is None, "a client that tries again learns nothing"
    assert answer.header("sunset") == "Wed, 30 Jun 2027 23:59:59 GMT"


async def test_in_a_brown_out_the_document_and_the_next_version_remain(brown_out: Edge) -> None:
    for target in ("/v1/openapi.json", "/v2/things"):
        assert (await call(brown_out, "GET", target)).status == 200


async def test_between_brown_outs_the_version_answers(api: Edge) -> None:
    assert (await call(api, "GET", "/v1/things")).status == 200
    assert (await call(world(END).api(), "GET", "/v1/things")).status == 200


async def test_after_the_sunset_no_brown_out_hides_it() -> None:
    late = Window(datetime(2027, 7, 1, tzinfo=UTC), timedelta(days=1))
    answer = await call(world(late.starts_at, late).api(), "GET", "/v1/things")
    assert answer.json()["message"] == "v1 ended on 30 June 2027. Use GET /v2/things."
    assert answer.header("x-tidings-brownout") is None


async def test_scripts_of_browsers_may_read_that_it_is_a_brown_out(brown_out: Edge) -> None:
    answer = await call(brown_out, "GET", "/v1/things", headers=(HOST, (b"origin", b"https://app.example")))
    assert "X-Tidings-Brownout" in (answer.header("access-control-expose-headers") or "")


async def test_every_answer_links_to_how_versions_end(api: Edge) -> None:
    link = (await call(api, "GET", "/v1/things")).header("link") or ""
    assert '</sunset-policy>; rel="sunset"; type="text/html"' in link


@pytest.mark.parametrize("stock_only", [False, True])
async def test_a_key_in_rehearsal_gets_the_answer_of_later(*, stock_only: bool) -> None:
    limiter = CountingLimiter()
    api = World(limiter=limiter, clock=FixedClock(START), stock_only=stock_only).api()
    answer = await call(api, "GET", "/v1/things/a", headers=(HOST, REHEARSING))
    message = "This is a rehearsal, until 2026-11-21T10:00:00Z: v1 ends on 30 June 2027. Use GET /v2/things/{thing_id}."
    assert (answer.status, answer.json()) == (410, {"error": "VERSION_SUNSET", "message": message, "field": None})
    assert answer.header("x-tidings-rehearsal") == "ends=@1795255200"
    assert limiter.spent == {}, "what would be refused by all keys later costs nothing now"


async def test_a_rehearsal_leaves_other_keys_and_the_next_version_alone(api: Edge) -> None:
    assert (await call(api, "GET", "/v1/things", headers=(HOST, WRITER))).status == 200
    assert (await call(api, "GET", "/v2/things", headers=(HOST, REHEARSING))).status == 200


async def test_a_lacking_scope_is_not_what_a_rehearsal_shows(api: Edge) -> None:
    answer = await call(api, "POST", "/v1/things", headers=(HOST, REHEARSING, JSON), body=b'{"title": "x"}')
    assert answer.status == 410
