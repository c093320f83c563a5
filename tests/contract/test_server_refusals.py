"""Over real sockets: what the server refuses before a request is whole has the form of the version that was asked."""

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any, Final

import pytest
from starlette.types import Receive, Scope, Send

from core.contract.cycle import REFUSED
from core.contract.protocol import GuardedProtocol
from core.errors import TidingsError
from tests.contract.fixtures.sockets import (
    HEAD,
    PATIENCE_S,
    Crowded,
    Impatient,
    connect,
    exchange,
    get,
    read_to_the_end,
    start_post,
)
from tests.contract.fixtures.world import World, served

CHUNKED: Final = b"Transfer-Encoding: chunked\r\n"
FREE: Final = b"GET /v2/free HTTP/1.1\r\nHost: x\r\n\r\n"
UNREADABLE: Final = b" HTTP/1.1\r\n" + HEAD + b"X-A: a\x01b\r\n\r\n"
MEMBERS: Final = {
    "v1": {"error", "message", "field"},
    "v2": {"type", "title", "status", "detail", "instance", "code", "request_id", "errors"},
}
ENDING: Final = {b"deprecation", b"sunset", b"link"}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with served(World().api(), Impatient) as port:
        yield port


def parts(answer: bytes) -> tuple[int, dict[bytes, bytes], Any]:
    """Status, headers and body of the one answer that this is."""
    assert answer.count(b"HTTP/1.1 ") == 1, answer
    head, _, body = answer.partition(b"\r\n\r\n")
    line, *fields = head.split(b"\r\n")
    named = (field.partition(b": ") for field in fields)
    return int(line.split(b" ")[1]), {name.lower(): value for name, _, value in named}, json.loads(body)


def all_that_comes(port: int, data: bytes) -> bytes:
    """What the server says to this, until it closes although the client has not."""
    with connect(port) as connection:
        connection.sendall(data)
        return read_to_the_end(connection)


REFUSALS = {
    "a head that cannot be read": (lambda path: b"GET " + path + UNREADABLE, 400),
    "a head that does not go on": (lambda path: b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nX-A: ", 408),
    "a head that does not end": (lambda path: b"GET " + path + b" HTTP/1.1\r\nX-A: " + b"a" * 70_000, 431),
    "a body that does not go on": (lambda path: start_post(b"Content-Length: 1000\r\n", path) + b"{", 408),
    "a chunk that does not go on": (lambda path: start_post(CHUNKED, path) + b"ff\r\n{", 408),
    "a chunk that cannot be read": (lambda path: start_post(CHUNKED, path) + b"1\r\n{\r\nzz\r\n", 400),
}


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize(("request_of", "expected"), REFUSALS.values(), ids=REFUSALS)
def test_a_request_that_is_not_whole_is_refused_as_its_version_refuses(
    port: int, version: str, request_of: Any, expected: int
) -> None:
    path = f"/{version}/things"
    status, headers, body = parts(all_that_comes(port, request_of(path.encode())))
    assert (status, set(body)) == (expected, MEMBERS[version])
    assert set(headers) & ENDING == (ENDING if version == "v1" else set())
    assert {b"x-request-id", b"x-content-type-options", b"cache-control", b"date"} <= set(headers)
    assert headers[b"connection"] == b"close"
    assert headers.get(b"retry-after") == (b"1" if expected == 408 else None)
    if version == "v2":
        assert (body["status"], body["instance"]) == (expected, path)
        assert body["request_id"].encode() == headers[b"x-request-id"]


def test_what_is_refused_is_in_the_access_log() -> None:
    world = World()
    with served(world.api(), Impatient) as port:
        all_that_comes(port, b"GET /v1/things HTTP/1.1\r\nHost: x\r\n")
    assert b'"status":408' in world.lines()


@pytest.mark.parametrize("data", [b"GET ", b"GET /v", b"\r\n"], ids=["a method", "half a version", "an empty line"])
def test_where_no_version_is_known_the_newest_one_s_form_is_used(port: int, data: bytes) -> None:
    status, headers, body = parts(all_that_comes(port, data))
    assert (status, set(body), headers[b"retry-after"]) == (408, MEMBERS["v2"], b"1")
    assert not set(headers) & ENDING
    assert body["request_id"].encode() == headers[b"x-request-id"]


def test_a_connection_too_many_is_refused_in_the_newest_form() -> None:
    with served(World().api(), Crowded) as port, connect(port) as one, connect(port) as two:
        for connection in (one, two):
            connection.sendall(FREE)
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        with connect(port) as three:
            status, headers, body = parts(read_to_the_end(three))
    assert (status, body["code"], headers[b"retry-after"]) == (503, "unavailable", b"1")


def test_a_refused_head_request_gets_no_body(port: int) -> None:
    answer = all_that_comes(port, b"HEAD /v1/things HTTP/1.1\r\nHost: x\r\n")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert answer.endswith(b"\r\n\r\n")


def test_what_cannot_be_read_behind_a_request_is_refused_after_its_answer(port: int) -> None:
    answers = all_that_comes(port, FREE + b"GET /v1/things" + UNREADABLE + get(b"/v2/things"))
    first, second, *more = answers.split(b"HTTP/1.1 ")[1:]
    assert first.startswith(b"200 ")
    assert first.endswith(b'{"free":true}')
    assert set(parts(b"HTTP/1.1 " + second)[2]) == MEMBERS["v1"]
    assert not more


def test_garbage_behind_a_request_that_waits_for_its_answer_is_not_taken_for_its_end(port: int) -> None:
    status, headers, body = parts(all_that_comes(port, FREE + b"\x16\x03\x01\r\n\r\n"))
    assert (status, headers[b"connection"], body) == (200, b"close", {"free": True})


def test_an_address_that_comes_in_two_parts_around_an_answer_is_read_whole(port: int) -> None:
    with connect(port) as connection:
        connection.sendall(FREE + b"GET /v2/numb")
        assert connection.recv(65536).endswith(b'{"free":true}')
        connection.sendall(get(b"/v2/numbers/7").removeprefix(b"GET /v2/numb"))
        assert parts(read_to_the_end(connection))[2] == {"number": 7}


@pytest.mark.parametrize("rest", [b"", b"zz\r\n"], ids=["that does not come", "that cannot be read"])
def test_an_answered_request_is_not_answered_again_for_the_rest_of_its_body(port: int, rest: bytes) -> None:
    with connect(port) as connection:
        connection.sendall(b"GET /v2/free HTTP/1.1\r\nHost: x\r\n" + CHUNKED + b"\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        connection.sendall(rest)
        assert read_to_the_end(connection) == b""


class Observed(GuardedProtocol):
    """Tells when it refused something."""

    refused = threading.Event()

    def _refuse(self, error: TidingsError) -> None:
        super()._refuse(error)
        self.refused.set()


async def held(scope: Scope, receive: Receive, send: Send) -> None:
    """An application whose answer to /hold ends when somebody asks for anything else."""
    if scope["type"] == "lifespan":
        scope["state"]["go"] = asyncio.Event()
        for outcome in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{outcome}.complete"})
        return
    refusal: TidingsError | None = scope.get(REFUSED)
    await send({"type": "http.response.start", "status": refusal.status if refusal else 200, "headers": []})
    await send({"type": "http.response.body", "body": b"begun ", "more_body": True})
    if scope["path"] == "/hold":
        await scope["state"]["go"].wait()
    scope["state"]["go"].set()
    await send({"type": "http.response.body", "body": b"done"})


def test_a_head_that_does_not_end_is_not_collected_while_an_answer_before_it_is_on_its_way() -> None:
    with served(held, Observed) as port, connect(port) as connection:
        connection.sendall(b"GET /hold HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        connection.sendall(b"GET /v1/things HTTP/1.1\r\nX-A: " + b"a" * 70_000)
        assert Observed.refused.wait(PATIENCE_S)
        assert exchange(port, get(b"/go"))[0] == 200
        rest = read_to_the_end(connection)
    assert b"HTTP/1.1 431 " in rest.partition(b"done")[2]
