"""One request and its answer on uvicorn's protocol, and how an answer gets out: whole, and in one write.

uvicorn searches every header of every answer with two regular expressions, and writes head and body one by one as each
answer is made. A list of 20 articles with its 15 headers costs 66 µs of CPU that way and 44 this way, all in all.
What a request without a body never needs (an event to wait for its body) is made when somebody asks for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import Any, Final

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from core.errors import TidingsError

DIRECT: Final = "tidings.direct"
"""Where `OneWriteCycle.answer` hangs in the ASGI scope. Who takes it takes it out: cycle and scope hold each other."""

REFUSED: Final = "tidings.refused"
"""Why, in the scope of a request that was read up to its target only: the edge says so in the form of its version."""

Direct = Callable[[int, list[bytes], bytes], Awaitable[None]]
"""Sends a whole answer: status, header lines (`name: value`, or several with CRLF between them), and the body."""

_BODYLESS: Final = frozenset({204, 304})
_MOST_WAITING: Final = 32
_CLOSE: Final = b"connection: close"


class Outbox:
    """Answers that were made in one turn of the event loop, written together at its end.

    A write on the loopback wakes the program that reads it, which costs the writer 10 µs when that program sleeps. The
    next answers, written right after, find it awake. An answer waits for 32 others at most, and for none when the
    server has nothing else to do. Other writes to a connection must `flush` before, or they overtake.
    """

    __slots__ = ("_loop", "_waiting")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: list[tuple[asyncio.Transport, bytes]] = []

    def put(self, transport: asyncio.Transport, data: bytes) -> None:
        """Write soon."""
        if not self._waiting:
            self._loop.call_soon(self.flush)
        self._waiting.append((transport, data))
        if len(self._waiting) >= _MOST_WAITING:
            self.flush()

    def flush(self) -> None:
        """Write now."""
        waiting, self._waiting = self._waiting, []
        for transport, data in waiting:
            if not transport.is_closing():
                transport.write(data)


class OneWriteCycle(RequestResponseCycle):
    """An answer that comes whole is written whole; a stream goes uvicorn's own way."""

    # uvicorn's initial state, kept in the class until it changes
    access_log = False
    disconnected = False
    more_body = True
    response_started = False
    response_complete = False
    chunked_encoding = None
    expected_content_length = 0
    _refused: TidingsError | None = None
    _start: Any = None

    def __init__(self, protocol: HttpToolsProtocol, outbox: Outbox, scope: Any, *, keep_alive: bool) -> None:
        self.scope = scope
        self.transport = protocol.transport
        self.flow = protocol.flow
        self.logger = protocol.logger
        self.default_headers = protocol.server_state.default_headers
        self.on_response = protocol.on_response_complete
        self.keep_alive = keep_alive
        self.waiting_for_100_continue = protocol.expect_100_continue
        self.body = bytearray()
        self._outbox = outbox

    @cached_property
    def message_event(self) -> asyncio.Event:  # type: ignore[override]  # an attribute of uvicorn's class
        """Made when somebody waits, and set when there is something to see already."""
        event = asyncio.Event()
        if self.body or not self.more_body or self.disconnected or self.response_complete or self._refused:
            event.set()
        return event

    def notify(self) -> None:
        """Wake whoever waits for the body or for the end; uvicorn sets the event itself in other places."""
        if "message_event" in self.__dict__:
            self.message_event.set()

    def refuse(self, error: TidingsError) -> None:
        """The rest of the body will not be read: who waits for it gets the error, and the connection ends."""
        self._refused = error
        self.keep_alive = False
        self.notify()

    async def receive(self) -> Any:
        """The `receive` of ASGI. Raises what the request was refused with while its body was read."""
        message = await super().receive()
        if self._refused is not None:
            raise self._refused
        return message

    async def answer(self, status: int, lines: list[bytes], body: bytes) -> None:
        """Send a whole answer (`DIRECT`). The lines frame it, by Content-Length or by a status that has no body."""
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        if _CLOSE in lines:
            self.keep_alive = False
        elif not self.keep_alive:
            lines.append(_CLOSE)
        defaults = map(b": ".join, self.default_headers)
        self._finish(b"%b%b\r\n\r\n" % (STATUS_LINE[status], b"\r\n".join((*defaults, *lines))), body)

    async def send(self, message: Any) -> None:
        """The `send` of ASGI. Holds the start of the answer until its body is known."""
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
        self._finish(head + b"\r\n", body)
        return True

    def _finish(self, head: bytes, body: bytes) -> None:
        self.response_started = self.response_complete = True
        self.waiting_for_100_continue = False
        if self.keep_alive:
            self._outbox.put(self.transport, head + body)
        else:
            self._outbox.flush()
            self.transport.write(head + body)
            self.transport.close()
        self.notify()
        self.on_response()


def take_direct(scope: Scope) -> Direct | None:
    """The way around ASGI's messages, where the server has one."""
    direct: Direct | None = scope.pop(DIRECT, None)
    return direct
