"""What a handler returns: a status and ready bytes. The engine adds every header that is not the handler's business."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xxhash import xxh3_128_hexdigest

from core.errors import PreconditionFailed
from core.kit import json

JSON = "application/json"
PROBLEM_JSON = "application/problem+json"


class Response:
    """Status, body, media type (None where there is no body) and the handler's own headers."""

    __slots__ = ("body", "content_type", "headers", "status")

    def __init__(
        self,
        status: int,
        body: bytes = b"",
        content_type: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.body = body
        self.content_type = content_type
        self.headers = headers

    def __repr__(self) -> str:
        return f"Response({self.status}, {self.content_type}, {len(self.body)} bytes)"


def ok(obj: Any, *, headers: Mapping[str, str] | None = None) -> Response:
    """200 with a JSON body."""
    return Response(200, json.dumps(obj), JSON, headers)


def created(obj: Any, location: str) -> Response:
    """201 with the new resource and its address (a path of this API)."""
    return Response(201, json.dumps(obj), JSON, {"Location": location})


def accepted(obj: Any, *, headers: Mapping[str, str] | None = None) -> Response:
    """202: the work goes on in the background."""
    return Response(202, json.dumps(obj), JSON, headers)


def no_content() -> Response:
    """204."""
    return Response(204)


def raw(body: bytes, media_type: str = JSON, *, headers: Mapping[str, str] | None = None) -> Response:
    """200 with bytes that are ready: a page from the cache, or a document that is not JSON."""
    return Response(200, body, media_type, headers)


def etag_of(body: bytes) -> str:
    """The strong ETag of a representation (RFC 9110 §8.8.3), quotes included; it depends on nothing but the bytes.

    XXH3 with 128 bits: 10 kB take 0.6 µs, against 5 by SHA-256 with the CPU's own instructions. It need not withstand
    an attacker: who made two answers of one address collide would fool nobody but the readers of his own feed.
    """
    return f'"{xxh3_128_hexdigest(body)}"'


def tagged(response: Response) -> Response:
    """A good answer that shows a resource as a GET does, with the ETag that it has there; any other as it is."""
    if response.status not in (200, 201):
        return response
    return Response(
        response.status,
        response.body,
        response.content_type,
        {**(response.headers or {}), "ETag": etag_of(response.body)},
    )


def etag_matches(header: str, etag: str, *, weak: bool) -> bool:
    """Whether an If-None-Match (weak comparison) or If-Match (strong comparison) header names the ETag."""
    if header == etag or header.strip() == "*":
        return True
    candidates = (candidate.strip() for candidate in header.split(","))
    if weak:
        return any(candidate.removeprefix("W/") == etag for candidate in candidates)
    return etag in candidates


def require_match(if_match: str | None, current: Any) -> None:
    """Refuse a write that was made against another state than the current one.

    `current` is the object that a GET of the resource answers with now. Without an If-Match header every write is let
    through. Raises `PreconditionFailed` (412).
    """
    if if_match is not None and not etag_matches(if_match, etag_of(json.dumps(current)), weak=False):
        raise PreconditionFailed("The resource has changed since you read it. Read it again, then repeat your change.")
