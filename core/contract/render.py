"""Errors on the wire: v1's own body, RFC 9457 problems for v2 and for every unversioned address.

    v1:  {"error": "VALIDATION_FAILED", "message": "…", "field": "limit"}
    v2:  {"type": "/problems/validation_failed", "title": "…", "status": 400, "detail": "…", "instance": "/v2/articles",
          "code": "validation_failed", "request_id": "…", "errors": [{"pointer", "parameter", "code", "detail"}]}

Titles come from the newest document's catalogue (`x-problems`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from core.contract.exchange import Exchange
from core.contract.responses import JSON, PROBLEM_JSON, Response
from core.contract.schema import MAX_VALUE_LENGTH
from core.contract.wire import head_of
from core.errors import FieldError, NotFound, TidingsError
from core.kit import json

_PATH_CHARACTERS: Final = "/%:@!$&'()*+,;=~"  # RFC 3986 §3.3, besides letters, digits and -._
_HARMLESS: Final = re.compile(rf"[A-Za-z0-9/._~-]{{0,{MAX_VALUE_LENGTH}}}")
_BROKEN_ESCAPE: Final = re.compile("%(?![0-9a-fA-F]{2})")
_SENTENCES: Mapping[str, str] = {
    "not_found": "There is nothing at this address.",
    "unauthenticated": "The API key is missing or not valid.",
    "internal_error": "Something went wrong on our side.",
    "unavailable": "Something that the server depends on is away for the moment.",
}


class Renderer:
    """Writes an error in the form that the request's version promises."""

    def __init__(self, catalogue: Mapping[str, Mapping[str, Any]], plain_versions: frozenset[str]) -> None:
        self._titles = {code: str(entry["title"]) for code, entry in catalogue.items()}
        self._plain_versions = plain_versions
        nothing = NotFound()
        plain = json.dumps(self._plain(nothing))
        self._plain_nothing = head_of(JSON, len(plain)), plain
        self._nothing = self._fixed_parts(nothing)

    def render(self, error: TidingsError, exchange: Exchange) -> Response:
        """The answer to a request that failed."""
        if exchange.version is not None and exchange.version.name in self._plain_versions:
            return Response(error.status, json.dumps(self._plain(error)), JSON, error.headers)
        problem = self._problem(error, instance_of(exchange.raw_path), exchange.request_id)
        return Response(error.status, json.dumps(problem), PROBLEM_JSON, error.headers)

    def nothing_here(self, exchange: Exchange) -> tuple[bytes, bytes]:
        """Head and body of the 404 for an address that nothing is at: what `render` and `send_response` would write.

        On some instances scanners get most of the answers, and to raise and render an exception takes 5 µs.
        """
        version = exchange.version
        if version is not None and version.name in self._plain_versions:
            return self._plain_nothing
        before, between, after = self._nothing
        instance = json.dumps(instance_of(exchange.raw_path))
        body = b"%b%b%b%b%b" % (before, instance, between, json.dumps(exchange.request_id), after)
        return head_of(PROBLEM_JSON, len(body)), body

    def _fixed_parts(self, error: TidingsError) -> tuple[bytes, bytes, bytes]:
        """What stands before, between and after the two members of a problem that are another one in each answer."""
        mark = "\ufffd"
        problem = self._problem(error, mark, mark)
        before, between, after = json.dumps(problem).split(json.dumps(mark))
        return before, between, after

    def title(self, code: str) -> str:
        """The title of a kind of problem."""
        return self._titles.get(code) or code.replace("_", " ").capitalize()

    def _detail(self, error: TidingsError) -> str:
        return error.detail or _SENTENCES.get(error.code) or f"{self.title(error.code)}."

    def _plain(self, error: TidingsError) -> dict[str, Any]:
        message = _all_in_one(error.errors) if error.errors else self._detail(error)
        return {
            "error": error.code.upper(),
            "message": message,
            "field": _field(error.errors[0]) if error.errors else None,
        }

    def _problem(self, error: TidingsError, instance: str, request_id: str) -> dict[str, Any]:
        return {
            "type": f"/problems/{error.code}",
            "title": self.title(error.code),
            "status": error.status,
            "detail": self._detail(error),
            "instance": instance,
            "code": error.code,
            "request_id": request_id,
            "errors": [
                {"pointer": item.pointer, "parameter": item.parameter, "code": item.code, "detail": item.detail}
                for item in error.errors
            ],
        }


def instance_of(raw_path: str) -> str:
    """The path that was asked for, short enough to repeat, and a URI reference whatever the client sent."""
    if _HARMLESS.fullmatch(raw_path):
        return raw_path
    return _BROKEN_ESCAPE.sub("", quote(raw_path[:MAX_VALUE_LENGTH], safe=_PATH_CHARACTERS))


def _field(item: FieldError) -> str | None:
    """v1's word for a place: the parameter's name, or the path into the body with dots; None for the body itself."""
    if item.parameter is not None:
        return item.parameter
    return (item.pointer or "").lstrip("/").replace("/", ".").replace("~1", "/").replace("~0", "~") or None


def _all_in_one(items: Sequence[FieldError]) -> str:
    """v1 has one `message` and one `field`: a single fault is said plainly, several are said with their places."""
    if len(items) == 1:
        return items[0].detail
    return "; ".join(f"{_field(item) or 'body'}: {item.detail}" for item in items)
