"""HTTP/1.1 on uvicorn's protocol, with the limits that it lacks and without the work that it repeats.

Limits, measured on uvicorn 0.54: 500 of 500 idle, half-headed and half-bodied connections were still open after 45 s,
and a header of 100 kB was accepted. uvicorn's only clock runs between two requests, and any byte stops it.

Work: uvicorn searches every header of every answer with two regular expressions and arms a timer after each. One answer
of this API has some 15 headers, which makes that 13 µs of the 35 that uvicorn takes; here it is one pass and 3 µs.
"""

from __future__ import annotations

import asyncio
from enum import IntEnum
from typing import Any, Final
from urllib.parse import unquote

import httptools
import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

HEADERS_WITHIN_S: Final = 10.0
BODY_WITHIN_S: Final = 30.0
BODY_BYTES_PER_S: Final = 64 * 1024  # a body that is longer than the deadline allows earns its time by arriving
IDLE_WITHIN_S: Final = 15.0
MAX_HEADER_BYTES: Final = 64 * 1024  # what is read before a request is refused unparsed; the edge's own limit is lower
MAX_CONNECTIONS: Final = 4000

_BODYLESS: Final = frozenset({204, 304})
_REFUSALS: Final = {
    400: (b"Bad Request", "validation_failed", "The request is not valid HTTP."),
    408: (b"Request Timeout", "request_timeout", "The request did not arrive in time."),
    431: (b"Request Header Fields Too Large", "headers_too_large", "The header fields are too large."),
    503: (b"Service Unavailable", "unavailable", "The server has as many connections as it can hold."),
}


def refusal(status: int) -> bytes:
    """A whole answer for a connection on which no request could be read, so that nothing else can write one."""
    reason, code, detail = _REFUSALS[status]
    problem = {
        "type": f"/problems/{code}",
        "title": reason.decode(),
        "status": status,
        "detail": detail,
        "code": code,
        "errors": [],
    }
    body = orjson.dumps(problem)
    head = [
        b"HTTP/1.1 %d %s" % (status, reason),
        b"content-type: application/problem+json",
        b"content-length: %d" % len(body),
        b"connection: close",
    ]
    if status in (408, 503):
        head.append(b"retry-after: 1")
    return b"\r\n".join([*head, b"", body])


class OneWriteCycle(RequestResponseCycle):
    """One request and its answer. An answer that comes whole is written whole; a stream goes uvicorn's own way."""

    _start: Any = None

    async def send(self, message: Any) -> None:
        """Hold the start of the answer until its body is known."""
        if self._start is None:
            if message["type"] == "http.response.start" and not self.response_started:
                self._start = message
            else:
                await super().send(message)
            return
        start, self._start = self._start, None
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if message.get("more_body", False) or not self._send_whole(start, message.get("body", b"")):
            await super().send(start)
            await super().send(message)

    def _send_whole(self, start: Any, body: bytes) -> bool:
        """Whether the answer could be framed here: by Content-Length, or by a status that has no body."""
        if self.disconnected:
            return True
        status = start["status"]
        headers = [*self.default_headers, *start["headers"]]
        head = b"%b%b\r\n" % (STATUS_LINE[status], b"\r\n".join(map(b": ".join, headers)))
        lines = len(headers) + 1
        if head.count(b"\n") != lines or head.count(b"\r") != lines or b"\0" in head:
            return False  # a header with a line break in it: uvicorn refuses it with an exception
        has_length = b"\r\ncontent-length: %d\r\n" % len(body) in head
        if not has_length and status not in _BODYLESS and self.scope["method"] != "HEAD":
            return False  # a stream
        if b"\r\nconnection: close\r\n" in head:
            self.keep_alive = False
        elif not self.keep_alive:
            head += b"connection: close\r\n"
        self.response_started = True
        self.waiting_for_100_continue = False
        self.transport.write(b"%b\r\n%b" % (head, body))
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()
        return True


class _Phase(IntEnum):
    """What a connection is waiting for."""

    IDLE = 0  # the client's next request
    HEADERS = 1  # the rest of a request's headers
    BODY = 2  # the rest of its body
    ANSWER = 3  # us


class GuardedProtocol(HttpToolsProtocol):
    """A deadline for each phase in which the server waits for the client.

    One timer a connection looks at the deadline of the present phase; a request only moves a number, which costs 0.2 µs
    where arming and cancelling a timer costs 2 µs.
    """

    headers_within_s: float = HEADERS_WITHIN_S
    body_within_s: float = BODY_WITHIN_S
    idle_within_s: float = IDLE_WITHIN_S
    max_connections: int = MAX_CONNECTIONS

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.access_log = False  # the edge writes a better line
        self._deadline: float | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._phase = _Phase.HEADERS
        self._header_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Start the clock; one connection too many is refused at once."""
        super().connection_made(transport)
        if len(self.connections) > self.max_connections:
            self._end(503)
            return
        self._expect_headers()
        self._watch = self.loop.call_later(self.headers_within_s, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser, within the limits of the present phase."""
        if self._phase is _Phase.IDLE:
            self._expect_headers()  # the first bytes of the next request, whatever they are
        super().data_received(data)
        if self._phase is _Phase.HEADERS:
            self._header_bytes += len(data)
            if self._header_bytes > MAX_HEADER_BYTES:
                self._end(431)

    def on_headers_complete(self) -> None:
        """uvicorn's own, without WebSockets and its limit of tasks; from here on the body is awaited."""
        self._phase = _Phase.BODY
        self._deadline = self.loop.time() + self.body_within_s
        scope, version = self.scope, self.parser.get_http_version()
        url = httptools.parse_url(self.url)
        path = url.path.decode("ascii")
        scope["method"] = self.parser.get_method().decode("ascii")
        scope["http_version"] = version
        scope["path"] = unquote(path) if "%" in path else path
        scope["raw_path"] = url.path
        scope["query_string"] = url.query or b""
        is_answering = self._is_answering()
        self.cycle = OneWriteCycle(
            scope=scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=version != "1.0" and self.parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )
        if is_answering:  # pipelined: its turn comes when the answer before it is out
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))
        else:
            self._start_asgi_task(self.cycle, self.app)

    def on_body(self, body: bytes) -> None:
        """Each part of a body buys time for the next."""
        if self._deadline is not None:
            self._deadline += len(body) / BODY_BYTES_PER_S
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is here; now the client waits for us, unless it was answered before its end."""
        if self._is_answering():
            self._phase, self._deadline = _Phase.ANSWER, None
        else:
            self._expect_request()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """uvicorn's own, with our clock in place of its timer."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
        elif self._phase is _Phase.ANSWER:  # in BODY the client is still sending what nobody waits for
            self._expect_request()

    def send_400_response(self, msg: str) -> None:
        """What could not be parsed."""
        self._end(400)

    def _is_answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # uvicorn's annotation leaves the None out
        return cycle is not None and not cycle.response_complete

    def _expect_request(self) -> None:
        self._phase = _Phase.IDLE
        self._deadline = self.loop.time() + self.idle_within_s

    def _expect_headers(self) -> None:
        self._phase = _Phase.HEADERS
        self._header_bytes = 0
        self._deadline = self.loop.time() + self.headers_within_s

    def _look(self) -> None:
        """At the deadline, or where it was when the timer was set."""
        now = self.loop.time()
        if self.transport.is_closing():
            self.transport.abort()  # closed long ago, and the client does not read what is left
        elif self._deadline is not None and self._deadline <= now:
            self._end(408)
        else:
            wait = self.headers_within_s if self._deadline is None else self._deadline - now
            self._watch = self.loop.call_later(wait, self._look)

    def _end(self, status: int) -> None:
        """Say why where that is still possible, and close; a client that does not read is cut off later."""
        is_idle = self._phase is _Phase.IDLE or (self._phase is _Phase.HEADERS and not self._header_bytes)
        answer_begun = self._is_answering() and self.cycle.response_started
        is_silent = answer_begun or (status == 408 and is_idle)
        if not is_silent and not self.transport.is_closing():
            self.transport.write(refusal(status))
        self._deadline = None
        self.transport.close()
        self._watch = self.loop.call_later(self.headers_within_s, self._look)
