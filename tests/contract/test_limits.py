"""Rate limit and cached answers: what the engine asks the limiter, and what the caller is told."""

import time

import pytest

from core.contract.ports import PolicyState
from core.contract.ratelimit import rate_lines
from tests.contract.fixtures.asgi import HOST, WRITER, call
from tests.contract.fixtures.ports import CountingLimiter
from tests.contract.fixtures.world import World

STRANGER = (b"authorization", b"Bearer stranger")
PERSON = (b"authorization", b"Bearer person")


async def test_a_call_beyond_the_budget_is_told_when_to_come_back() -> None:
    api = World(limiter=CountingLimiter(budget=1)).api()
    assert (await call(api, "GET", "/v2/things/a")).status == 200
    answer = await call(api, "GET", "/v2/things/a")
    assert (answer.status, answer.json()["code"], answer.header("retry-after")) == (429, "rate_limited", "36")
    assert answer.header("ratelimit") == '"key";r=0;t=60'


async def test_every_answer_says_what_is_left_and_errors_do_too() -> None:
    api = World(limiter=CountingLimiter(budget=10)).api()
    good, bad = await call(api, "GET", "/v2/things/a"), await call(api, "GET", "/v2/things?zzz=1")
    assert good.header("ratelimit-policy") == '"key";q=10;w=3600'
    assert (good.header("ratelimit"), bad.header("ratelimit")) == ('"key";r=9;t=60', '"key";r=8;t=60')
    assert (good.header("x-ratelimit-limit"), good.header("x-ratelimit-remaining")) == ("10", "9")
    assert abs(int(good.header("x-ratelimit-reset") or 0) - time.time() - 60) < 5


def test_several_policies_are_named_and_the_old_headers_speak_of_the_tightest() -> None:
    lines = rate_lines((PolicyState("key", 100, 3600, 42, 9), PolicyState("organization", 50, 60, 7, 3)))
    headers = dict(line.split(b": ", 1) for line in lines.split(b"\r\n"))
    assert headers[b"ratelimit-policy"] == b'"key";q=100;w=3600, "organization";q=50;w=60'
    assert headers[b"ratelimit"] == b'"key";r=42;t=9, "organization";r=7;t=3'
    assert (headers[b"x-ratelimit-limit"], headers[b"x-ratelimit-remaining"]) == (b"50", b"7")


async def test_the_price_of_an_operation_stands_in_its_document() -> None:
    world = World(limiter=CountingLimiter(budget=10))
    api = world.api()
    headers = (HOST, WRITER, (b"content-type", b"text/x-opml"))
    await call(api, "POST", "/v2/things/import", headers=headers, body=b"<opml/>")
    answer = await call(api, "GET", "/v2/numbers/1")
    assert [(c.operation, c.cost) for c in world.limiter.calls] == [("v2.importThings", 3), ("v2.getNumber", 0)]
    assert answer.header("x-ratelimit-remaining") == "7"


async def test_an_invalid_request_is_never_answered_from_the_cache() -> None:
    world = World()
    api = world.api()
    assert (await call(api, "GET", "/v2/things?limit=0")).status == 400
    assert world.limiter.answers == {}


async def test_another_organisation_never_gets_a_cached_answer() -> None:
    world = World()
    api = world.api()
    await call(api, "GET", "/v2/things")
    await call(api, "GET", "/v2/things", headers=(HOST, STRANGER))
    assert len(world.limiter.answers) == 2


async def test_a_cached_answer_is_the_same_bytes_with_all_its_headers() -> None:
    world = World()
    api = world.api()
    first = await call(api, "GET", "/v2/things?limit=2&kind=small")
    ends = list(world.units_of_work.ends)
    again = await call(api, "GET", "/v2/things?kind=small&limit=2")
    assert world.units_of_work.ends == ends, "the handler was not asked"
    assert again.body == first.body
    for name in ("etag", "link", "content-type", "cache-control", "content-length"):
        assert again.header(name) == first.header(name) is not None


async def test_a_request_of_a_person_that_is_to_be_noted_always_reaches_the_handler() -> None:
    world = World()
    api = world.api()
    for target in ("/v2/things?q=a", "/v2/things?kind=small&%71=a", "/v2/things?q=a"):
        assert (await call(api, "GET", target, headers=(HOST, PERSON))).status == 200
    assert (len(world.units_of_work.ends), world.limiter.answers) == (3, {})
    await call(api, "GET", "/v2/things?q=a")
    await call(api, "GET", "/v2/things?q=a")
    await call(api, "GET", "/v2/things?q=a", headers=(HOST, PERSON))
    await call(api, "GET", "/v2/things?kind=small", headers=(HOST, PERSON))
    await call(api, "GET", "/v2/things?kind=small", headers=(HOST, PERSON))
    assert (len(world.units_of_work.ends), len(world.limiter.answers)) == (6, 2)


@pytest.mark.parametrize("name", ["%C3%B9", "%F3%80%98%8D", "%FF", "%"])
async def test_a_parameter_with_a_strange_name_is_refused_to_a_person_as_to_a_key(name: str) -> None:
    api = World().api()
    for credential in (PERSON, WRITER):
        answer = await call(api, "GET", f"/v2/things?{name}=a", headers=(HOST, credential))
        assert answer.status == 400


@pytest.mark.parametrize("target", ["/v2/things", "/v2/things/a"], ids=["cached", "computed"])
async def test_an_answer_that_the_caller_holds_costs_nothing(target: str) -> None:
    api = World(limiter=CountingLimiter(budget=5)).api()
    first = await call(api, "GET", target)
    held = (HOST, WRITER, (b"if-none-match", (first.header("etag") or "").encode()))
    for _ in range(10):
        answer = await call(api, "GET", target, headers=held)
        assert (answer.status, answer.body, answer.header("etag")) == (304, b"", first.header("etag"))
        assert answer.header("x-ratelimit-remaining") == "4"
