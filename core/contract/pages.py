"""Addresses of the engine that belong to no document: pages, files and probes, all answered to GET and HEAD."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

from core.contract.elements import NOTHING
from core.contract.exchange import API_CONTENT_POLICY, Exchange
from core.contract.responses import Response, etag_of
from core.contract.wire import holds_current, send_not_modified, send_response
from core.errors import TidingsError

HTML: Final = "text/html; charset=utf-8"
# What a page for people may do: show our own styles, fonts and pictures and run our own scripts. No script can send
# anything anywhere, so what a reader types stays in the page.
PAGE_CONTENT_POLICY: Final = (
    b"content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    b"font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# What the pages of /docs may do: run our own scripts, talk to this origin, and nothing foreign. Redoc and Swagger UI
# write style attributes, which only 'unsafe-inline' for styles allows; Redoc's search runs in a worker from a blob.
BROWSER_CONTENT_POLICY: Final = (
    b"content-security-policy: default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    b"img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src blob:; base-uri 'none'; "
    b"form-action 'none'; frame-ancestors 'none'"
)

T = TypeVar("T")
Answer = Callable[[Exchange], Awaitable[Response]]

RefusalPage = Callable[[TidingsError, Exchange], Response]
"""Writes an error for a person who follows a link; the engine's own form is for programs."""


def is_for_a_person(exchange: Exchange) -> bool:
    """Whether a browser shows the answer: it asks for HTML by name, at an address that no version has."""
    asks = exchange.version is None and exchange.method in ("GET", "HEAD")
    return asks and b"text/html" in exchange.headers.get(b"accept", b"")


class Page:
    """One address, which asks its coroutine for each request."""

    __slots__ = ("_answer", "_content_policy", "body_limit", "elements", "is_page", "is_probe", "media_types", "name")

    def __init__(
        self, name: str, answer: Answer, *, is_probe: bool = False, content_policy: bytes = API_CONTENT_POLICY
    ) -> None:
        self.name = name
        self.is_probe = is_probe
        self.is_page = True
        self.body_limit = 0
        self.media_types: frozenset[str] = frozenset()
        self.elements = NOTHING
        self._answer = answer
        self._content_policy = content_policy

    async def run(self, exchange: Exchange) -> None:
        """Answer one request."""
        exchange.content_policy = self._content_policy
        response = await self._answer(exchange)
        etag = _own_etag(response)
        if etag is not None and holds_current(exchange, etag):
            await send_not_modified(exchange, etag)
        else:
            await send_response(exchange, response, etag)


class Fixed(Response):
    """An answer that stays the same while the process lives, with its ETag."""

    __slots__ = ("etag",)

    def __init__(self, body: bytes, content_type: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(200, body, content_type, headers)
        self.etag = etag_of(body).encode()


def _own_etag(response: Response) -> bytes | None:
    return response.etag if isinstance(response, Fixed) else None


class Once(Generic[T]):
    """What is made in a thread when somebody asks first, and kept: most processes are never asked for most pages."""

    __slots__ = ("_lock", "_made", "_make")

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: T | None = None
        self._lock = asyncio.Lock()

    async def get(self) -> T:
        """The same object for all; whoever asks while it is being made waits for it. A failure is not kept."""
        if self._made is None:
            async with self._lock:
                if self._made is None:
                    self._made = await asyncio.to_thread(self._make)
        return self._made


def made_once(name: str, make: Callable[[], Fixed], *, content_policy: bytes = API_CONTENT_POLICY) -> Page:
    """A page that stays the same, made when somebody asks first."""
    once = Once(make)

    async def give(_: Exchange) -> Response:
        return await once.get()

    return Page(name, give, content_policy=content_policy)


def fixed(name: str, answer: Fixed, *, content_policy: bytes = API_CONTENT_POLICY) -> Page:
    """A page whose bytes are known."""

    async def give(_: Exchange) -> Response:
        return answer

    return Page(name, give, content_policy=content_policy)


def compressed(name: str, content: bytes, content_type: str) -> Page:
    """A file that is kept compressed: nearly every client takes it as it is, others get it unpacked."""
    headers = {"Cache-Control": "public, max-age=86400", "Vary": "Accept-Encoding"}
    packed = Fixed(content, content_type, {**headers, "Content-Encoding": "gzip"})
    plain = Once(lambda: Fixed(gzip.decompress(content), content_type, headers))

    async def give(exchange: Exchange) -> Response:
        return packed if b"gzip" in exchange.headers.get(b"accept-encoding", b"") else await plain.get()

    return Page(name, give, content_policy=PAGE_CONTENT_POLICY)


def origin_of(exchange: Exchange, public_url: str | None) -> str:
    """Where clients reach this instance: the configured address, or the one that this client used."""
    return public_url or f"{exchange.scope['scheme']}://{exchange.headers[b'host'].decode('latin-1')}"
