"""Rules for `x-replaced-by`: everything that a version can send or answer has a place in the next one, or a reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ci.lints.contract.document import Breach, Document, DocumentRule, Media, Node, Operation
from core.contract.replacements import TRANSFORMATIONS, Move, Replacement, replacements_of

_SUCCESS = re.compile("2..")
_NUMBER = re.compile(r"/\d+(?=/|$)")


def _replacements(document: Document) -> Iterator[Breach]:
    successor = document.successor
    if successor is None:
        return
    found = {item.operation_id: item for item in replacements_of(document.node, successor.node)}
    theirs = {operation.node.get("operationId"): operation for operation in successor.operations()}
    for operation in document.operations():
        replacement = found.get(operation.node.get("operationId", ""))
        if replacement is None:
            said = operation.node.get("x-replaced-by", {}).get("operation")
            yield Breach(operation.place, f"is replaced by {said!r}")
            continue
        for what in _faults(_Pair(document, operation, successor, theirs[replacement.successor_id]), replacement):
            yield Breach(operation.place, what)


class _Pair:
    """An operation and its successor, with the names and pointers that each of them has."""

    def __init__(self, document: Document, operation: Operation, newer: Document, successor: Operation) -> None:
        self.document, self.operation, self.newer, self.successor = document, operation, newer, successor
        self.own_parameters = {node["name"]: node for node in document.parameters(operation)}
        self.their_parameters = {node["name"]: node for node in newer.parameters(successor)}
        self.own_responses = dict(document.responses(operation))
        self.their_responses = dict(newer.responses(successor))

    def answers(self) -> tuple[set[str], set[str]]:
        """The members of the good answers, here and there."""
        return _answered(self.document, self.own_responses), _answered(self.newer, self.their_responses)

    def requests(self) -> tuple[set[str], set[str]]:
        """The members of the request bodies, here and there."""
        return _requested(self.document, self.operation), _requested(self.newer, self.successor)

    def headers(self) -> tuple[set[str], set[str]]:
        """The headers of all answers, here and there; those of errors may be anywhere there, errors share them."""
        own = _headers(self.own_responses.values())
        errors_only = own - _headers(_good(self.own_responses))
        return own, _headers(self.their_responses.values()) | errors_only

    def errors(self) -> tuple[set[str], set[str]]:
        """The members of the errors, here and there."""
        return _failed(self.document, self.own_responses), _failed(self.newer, self.their_responses)


def _faults(pair: _Pair, replacement: Replacement) -> Iterator[str]:
    yield from _covered("parameter", replacement.parameters, pair.own_parameters, pair.their_parameters)
    yield from _covered("request member", replacement.request, *pair.requests())
    own, theirs = pair.answers()
    yield from _covered("answer's member", replacement.response, own, theirs | pair.own_parameters.keys())
    yield from _covered("header", replacement.headers, *pair.headers())
    own, theirs = pair.errors()
    yield from _covered("error's member", replacement.errors, own, theirs)
    yield from _given(pair, replacement)
    yield from _statuses(pair, replacement)


def _covered(what: str, moves: Iterable[Move], own: Iterable[str], theirs: Iterable[str]) -> Iterator[str]:
    """Everything that is here has a move, and every move leads to something that is there."""
    mapped, there = {move.name: move for move in moves}, set(theirs)
    for name in sorted({name for name in own if not name.endswith("/*")} ^ mapped.keys()):
        yield f"maps the {what} {name}, or should"
    for name, move in sorted(mapped.items()):
        if move.by not in TRANSFORMATIONS:
            yield f"maps the {what} {name} by {move.by!r}, which nobody can carry out"
        if move.to is None and not move.note:
            yield f"gives no reason why the {what} {name} is gone"
        if move.to is not None and _NUMBER.sub("/*", move.to) not in there:
            yield f"maps the {what} {name} to {move.to}, which is not there"


def _given(pair: _Pair, replacement: Replacement) -> Iterator[str]:
    """Whatever the successor insists on comes from somewhere."""
    given = {move.to for move in replacement.parameters} | {item.name for item in replacement.needed}
    for name, node in pair.their_parameters.items():
        if node.get("required") and name not in given:
            yield f"does not say where the parameter {name} comes from"
    for name in sorted({item.name for item in replacement.needed} | {item.name for item in replacement.added}):
        if name not in pair.their_parameters:
            yield f"gives the parameter {name}, which is not there"
    known = {operation.node["operationId"]: operation for operation in pair.document.operations()}
    for item in replacement.needed:
        for origin in item.of:
            pointers = _answered(pair.document, dict(pair.document.responses(known[origin]))) if origin in known else ()
            if item.pointer not in pointers and f"/data/*{item.pointer}" not in pointers:
                yield f"takes {item.name} from {item.pointer} of {origin}, which is not there"


def _statuses(pair: _Pair, replacement: Replacement) -> Iterator[str]:
    changed = {str(change.status) for change in replacement.statuses}
    for status in sorted(pair.own_responses.keys() - pair.their_responses.keys() - changed):
        yield f"does not say what becomes of the status {status}"
    for change in replacement.statuses:
        if not change.when:
            yield f"does not say when the status {change.status} is another one"
        if str(change.status) not in pair.own_responses:
            yield f"maps the status {change.status}, which it has not"
        if change.to is not None and str(change.to) not in pair.their_responses:
            yield f"maps the status {change.status} to {change.to}, which is not there"


def _good(responses: dict[str, Node]) -> list[Node]:
    return [response for status, response in responses.items() if _SUCCESS.fullmatch(status)]


def _answered(document: Document, responses: dict[str, Node]) -> set[str]:
    return _members(document, _good(responses))


def _failed(document: Document, responses: dict[str, Node]) -> set[str]:
    good = _good(responses)
    return _members(document, [response for response in responses.values() if response not in good])


def _members(document: Document, responses: Iterable[Node]) -> set[str]:
    return {
        pointer
        for response in responses
        for media in response.get("content", {}).values()
        for pointer in _pointers(document, media.get("schema", {}))
    }


def _requested(document: Document, operation: Operation) -> set[str]:
    body = document.resolve(operation.node.get("requestBody", {}))
    bodies = [Media("", media_type, node) for media_type, node in body.get("content", {}).items()]
    return {pointer for media in bodies for pointer in _pointers(document, media.node.get("schema", {}))}


def _headers(responses: Iterable[Node]) -> set[str]:
    return {name for response in responses for name in response.get("headers", {})}


def _pointers(document: Document, schema: Node, base: str = "") -> Iterator[str]:
    """The JSON pointers of all members that hold a value or a list, and of each list's elements: `/data/*`."""
    node = document.resolve(schema)
    parts = [document.resolve(part) for part in node.get("allOf", ())] or [node]
    for part in parts:
        for name, member in part.get("properties", {}).items():
            here, inside = f"{base}/{name}", document.resolve(member)
            if "properties" in inside or "allOf" in inside:
                yield from _pointers(document, inside, here)
            else:
                yield here
            if inside.get("type") == "array":
                yield f"{here}/*"
                yield from _pointers(document, inside.get("items", {}), f"{here}/*")


RULES = (
    DocumentRule(
        "replacements",
        _replacements,
        "Link headers, the guide, the translation and the report of what is still used are made of x-replaced-by",
        "name the successor's operationId, and map each parameter, member, header and status, or say `none` and why",
    ),
)
