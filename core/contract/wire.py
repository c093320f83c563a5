"""Answers on the wire: the headers that every answer of an endpoint has, and conditional requests."""

from __future__ import annotations

from typing import Final

from core.contract.exchange import Exchange, Headers
from core.contract.ports import CachedAnswer
from core.contract.responses import Response, etag_matches

_CONTENT_TYPE: Final = b"content-type"
_CONTENT_LENGTH: Final = b"content-length"
# An answer may be kept and must be revalidated, by the caller's own cache only; whatever is not a 200 is not kept.
_REVALIDATE: Final = (b"cache-control", b"private, no-cache")
_NO_STORE: Final = (b"cache-control", b"no-store")
_EMPTY = frozenset({204, 304})


async def send_response(exchange: Exchange, response: Response, etag: bytes | None = None) -> None:
    """Send a handler's or a page's answer; HEAD gets the headers of GET."""
    headers: Headers = []
    status, body = response.status, response.body
    if status not in _EMPTY:
        if response.content_type is not None:
            headers.append((_CONTENT_TYPE, response.content_type.encode("latin-1")))
        headers.append((_CONTENT_LENGTH, b"%d" % len(body)))
    if etag is not None:
        headers.append((b"etag", etag))
    caching = _REVALIDATE if etag is not None else _NO_STORE
    if response.headers:
        own = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
        if any(name == b"cache-control" for name, _ in own):
            headers.extend(own)
        else:
            headers.extend((*own, caching))
    else:
        headers.append(caching)
    await exchange.answer(status, headers, body)


async def send_cached(exchange: Exchange, answer: CachedAnswer) -> None:
    """Send a 200 that was answered before."""
    headers = [
        (_CONTENT_TYPE, answer.content_type),
        (_CONTENT_LENGTH, b"%d" % len(answer.body)),
        (b"etag", answer.etag),
        _REVALIDATE,
    ]
    if answer.link:
        headers.append((b"link", answer.link))
    await exchange.answer(200, headers, answer.body)


async def send_not_modified(exchange: Exchange, etag: bytes) -> None:
    """Send 304: the client holds this very representation (RFC 9110 §15.4.5)."""
    await exchange.answer(304, [(b"etag", etag), _REVALIDATE], b"")


def holds_current(exchange: Exchange, etag: bytes) -> bool:
    """Whether `If-None-Match` names the ETag (weak comparison, RFC 9110 §13.1.2)."""
    held = exchange.headers.get(b"if-none-match")
    return held is not None and (held == etag or etag_matches(held.decode("latin-1"), etag.decode(), weak=True))
