"""The life of a version: announced on every answer, ended by the date in its document."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from core.contract.edge import Edge
from core.contract.lifecycle import Version, versions_of
from core.kit.clock import FixedClock
from tests.contract.fixtures.asgi import HOST, JSON, WRITER, call
from tests.contract.fixtures.ports import CountingLimiter
from tests.contract.fixtures.world import World, documents

SUNSET = datetime(2027, 6, 30, 23, 59, 59, tzinfo=UTC)


@pytest.fixture(scope="module")
def api() -> Edge:
    return World(clock=FixedClock(SUNSET)).api()


@pytest.fixture(scope="module")
def ended() -> Edge:
    return World(clock=FixedClock(SUNSET + timedelta(seconds=1))).api()


def test_a_sunset_before_the_deprecation_stops_the_start() -> None:
    document = documents()["v1"] | {"x-sunset": "2026-01-01T00:00:00Z"}
    with pytest.raises(ValueError, match="RFC 8594"):
        Version("v1", document)


def test_the_dates_come_from_the_document() -> None:
    document = documents()["v1"] | {"x-deprecated-since": "2030-01-01T00:00:00Z", "x-sunset": "2030-06-01T00:00:00Z"}
    lines = versions_of({"v1": document, "v2": documents()["v2"]})["v1"].lines("/v1/things", {})
    headers = dict(line.split(b": ", 1) for line in lines.split(b"\r\n"))
    assert headers[b"deprecation"] == b"@1893456000"
    assert parsedate_to_datetime(headers[b"sunset"].decode()) == datetime(2030, 6, 1, tzinfo=UTC)


def test_the_guide_that_the_document_names_is_linked() -> None:
    document = documents()["v1"] | {"x-replaced-by": {"guide": "/moving"}}
    lines = versions_of({"v1": document, "v2": documents()["v2"]})["v1"].lines("/v1/things", {})
    assert b'</moving>; rel="deprecation"; type="text/html"' in lines


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/v1/things", 200),
        ("HEAD", "/v1/things", 200),
        ("OPTIONS", "/v1/things", 204),
        ("GET", "/v1/things?limit=0", 400),
        ("GET", "/v1/things?" + "a" * 9000, 414),
        ("GET", "/v1/things/%ff", 400),
        ("GET", "/v1/nothing", 404),
        ("GET", "/v1", 404),
        ("DELETE", "/v1/things", 405),
        ("POST", "/v1/things", 400),
        ("GET", "/v1/openapi.json", 200),
    ],
)
async def test_every_answer_of_a_deprecated_version_says_so(api: Edge, method: str, target: str, status: int) -> None:
    answer = await call(api, method, target)
    assert answer.status == status
    assert answer.header("deprecation") == "@1796083200"
    assert answer.header("sunset") == "Wed, 30 Jun 2027 23:59:59 GMT"
    assert 'rel="successor-version"' in (answer.header("link") or "")
    assert '</migration>; rel="deprecation"; type="text/html"' in (answer.header("link") or "")


async def test_refusals_at_the_door_say_so_too() -> None:
    api = World(limiter=CountingLimiter(budget=0)).api()
    for headers, status in (((HOST,), 429), ((HOST, WRITER), 429), ((WRITER,), 400)):
        answer = await call(api, "GET", "/v1/things", headers=headers)
        assert (answer.status, answer.header("deprecation")) == (status, "@1796083200")


@pytest.mark.parametrize(
    ("target", "successor"),
    [
        ("/v1/things", "</v2/things>"),
        ("/v1/things/abc", "</v2/things/abc>"),
        ("/v1/things/a%3E%20b", "</v2/things/a%3E%20b>"),
        ("/v1/nothing", "</docs/v2>"),
    ],
)
async def test_the_successor_of_a_resource_is_named(api: Edge, target: str, successor: str) -> None:
    link = (await call(api, "GET", target)).header("link") or ""
    assert link.startswith(f'{successor}; rel="successor-version"')


async def test_the_present_version_says_nothing(api: Edge) -> None:
    answer = await call(api, "GET", "/v2/things")
    assert (answer.header("deprecation"), answer.header("sunset"), answer.header("link")) == (None, None, None)


@pytest.mark.parametrize(
    ("method", "target", "message"),
    [
        ("GET", "/v1/things", "v1 ended on 30 June 2027. Use GET /v2/things."),
        ("GET", "/v1/things/a", "v1 ended on 30 June 2027. Use GET /v2/things/{thing_id}."),
        ("POST", "/v1/things", "v1 ended on 30 June 2027. Use POST /v2/things."),
        ("GET", "/v1/nothing", "v1 ended on 30 June 2027. Use v2."),
    ],
)
async def test_after_the_sunset_the_answer_names_the_replacement(
    ended: Edge, method: str, target: str, message: str
) -> None:
    answer = await call(ended, method, target, headers=(HOST, WRITER, JSON))
    assert answer.status == 410
    assert answer.json() == {"error": "VERSION_SUNSET", "message": message, "field": None}
    assert answer.header("sunset") == "Wed, 30 Jun 2027 23:59:59 GMT"


async def test_after_the_sunset_nobody_needs_a_credential_to_learn_it(ended: Edge) -> None:
    assert (await call(ended, "GET", "/v1/things", headers=(HOST,))).status == 410


async def test_after_the_sunset_the_document_and_the_next_version_remain(ended: Edge) -> None:
    assert (await call(ended, "GET", "/v1/openapi.json")).status == 200
    assert (await call(ended, "GET", "/v2/things")).status == 200


async def test_up_to_the_last_second_the_version_answers(api: Edge) -> None:
    assert (await call(api, "GET", "/v1/things")).status == 200
