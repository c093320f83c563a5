"""Starts a newsroom as a real HTTP server: in this process until a signal, or in a thread for tests."""

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Callable
from threading import Event, Thread
from types import TracebackType
from typing import Any, Final

import orjson
import uvicorn

from core.sandbox.app import SandboxApp
from core.sandbox.clock import clock_named
from core.sandbox.mail import MailServer
from core.sandbox.newsroom import Newsroom

SHUTDOWN_S: Final = 2
BACKLOG: Final = 512


class _Server(uvicorn.Server):
    """Says when it is listening."""

    def __init__(self, app: SandboxApp, ready: Callable[[], None], mail: MailServer | None = None) -> None:
        config = uvicorn.Config(
            app,
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=SHUTDOWN_S,
        )
        super().__init__(config)
        self._ready = ready
        self._mail = mail

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listens, then tells."""
        for listener in sockets or ():
            # asyncio sets it only on sockets of proto IPPROTO_TCP; without it each reply waits 40 ms for an ACK
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await super().startup(sockets=sockets)
        if self._mail is not None:
            await self._mail.start()
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Takes no more mail, then no more requests."""
        if self._mail is not None:
            await self._mail.stop()
        await super().shutdown(sockets=sockets)


def listen(host: str, port: int) -> socket.socket:
    """A bound TCP socket; port 0 takes a free one. Raises `OSError` when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


def origin_of(address: tuple[Any, ...]) -> str:
    """`http://127.0.0.1:41871` for the address of a bound socket, `http://[::1]:41871` for one of IPv6."""
    host, port = address[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def mail_url_of(address: tuple[Any, ...]) -> str:
    """`smtp://127.0.0.1:41872` for the address of a bound socket."""
    return origin_of(address).replace("http://", "smtp://", 1)


def run(
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    clock: str = "frozen",
    control_token: str | None = None,
    announce: bool = True,
    listener: socket.socket | None = None,
    mail_listener: socket.socket | None = None,
) -> None:
    """Serves a newsroom until SIGTERM or SIGINT, then returns.

    A `listener` that is handed in, listening already, stands for `host` and `port`; on `mail_listener` the newsroom
    receives mail. `clock` is `frozen`, `moving`, or
    an RFC 3339 instant at which to freeze. With `announce`, one JSON line on stdout says
    `{"origin": "http://127.0.0.1:41871", "clock": "moving", "now": ..., "articles": ...}` once it listens.
    Raises `OSError` when the port is taken and `ValueError` when the clock makes no sense.
    """
    newsroom = Newsroom(clock_named(clock), control_token=control_token)
    newsroom.live.prepare(newsroom.now)
    # a dropped connection is one of the failures on demand, not something to report
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    with listener or listen(host, port) as listening:
        origin = origin_of(listening.getsockname())

        def ready() -> None:
            if announce:
                sys.stdout.write(orjson.dumps(_announcement(newsroom, origin)).decode() + "\n")
                sys.stdout.flush()

        mail = None if mail_listener is None else MailServer(newsroom, mail_listener)
        server = _Server(SandboxApp(newsroom), ready, mail)
        # uvicorn raises the signal again after its shutdown: with this handler below it, that ends in a return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        asyncio.run(server.serve(sockets=[listening]))


def _announcement(newsroom: Newsroom, origin: str) -> dict[str, object]:
    return {
        "origin": origin,
        "clock": newsroom.clock.mode,
        "now": newsroom.now.isoformat(),
        "edition": newsroom.archive.edition,
        "articles": len(newsroom.archive.articles),
        "control": newsroom.clock.mode == "frozen",
    }


class NewsroomServer:
    """A newsroom served from a thread of this process, for tests: HTTP at `origin`, SMTP at `mail_url`.

    A context manager; both answer while it runs.
    """

    def __init__(self, newsroom: Newsroom | None = None, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.newsroom = newsroom or Newsroom()
        self._listener = listen(host, port)
        self.origin = origin_of(self._listener.getsockname())
        self._mail_listener = listen(host, 0)
        self.mail_url = mail_url_of(self._mail_listener.getsockname())
        self._listening = Event()
        mail = MailServer(self.newsroom, self._mail_listener)
        self._server = _Server(SandboxApp(self.newsroom), self._listening.set, mail)
        self._thread = Thread(target=self._serve, name="sandbox-newsroom", daemon=True)

    def _serve(self) -> None:
        try:
            asyncio.run(self._server.serve(sockets=[self._listener]))
        finally:
            self._listening.set()  # also after a start that failed, so that nobody waits for it

    def __enter__(self) -> "NewsroomServer":
        self._thread.start()
        self._listening.wait()
        if not self._server.started:
            raise RuntimeError("the sandbox newsroom did not start; its thread's traceback says why")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()
        self._mail_listener.close()
