"""HTTP/1.1 on uvicorn's protocol, with the limits that it lacks and without the work that it repeats.

Limits, measured on uvicorn 0.54: 500 of 500 idle, half-headed and half-bodied connections were still open after 45 s,
and a header of 100 kB was accepted. uvicorn's only clock runs between two requests, and any byte stops it.

Work: uvicorn arms a timer after each answer, here a number is moved; what it does for each answer is in `cycle.py`.
"""

from __future__ import annotations

import asyncio
import re
from enum import IntEnum
from http import HTTPStatus
from typing import Any, ClassVar, Final
from urllib.parse import unquote
from weakref import WeakKeyDictionary

import httptools
import orjson
from uuid_utils import uuid7
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from core.contract.cycle import DIRECT, REFUSED, OneWriteCycle, Outbox
from core.errors import HeadersTooLarge, InvalidRequest, RequestTimeout, TidingsError, Unavailable

HEADERS_WITHIN_S: Final = 10.0
BODY_WITHIN_S: Final = 30.0
BODY_BYTES_PER_S: Final = 64 * 1024  # a body that is longer than the deadline allows earns its time by arriving
IDLE_WITHIN_S: Final = 15.0
MAX_HEADER_BYTES: Final = 64 * 1024  # what is read before a request is refused unparsed; the edge's own limit is lower
MAX_CONNECTIONS: Final = 4000


def not_http() -> InvalidRequest:
    """400: what came could not be parsed."""
    return InvalidRequest("The request is not valid HTTP.")


def too_late() -> RequestTimeout:
    """408: what is missing did not come."""
    return RequestTimeout("The request did not arrive in time.", retry_after_s=1)


def headers_too_large() -> HeadersTooLarge:
    """431: the head was given up before its end."""
    return HeadersTooLarge("The header fields are too large.")


def crowded() -> Unavailable:
    """503: there is no room for the connection."""
    return Unavailable("The server has as many connections as it can hold.", retry_after_s=1)


def refusal(error: TidingsError) -> bytes:
    """A whole answer for a connection of which no target is known, so that nothing else can write one."""
    phrase = HTTPStatus(error.status).phrase
    request_id = str(uuid7())
    problem = {
        "type": f"/problems/{error.code}",
        "title": phrase,
        "status": error.status,
        "detail": error.detail,
        "instance": "/",
        "code": error.code,
        "request_id": request_id,
        "errors": [],
    }
    body = orjson.dumps(problem)
    head = [
        f"HTTP/1.1 {error.status} {phrase}",
        "content-type: application/problem+json",
        f"content-length: {len(body)}",
        f"x-request-id: {request_id}",
        "connection: close",
        *(f"{name.lower()}: {value}" for name, value in error.headers.items()),
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


# Java's own client offers HTTP/2 in every first request (`Upgrade: h2c`). A server may ignore that (RFC 9110 §7.8), but
# the parser stops at such a head and would take the body for another request.
_UPGRADE: Final = re.compile(rb"\nupgrade[ \t]*:", re.IGNORECASE)


def _without_upgrade(data: bytes) -> bytes:
    """The bytes with the offer in their first head renamed; what follows that head stays as it is."""
    head, end, rest = data.partition(b"\r\n\r\n")
    return _UPGRADE.sub(b"\nx-upgrade-ignored:", head) + end + rest


class _Phase(IntEnum):
    """What a connection is waiting for."""

    IDLE = 0  # the client's next request
    HEADERS = 1  # the rest of a request's headers
    BODY = 2  # the rest of its body
    ANSWER = 3  # us
    OVER = 4  # nothing: what it sent last is refused, and whatever else comes is not read


# a look-up on an enumeration's class takes 0.15 µs, and a request needs eight
_IDLE, _HEADERS, _BODY, _ANSWER, _OVER = _Phase


class GuardedProtocol(HttpToolsProtocol):
    """A deadline for each phase in which the server waits for the client.

    One timer a connection looks at the deadline of the present phase; a request only moves a number, which costs 0.2 µs
    where arming and cancelling a timer costs 2 µs.
    """

    headers_within_s: float = HEADERS_WITHIN_S
    body_within_s: float = BODY_WITHIN_S
    idle_within_s: float = IDLE_WITHIN_S
    max_connections: int = MAX_CONNECTIONS
    cycle: OneWriteCycle
    _outboxes: ClassVar[WeakKeyDictionary[ServerState, Outbox]] = WeakKeyDictionary()

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.access_log = False  # the edge writes a better line
        self._deadline: float | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._phase = _HEADERS
        self._header_bytes = 0
        self.url = b""
        self._outbox = self._outboxes.get(self.server_state) or Outbox(self.loop)
        self._outboxes[self.server_state] = self._outbox

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Start the clock; one connection too many is refused at once."""
        super().connection_made(transport)
        self._watch = self.loop.call_later(self.headers_within_s, self._look)
        if len(self.connections) > self.max_connections:
            self._refuse(crowded())
        else:
            self._expect_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def eof_received(self) -> None:
        """The client has said everything, and the transport closes: what waits for it goes out before."""
        self._outbox.flush()

    def shutdown(self) -> None:
        """The server drains: uvicorn closes what is idle."""
        self._outbox.flush()
        super().shutdown()

    def data_received(self, data: bytes) -> None:
        """Feed the parser, within the limits of the present phase."""
        if self._phase is _OVER:
            return
        if self._phase is _IDLE:
            self._expect_headers()  # the first bytes of the next request, whatever they are
        if self._phase is _HEADERS and _UPGRADE.search(data):
            data = _without_upgrade(data)
        self._header_bytes += len(data)
        super().data_received(data)
        # while we answer, what comes is the head of the next request
        if self._header_bytes > MAX_HEADER_BYTES and self._phase in (_HEADERS, _ANSWER):
            self._refuse(headers_too_large())

    def on_headers_complete(self) -> None:
        """uvicorn's own, without WebSockets and its limit of tasks; from here on the body is awaited."""
        version = self.parser.get_http_version()
        self._answer(version, keep_alive=version != "1.0" and self.parser.should_keep_alive())
        self._phase = _BODY
        self._deadline = self.loop.time() + self.body_within_s

    def _answer(self, version: str, *, keep_alive: bool) -> None:
        """Begin the answer to the request whose target was read. Raises `HttpParserInvalidURLError`."""
        scope = self.scope
        url = httptools.parse_url(self.url)
        raw_path = url.path or b"/"  # none in `GET http://host HTTP/1.1` (RFC 9112 §3.2.2)
        path = raw_path.decode("ascii")
        scope["method"] = self.parser.get_method().decode("ascii")
        scope["http_version"] = version
        scope["path"] = unquote(path) if "%" in path else path
        scope["raw_path"] = raw_path
        scope["query_string"] = url.query or b""
        is_answering = self._is_answering()
        self.cycle = cycle = OneWriteCycle(self, self._outbox, scope, keep_alive=keep_alive)
        scope[DIRECT] = cycle.answer  # type: ignore[typeddict-unknown-key]  # a scope may hold what its server offers
        if is_answering:  # pipelined: its turn comes when the answer before it is out
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, self.app))
        else:
            self._start_asgi_task(cycle, self.app)

    def on_body(self, body: bytes) -> None:
        """Each part of a body buys time for the next."""
        if self._deadline is not None:
            self._deadline += len(body) / BODY_BYTES_PER_S
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is here; now the client waits for us, unless it was answered before its end."""
        self._header_bytes = 0
        self.url = b""
        cycle = self.cycle
        if cycle.response_complete:
            self._expect_request()
            return
        self._phase, self._deadline = _ANSWER, None
        cycle.more_body = False
        cycle.notify()

    def on_response_complete(self) -> None:
        """uvicorn's own, with our clock in place of its timer."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
        elif self._phase is _ANSWER:  # in BODY the client is still sending what nobody waits for
            self._expect_request()

    def send_400_response(self, msg: str) -> None:
        """What could not be parsed."""
        self._refuse(not_http())

    def _is_answering(self) -> bool:
        cycle: OneWriteCycle | None = self.cycle  # uvicorn's annotation leaves the None out
        return cycle is not None and not cycle.response_complete

    def _expect_request(self) -> None:
        self._phase = _IDLE
        self._deadline = self.loop.time() + self.idle_within_s

    def _expect_headers(self) -> None:
        self._phase = _HEADERS
        self._deadline = self.loop.time() + self.headers_within_s

    def _look(self) -> None:
        """At the deadline, or where it was when the timer was set."""
        now = self.loop.time()
        if self.transport.is_closing():
            self.transport.abort()  # closed long ago, and the client does not read what is left
        else:
            if self._deadline is not None and self._deadline <= now:
                self._refuse(too_late())
            wait = self.headers_within_s if self._deadline is None else self._deadline - now
            self._watch = self.loop.call_later(wait, self._look)

    def _refuse(self, error: TidingsError) -> None:
        """Refuse what the client is sending: in the form of the version that it asked, where its target is known.

        Then the edge writes the answer, as it does for everything else; here it is only made to.
        """
        phase, self._phase, self._deadline = self._phase, _OVER, None
        if phase is _BODY and not self.cycle.response_started:
            self.cycle.refuse(error)
        elif phase is _BODY or not self._refuse_head(error):
            self._end(error, is_silent=phase is _BODY or (error.status == 408 and not self._header_bytes))

    def _refuse_head(self, error: TidingsError) -> bool:
        """Whether the edge refuses the request, of whose head enough is known."""
        if not self.url:
            return False
        self.scope["headers"] = []  # where they end is not known
        self.scope[REFUSED] = error  # type: ignore[typeddict-unknown-key]  # as above
        try:
            self._answer("1.1", keep_alive=False)
        except httptools.HttpParserInvalidURLError:
            return False
        return True

    def _end(self, error: TidingsError, *, is_silent: bool = False) -> None:
        """Say why where that is still possible, and close; a client that does not read is cut off later."""
        if self._is_answering() and not is_silent:  # its answer is still to come, and is the last
            self.cycle.keep_alive = False
            return
        self._outbox.flush()
        if not is_silent and not self.transport.is_closing():
            self.transport.write(refusal(error))
        self.transport.close()
