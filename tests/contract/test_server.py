"""Over real sockets: what only a server can be asked. Malformed HTTP, slow clients, bodies that never end."""

import http.client
import json
import socket
from collections.abc import Iterator

import pytest
from starlette.types import Receive, Scope, Send

from tests.contract.fixtures.sockets import (
    HEAD,
    JSON,
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


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with served(World().api()) as port:
        yield port


@pytest.fixture(scope="module")
def impatient() -> Iterator[int]:
    with served(World().api(), Impatient) as port:
        yield port


def post(body: bytes, headers: bytes = JSON) -> bytes:
    length = b"Content-Length: %d\r\n" % len(body)
    return b"POST /v2/things HTTP/1.1\r\n" + HEAD + headers + length + b"Connection: close\r\n\r\n" + body


def chunked(body: bytes) -> bytes:
    framed = b"".join(
        b"%x\r\n%b\r\n" % (len(body[at : at + 65536]), body[at : at + 65536]) for at in range(0, len(body), 65536)
    )
    return start_post(b"Transfer-Encoding: chunked\r\nConnection: close\r\n") + framed + b"0\r\n\r\n"


MALFORMED = {
    "no HTTP at all": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 10,
    "an unknown method": b"FOO / HTTP/1.1\r\n" + HEAD + b"\r\n",
    "a space before the colon": b"GET /v2/things HTTP/1.1\r\nHost : x\r\n\r\n",
    "a folded header": b"GET /v2/things HTTP/1.1\r\nHost: x\r\nX-A: a\r\n b\r\n\r\n",
    "NUL in a header": get(b"/v2/things", b"X-A: a\x00b\r\n"),
    "a control character in a header": get(b"/v2/things", b"X-A: a\x01b\r\n"),
    "a negative length": start_post(b"Content-Length: -5\r\n"),
    "a signed length": start_post(b"Content-Length: +2\r\n") + b"{}",
    "two lengths": start_post(b"Content-Length: 2\r\nContent-Length: 3\r\n") + b"{} ",
    "length and chunks": start_post(b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n") + b"0\r\n\r\n",
    "an unknown transfer coding": start_post(b"Transfer-Encoding: xchunked\r\n"),
    "a broken chunk": start_post(b"Transfer-Encoding: chunked\r\n") + b"zz\r\n",
    "a tunnel": b"CONNECT tidings.test:443 HTTP/1.1\r\n" + HEAD + b"\r\n",
    "no host": b"GET /v2/things HTTP/1.1\r\nAuthorization: Bearer writer\r\nConnection: close\r\n\r\n",
    "two hosts": get(b"/v2/things", b"Host: other\r\n"),
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED)
def test_malformed_http_is_400_and_closes(port: int, data: bytes) -> None:
    status, answer = exchange(port, data)
    assert status == 400
    assert b"connection: close" in answer.lower()
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "validation_failed"


def test_what_comes_behind_malformed_http_is_not_answered(port: int) -> None:
    _, answer = exchange(port, b"GET /v2/things HTTP/1.1\r\n" + HEAD + b"X-A: a\x01b\r\n\r\n" + get(b"/v2/things"))
    assert answer.count(b"HTTP/1.1 ") == 1


def test_malformed_http_behind_a_good_request_says_nothing_of_its_address(port: int) -> None:
    with connect(port) as connection:
        connection.sendall(b"GET /v2/things HTTP/1.1\r\n" + HEAD + b"\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        connection.sendall(b"\x16\x03\x01\x02\x00 / HTTP/1.1\r\n\r\n")
        head, _, body = read_to_the_end(connection).partition(b"\r\n\r\n")
    problem = json.loads(body)
    assert (problem["status"], problem["instance"]) == (400, "/")
    assert problem["request_id"].encode() in head


HOSTILE = {
    "ten thousand headers": (get(b"/v2/things", b"".join(b"X-%d: a\r\n" % n for n in range(10_000))), 431),
    "a header of 100 kB": (get(b"/v2/things", b"X-A: " + b"a" * 100_000 + b"\r\n"), 431),
    "a header of 5 MB": (get(b"/v2/things", b"X-A: " + b"a" * 5_000_000 + b"\r\n"), 431),
    "a query of 20 kB": (get(b"/v2/things?q=" + b"a" * 20_000), 414),
    "50 MB of JSON": (post(b'{"name":"' + b"a" * 50_000_000 + b'"}'), 413),
    "5 MB of chunks": (chunked(b'{"name":"' + b"a" * 5_000_000 + b'"}'), 413),
    "100,000 brackets": (post(b'{"name":' + b"[" * 100_000 + b"]" * 100_000 + b"}"), 400),
    "an integer of 5,000 digits": (post(b'{"name":"a","size":' + b"9" * 5000 + b"}"), 400),
    "NaN": (post(b'{"name":"a","ratio":NaN}'), 400),
    "upper case and another shape": (post(b'{"zzz":1}', b"Content-Type: APPLICATION/JSON\r\n"), 400),
    "no media type": (post(b'{"name":"a"}', b""), 415),
    "gzip": (post(b"\x1f\x8b\x08\x00", JSON + b"Content-Encoding: gzip\r\n"), 415),
    "a second Content-Type": (post(b'{"name":"a"}', JSON + b"Content-Type: text/plain\r\n"), 400),
    "a method override": (get(b"/v2/things", b"X-HTTP-Method-Override: DELETE\r\n"), 200),
    "an upgrade to WebSocket": (get(b"/v2/things", b"Upgrade: websocket\r\nSec-WebSocket-Key: x\r\n"), 200),
    "raw Latin-1 in the query": (get(b"/v2/things?q=\xe4"), 400),
    "TRACE": (b"TRACE /v2/things HTTP/1.1\r\n" + HEAD + b"Connection: close\r\n\r\n", 405),
    "HTTP/1.0": (b"GET /v2/free HTTP/1.0\r\nHost: x\r\n\r\n", 200),
    "an absolute target": (get(b"http://tidings.test/v2/things"), 200),
    "an absolute target without a path": (get(b"http://tidings.test"), 404),
    "chunks": (chunked(b'{"name":"a"}'), 201),
}


@pytest.mark.parametrize(("data", "expected"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_requests_get_their_status_and_never_a_5xx(port: int, data: bytes, expected: int) -> None:
    assert exchange(port, data)[0] == expected


def test_a_client_that_waits_for_100_continue_gets_its_refusal_without_sending_the_body(port: int) -> None:
    head = start_post(b"Content-Length: 50000000\r\nExpect: 100-continue\r\n")
    with connect(port) as connection:
        connection.sendall(head)
        assert read_to_the_end(connection).startswith(b"HTTP/1.1 413 ")


def test_a_client_that_waits_for_100_continue_may_send_a_good_body(port: int) -> None:
    head = start_post(b"Content-Length: 12\r\nExpect: 100-continue\r\n")
    with connect(port) as connection:
        connection.sendall(head)
        assert connection.recv(65536).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b'{"name":"a"}')
        assert connection.recv(65536).startswith(b"HTTP/1.1 201 ")


SLOW = {
    "nothing": (b"", b""),
    "empty lines": (b"\r\n\r\n", b""),
    "half a request line": (b"GET /v2/th", b"HTTP/1.1 408 "),
    "half a header": (b"GET /v2/things HTTP/1.1\r\nHost: x\r\nX-A: ", b"HTTP/1.1 408 "),
    "half a body": (start_post(b"Content-Length: 1000\r\n") + b"{", b"HTTP/1.1 408 "),
    "half a chunk": (start_post(b"Transfer-Encoding: chunked\r\n") + b"ff\r\n{", b"HTTP/1.1 408 "),
}


@pytest.mark.parametrize(("data", "beginning"), SLOW.values(), ids=SLOW)
def test_a_connection_that_does_not_go_on_is_closed(impatient: int, data: bytes, beginning: bytes) -> None:
    with connect(impatient) as connection:
        connection.sendall(data)
        answer = read_to_the_end(connection)
    assert answer.startswith(beginning)


def drips_until_closed(connection: socket.socket, drop: bytes) -> bool:
    """Whether the server ends a connection on which a drop arrives every 20 ms, for at most 20 s."""
    connection.settimeout(0.02)
    for _ in range(1000):
        try:
            connection.sendall(drop)
            if connection.recv(65536) == b"":
                return True
        except TimeoutError:
            continue
        except OSError:
            return True
    return False


def test_a_client_that_drips_headers_is_closed_although_it_never_stops(impatient: int) -> None:
    with connect(impatient) as connection:
        connection.sendall(b"GET /v2/things HTTP/1.1\r\nHost: x\r\n")
        assert drips_until_closed(connection, b"X-A: a\r\n")


def test_a_client_that_drips_empty_lines_between_requests_is_closed(impatient: int) -> None:
    with connect(impatient) as connection:
        connection.sendall(b"GET /v2/free HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        assert drips_until_closed(connection, b"\r\n")


def test_an_answered_client_that_drips_the_rest_of_its_body_is_closed(impatient: int) -> None:
    with connect(impatient) as connection:
        connection.sendall(b"GET /v2/free HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        assert drips_until_closed(connection, b"a")


def test_an_idle_connection_is_closed_and_its_next_request_would_have_been_answered(impatient: int) -> None:
    with connect(impatient) as connection:
        for _ in range(3):
            connection.sendall(b"GET /v2/free HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        assert read_to_the_end(connection) == b""


def test_one_connection_too_many_is_refused_at_once() -> None:
    with served(World().api(), Crowded) as port:
        request = b"GET /v2/free HTTP/1.1\r\nHost: x\r\n\r\n"
        with connect(port) as one, connect(port) as two:
            for connection in (one, two):
                connection.sendall(request)
                assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
            with connect(port) as three:
                answer = read_to_the_end(three)
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 1" in answer


def test_many_requests_share_a_connection_and_answers_keep_their_order(port: int) -> None:
    with connect(port) as connection:
        requests = b"".join(b"GET /v2/numbers/%d HTTP/1.1\r\n" % n + HEAD + b"\r\n" for n in range(20))
        connection.sendall(requests + b"GET /v2/free HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answers = read_to_the_end(connection)
    bodies = [part.split(b"\r\n\r\n", 1)[1] for part in answers.split(b"HTTP/1.1 200 OK\r\n")[1:]]
    assert bodies == [*(b'{"number":%d}' % n for n in range(20)), b'{"free":true}']


def test_an_answer_goes_out_before_the_end_of_a_connection_that_the_client_ended_with_its_request(port: int) -> None:
    with connect(port) as connection:
        connection.sendall(b"GET /v2/free HTTP/1.1\r\nHost: x\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        assert read_to_the_end(connection).endswith(b'{"free":true}')


def test_garbage_behind_a_request_is_refused_after_its_answer(port: int) -> None:
    with connect(port) as connection:
        connection.sendall(b"GET /v2/free HTTP/1.1\r\nHost: x\r\n\r\n")
        answers = connection.recv(65536)
        connection.sendall(b"\x16\x03\x01\r\n\r\n")
        answers += read_to_the_end(connection)
    assert answers.startswith(b"HTTP/1.1 200 ")
    assert b'{"free":true}HTTP/1.1 400 ' in answers


def test_head_has_the_headers_of_get_and_the_connection_goes_on(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    headers = {"Authorization": "Bearer writer"}
    connection.request("HEAD", "/v2/things/a", headers=headers)
    head = connection.getresponse()
    assert (head.status, head.read(), int(head.headers["Content-Length"]) > 0) == (200, b"", True)
    connection.request("GET", "/v2/things/a", headers={**headers, "If-None-Match": head.headers["ETag"]})
    not_modified = connection.getresponse()
    assert (not_modified.status, not_modified.read()) == (304, b"")
    connection.request("DELETE", "/v2/things/a", headers=headers)
    assert connection.getresponse().status == 204
    connection.close()


def test_an_answer_names_its_time_and_not_its_server(port: int) -> None:
    _, answer = exchange(port, get(b"/v2/free"))
    head = answer.partition(b"\r\n\r\n")[0].lower()
    assert b"\r\ndate: " in head
    assert b"\r\nserver:" not in head


async def streaming(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that answers in parts, or with a header that nobody may send."""
    if scope["type"] == "lifespan":
        for outcome in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{outcome}.complete"})
        return
    evil = [(b"x-evil", b"a\r\nset-cookie: b")] if scope["path"] == "/evil" else []
    await send({"type": "http.response.start", "status": 200, "headers": evil})
    for part in (b"one ", b"two ", b"three"):
        await send({"type": "http.response.body", "body": part, "more_body": part != b"three"})


@pytest.fixture(scope="module")
def streams() -> Iterator[int]:
    with served(streaming) as port:
        yield port


def test_an_answer_in_parts_is_sent_in_chunks(streams: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", streams, timeout=PATIENCE_S)
    for _ in range(2):
        connection.request("GET", "/")
        answer = connection.getresponse()
        assert (answer.headers["Transfer-Encoding"], answer.read()) == ("chunked", b"one two three")
    connection.close()


def test_a_header_with_a_line_break_in_it_never_reaches_the_client(streams: int) -> None:
    with connect(streams) as connection:
        connection.sendall(b"GET /evil HTTP/1.1\r\nHost: x\r\n\r\n")
        assert read_to_the_end(connection) == b"", "uvicorn refuses the header and closes"


@pytest.mark.parametrize("name", [b"Upgrade", b"upgrade", b"UPGRADE"])
def test_an_offer_of_another_protocol_is_ignored_and_the_body_is_read(port: int, name: bytes) -> None:
    """Java's own client offers HTTP/2 in its first request, whatever its method is."""
    offer = JSON + b"HTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAA\r\n" + name + b": h2c\r\n"
    body = b'{"name": "upgrade: h2c"}'
    request = post(body, offer).replace(b"Connection: close", b"Connection: Upgrade, HTTP2-Settings, close")
    status, answer = exchange(port, request)
    assert status == 201, answer
    assert answer.count(b"HTTP/1.1") == 1
