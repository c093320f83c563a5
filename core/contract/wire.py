"""Answers on the wire: the headers that every answer of an endpoint has, and conditional requests."""

from __future__ import annotations

from typing import Final

from core.contract.exchange import Exchange, Lines, header_line
from core.contract.ports import CachedAnswer
from core.contract.responses import Response, etag_matches

# An answer may be kept and must be revalidated, by the caller's own cache only; whatever is not a 200 is not kept.
_REVALIDATE: Final = b"cache-control: private, no-cache"
_NO_STORE: Final = b"cache-control: no-store"
_EMPTY = frozenset({204, 304})


def head_of(content_type: str, length: int) -> bytes:
    """The header lines of an answer that nobody may keep and that has no headers of its own."""
    return b"content-type: %b\r\ncontent-length: %d\r\n%b" % (content_type.encode("latin-1"), length, _NO_STORE)


async def send_response(exchange: Exchange, response: Response, etag: bytes | None = None) -> None:
    """Send a handler's or a page's answer; HEAD gets the headers of GET."""
    status, body, content_type = response.status, response.body, response.content_type
    lines: Lines = []
    if status in _EMPTY:
        body = b""
    elif content_type is None:
        lines.append(b"content-length: %d" % len(body))
    else:
        lines.append(b"content-type: %b\r\ncontent-length: %d" % (content_type.encode("latin-1"), len(body)))
    caching = _NO_STORE
    if etag is not None:
        lines.append(b"etag: " + etag)
        caching = _REVALIDATE
    if response.headers:
        own = [header_line(name, value) for name, value in response.headers.items()]
        lines += own
        if any(line.startswith(b"cache-control:") for line in own):
            caching = b""
    if caching:
        lines.append(caching)
    await exchange.answer(status, lines, body)


async def send_cached(exchange: Exchange, answer: CachedAnswer) -> None:
    """Send a 200 that was answered before."""
    head = (answer.content_type, len(answer.body), answer.etag, _REVALIDATE)
    lines = [b"content-type: %b\r\ncontent-length: %d\r\netag: %b\r\n%b" % head]
    if answer.link:
        lines.append(b"link: " + answer.link)
    await exchange.answer(200, lines, answer.body)


async def send_not_modified(exchange: Exchange, etag: bytes) -> None:
    """Send 304: the client holds this very representation (RFC 9110 §15.4.5)."""
    await exchange.answer(304, [b"etag: " + etag, _REVALIDATE], b"")


def holds_current(exchange: Exchange, etag: bytes) -> bool:
    """Whether `If-None-Match` names the ETag (weak comparison, RFC 9110 §13.1.2)."""
    held = exchange.headers.get(b"if-none-match")
    return held is not None and (held == etag or etag_matches(held.decode("latin-1"), etag.decode(), weak=True))
