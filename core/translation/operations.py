"""An operation of v1, ready to check requests as v1 does and to carry them over as `x-replaced-by` says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote, urlencode

from core.contract.parameters import ArgumentPlan
from core.contract.replacements import Document, Move, Replacement, resolve
from core.contract.schema import Validator
from core.errors import FieldError
from core.translation.types import Note, PageWalk, RecordedRequest, TranslatedRequest

PLACEHOLDER: Final = "<{name}>"
"""What stands in the place of a member that is a secret."""
_JSON: Final = "application/json"

Query = Mapping[str, str]
"""Parameters that a request gives, by name: all of v1's are scalars."""


class Operation:
    """One operation of v1 and its successor."""

    def __init__(self, replacement: Replacement, document: Document, newer: Document) -> None:
        self.replacement = replacement
        self._parameters = _parameters(document, replacement.operation)
        self._their_parameters = {node["name"]: node for node in _parameters(newer, replacement.successor)}
        self._plan = ArgumentPlan(self._parameters)
        self._schema = _body_schema(document, replacement.operation)
        self._their_members = _members(_body_schema(newer, replacement.successor))
        self._validator = Validator(self._schema) if self._schema else None
        self._header_names = {node["name"].lower(): node["name"] for node in self._parameters if node["in"] == "header"}

    @property
    def takes_body(self) -> bool:
        """Whether a body belongs to the request."""
        return self._validator is not None

    def errors(self, request: RecordedRequest, path: Mapping[str, str], query: bytes) -> list[FieldError]:
        """What v1 itself finds wrong with the request, as its answer would say; nothing where it is good."""
        errors: list[FieldError] = []
        headers = {name.lower().encode(): value.encode("latin-1", "replace") for name, value in self._headers(request)}
        self._plan.read(path, query, headers, errors)
        errors += self._plan.check_engine_headers(headers)
        key = headers.get(b"idempotency-key")
        if key is not None and self._plan.idempotency_key is not None:
            self._plan.idempotency_key.read(key.decode("latin-1"), errors)
        return [*errors, *self._body_errors(request)]

    def translate(self, request: RecordedRequest, path: Query, query: Query, notes: list[Note]) -> TranslatedRequest:
        """The request of v2 for one that v1 takes. What has to be said about it is appended to `notes`."""
        replacement, template = self.replacement, self.replacement.successor_path
        values = {**dict(self._values(query)), **{item.name: item.value for item in replacement.added}}
        notes += [Note("added", item.name, item.note or f"v2 wants `{item.name}`.") for item in replacement.added]
        notes += [Note("needed", item.name, item.note) for item in replacement.needed]
        for move in replacement.parameters:
            if move.to is not None and f"{{{move.to}}}" in template:
                template = template.replace(f"{{{move.to}}}", quote(path[move.name], safe=""))
                notes += self._id_notes(move, path[move.name])
        headers = [header for move in replacement.parameters for header in self._header(move, request, notes)]
        body = self._body(request, notes)
        if body is not None:
            headers.append(("Content-Type", _JSON))
        url = f"{template}?{urlencode(values, quote_via=quote, safe=':,')}" if values else template
        method = "HEAD" if request.method == "HEAD" else replacement.successor_method
        return TranslatedRequest(method, url, tuple(headers), body, self._pages(query, notes), replacement.needed)

    def _headers(self, request: RecordedRequest) -> Iterator[tuple[str, str]]:
        """The headers that v1 describes: credentials are none of them."""
        for name, value in request.headers:
            if name.lower() in self._header_names:
                yield self._header_names[name.lower()], value

    def _body_errors(self, request: RecordedRequest) -> Iterable[FieldError]:
        if self._validator is None:
            return []
        if request.body is None:
            return [FieldError("required", "the request needs a body", pointer="/body")]
        if request.media_type not in (None, _JSON):
            return [FieldError("media_type", f"must be sent as {_JSON}", pointer="/body")]
        if self._validator.is_valid(request.body):
            return []
        return [replace(error, pointer=f"/body{error.pointer}") for error in self._validator.errors(request.body)]

    def _values(self, query: Query) -> Iterator[tuple[str, str]]:
        """The query parameters of v2. One that v1 leaves out is sent where v2 has another default for it."""
        targets = dict.fromkeys(move.to for move in self.replacement.parameters if move.by != "pages")
        for target in targets:
            theirs = self._their_parameters.get(target or "")
            if target is None or theirs is None or theirs["in"] != "query":
                continue
            moves = [move for move in self.replacement.parameters if move.to == target]
            value = self._value(moves, query)
            is_given = any(move.name in query for move in moves)
            default = theirs["schema"].get("default")
            if value is not None and (is_given or value != _text(default)):
                yield target, value

    def _value(self, moves: Sequence[Move], query: Query) -> str | None:
        """What becomes of the parameters that go to the same place: one value, and a prefix where there is one."""
        prefix, value = "", None
        for move in moves:
            own = query.get(move.name, _text(self._default(move.name)))
            if own is None:
                continue
            changed = move.values.get(own, own)
            if move.by == "prefix":
                prefix = changed
            else:
                value = changed
        return None if value is None else prefix + value

    def _default(self, name: str) -> Any:
        return next((node["schema"].get("default") for node in self._parameters if node["name"] == name), None)

    def _pages(self, query: Query, notes: list[Note]) -> PageWalk | None:
        for move in self.replacement.parameters:
            page = int(query.get(move.name, "1")) if move.by == "pages" else 1
            if page > 1 and move.to is not None:
                walk = PageWalk(move.to, "/page/next_cursor", page - 1)
                notes.append(Note("pages", move.name, move.note or ""))
                return walk
        return None

    def _header(self, move: Move, request: RecordedRequest, notes: list[Note]) -> Iterator[tuple[str, str]]:
        for name, value in self._headers(request):
            if name != move.name:
                continue
            if move.by == "reissue":
                notes.append(Note("reissued", name, move.note or ""))
            elif move.to is not None:
                yield move.to, value

    def _id_notes(self, move: Move, value: str) -> Iterator[Note]:
        pattern = self._their_parameters[move.to or ""]["schema"].get("pattern")
        if pattern is not None and re.fullmatch(pattern, value) is None:
            detail = f"Ids of v2 match {pattern}: for any other the answer is 400, where v1 answers 404."
            yield Note("id_form", move.name, detail)

    def _body(self, request: RecordedRequest, notes: list[Note]) -> dict[str, Any] | None:
        """The body of v2, its secrets left out; None where there is none, or where nothing of it is left."""
        if self._validator is None:
            return None
        own, given, body = _members(self._schema), request.body, {}
        for move in self.replacement.request:
            name = move.name.removeprefix("/")
            if name not in given and (move.to is None or not self._needs_default(own[name], move.to)):
                continue
            if move.to is None:
                notes.append(Note("lost", move.name, move.note or ""))
                continue
            value = given[name] if name in given else own[name]["default"]
            if own[name].get("format") == "password":
                value = PLACEHOLDER.format(name=name)
                notes.append(Note("credential", move.name, "Secrets are not repeated: put yours in."))
            if move.note:
                notes.append(Note("changed", move.name, move.note))
            body[move.to.removeprefix("/")] = value
        return body or None

    def _needs_default(self, own: Mapping[str, Any], target: str) -> bool:
        """Whether v1 has a default for a member, and v2 none or another."""
        theirs = self._their_members[target.removeprefix("/")]
        return "default" in own and own["default"] != theirs.get("default")


def _parameters(document: Document, operation: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [inline(document, node) for node in operation.get("parameters", ())]


def _body_schema(document: Document, operation: Mapping[str, Any]) -> Mapping[str, Any]:
    body = resolve(document, operation.get("requestBody", {}))
    schema: Mapping[str, Any] = inline(document, body.get("content", {}).get(_JSON, {}).get("schema", {}))
    return schema


def _members(schema: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    members: Mapping[str, Mapping[str, Any]] = schema.get("properties", {})
    return members


def inline(document: Document, node: Any) -> Any:
    """A part of a document with everything in its place that it refers to; requests refer to nothing that recurs."""
    if isinstance(node, Mapping):
        found = resolve(document, node)
        return {key: inline(document, value) for key, value in found.items()}
    return [inline(document, item) for item in node] if isinstance(node, list) else node


def _text(value: Any) -> str | None:
    """A default as a query writes it."""
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
