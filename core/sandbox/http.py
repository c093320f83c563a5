"""Requests and replies of the newsroom, free of any framework."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson

JSON: Final = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Request:
    """One request. Header names are in lower case; `origin` is how the client reached the newsroom."""

    method: str
    path: str
    query_string: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    origin: str = "http://newsroom.example"

    @property
    def query(self) -> dict[str, str]:
        """The query parameters; of several values of one name the last counts."""
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        """The members of an `application/x-www-form-urlencoded` body."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace")))

    @property
    def bearer(self) -> str:
        """The token of `Authorization: Bearer`; empty where there is none."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token if scheme.lower() in ("bearer", "token") else ""

    def with_query(self, query_string: str) -> "Request":
        """The same request with another query."""
        return replace(self, query_string=query_string)


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply. `delay_s` is waited before it is sent; `drop_after` bytes of the body the connection is closed."""

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    drop_after: int | None = None

    def with_headers(self, headers: Mapping[str, str]) -> "Reply":
        """The same reply with further headers."""
        return replace(self, headers={**self.headers, **headers})


class BadParameter(ValueError):
    """A query parameter does not fit; the message is for the client."""


def json_reply(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """A JSON reply."""
    return Reply(status, orjson.dumps(content), headers=headers or {})


def text_reply(text: str, status: int = 200, content_type: str = "text/html; charset=utf-8") -> Reply:
    """A reply of text."""
    return Reply(status, text.encode(), content_type)


def integer(query: Mapping[str, str], name: str, default: int, *, low: int, high: int) -> int:
    """A whole number from the query. Raises `BadParameter` when it is none or outside `low..high`."""
    raw = query.get(name, "")
    if raw == "":
        return default
    if not (raw.isascii() and raw.isdigit() and low <= int(raw[:9]) <= high):
        raise BadParameter(f"{name} needs to be a whole number from {low} to {high}")
    return int(raw)


def not_found(path: str) -> Reply:
    """404 for a path that nobody serves."""
    return json_reply(
        {"status": "error", "code": "notFound", "message": f"The newsroom serves nothing at {path}."}, 404
    )


def http_date(instant: datetime) -> str:
    """An IMF-fixdate (RFC 9110 5.6.7)."""
    return format_datetime(instant, usegmt=True)
