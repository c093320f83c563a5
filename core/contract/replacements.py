"""Where everything of a version went in the next one: `x-replaced-by`, read into plain values.

The extension stands at every operation of a version that ends, and once at the root of its document for what all
operations share; `openapi/README.md` says how it is written. Whatever explains the way from one version to the next
(the guide, the translation of requests, the report of what a caller still uses) reads it here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from core.contract.lifecycle import operations

Document = Mapping[str, Any]

By = Literal[
    "copy",
    "values",
    "prefix",
    "pages",
    "asked",
    "count",
    "seconds",
    "reissue",
    "successor_path",
    "upper_case",
    "message",
    "field",
]
"""How a value changes on its way, as `TRANSFORMATIONS` explains."""

TRANSFORMATIONS: Final[Mapping[By, str]] = {
    "copy": "the same value",
    "values": "another word for it, by the table of values",
    "prefix": "a sign before the value of the other parameter that goes there",
    "pages": "page n: follow `/page/next_cursor` n - 1 times; behind the last page every page is empty",
    "asked": "the value of this parameter in the v1 request, or its default",
    "count": "the number of elements on all pages together",
    "seconds": "the time, cut to whole seconds",
    "reissue": "a value of v2's own: take it from v2's answers",
    "successor_path": "the path of the same resource in v2",
    "upper_case": "the same word in capitals",
    "message": "the detail of the one fault, or all as `place: detail` with `; ` between; else the detail itself",
    "field": "the parameter, or the pointer as a path with dots",
}

Kind = Literal["parameter", "request", "response", "header", "error"]
"""What can move: parameters and headers by name, members of bodies by JSON pointer with `*` for each element."""


@dataclass(frozen=True, slots=True)
class Move:
    """Where one thing went. Where `to` is None nothing replaces it, and `note` says why or what to do instead."""

    name: str
    to: str | None
    by: By = "copy"
    values: Mapping[str, str] = field(default_factory=dict)
    note: str | None = None

    @property
    def is_same(self) -> bool:
        """Whether name and value stay as they are."""
        return self.to == self.name and self.by == "copy"


@dataclass(frozen=True, slots=True)
class AddedParameter:
    """A query parameter that the new request needs although the old one had nothing like it."""

    name: str
    value: str
    note: str | None


@dataclass(frozen=True, slots=True)
class NeededValue:
    """A path parameter of the new request that the old one does not hold: member `pointer` of the answers of `of`."""

    name: str
    pointer: str
    of: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class StatusChange:
    """An error that has another status or code now. Where `to` is None it does not happen any more."""

    status: int
    error: str
    to: int | None
    code: str | None
    when: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """One operation, and what replaces it. Methods are in capitals, paths are whole templates (`/v1/articles`)."""

    operation_id: str
    method: str
    path: str
    operation: Mapping[str, Any]
    successor_id: str
    successor_method: str
    successor_path: str
    successor: Mapping[str, Any]
    parameters: tuple[Move, ...]
    request: tuple[Move, ...]
    response: tuple[Move, ...]
    headers: tuple[Move, ...]
    errors: tuple[Move, ...]
    statuses: tuple[StatusChange, ...]
    added: tuple[AddedParameter, ...]
    needed: tuple[NeededValue, ...]
    guide: str

    @property
    def place(self) -> str:
        """`GET /v1/articles`."""
        return f"{self.method} {self.path}"

    @property
    def successor_place(self) -> str:
        """`GET /v2/articles`."""
        return f"{self.successor_method} {self.successor_path}"

    @property
    def anchor(self) -> str:
        """The fragment of the operation's paragraph in the guide."""
        return self.operation_id.lower()

    @property
    def link(self) -> str:
        """The address of the operation's paragraph in the guide."""
        return f"{self.guide}#{self.anchor}"

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes that the successor needs."""
        return tuple(sorted(_scopes(self.successor)))

    @property
    def new_scopes(self) -> tuple[str, ...]:
        """The scopes that the successor needs and the operation did not."""
        return tuple(sorted(_scopes(self.successor) - _scopes(self.operation)))

    def move(self, kind: Kind, name: str) -> Move | None:
        """Where a parameter, a member (by pointer) or a header went; None for a name that the operation has not."""
        return next((move for move in self.moves(kind) if move.name == name), None)

    def moves(self, kind: Kind) -> tuple[Move, ...]:
        """Everything of one kind."""
        by_kind: Mapping[Kind, tuple[Move, ...]] = {
            "parameter": self.parameters,
            "request": self.request,
            "response": self.response,
            "header": self.headers,
            "error": self.errors,
        }
        return by_kind[kind]


def replacements_of(document: Document, successor: Document) -> tuple[Replacement, ...]:
    """Every operation of a document that names its successor in the next one, in the order of the document."""
    shared: Mapping[str, Any] = document.get("x-replaced-by", {})
    found = {node["operationId"]: (path, method, node) for path, method, node in operations(successor)}
    return tuple(
        _replacement(document, shared, (path, method, node), found[node["x-replaced-by"]["operation"]])
        for path, method, node in operations(document)
        if node.get("x-replaced-by", {}).get("operation") in found
    )


def newest_replacements(documents: Mapping[str, Document]) -> tuple[Replacement, ...]:
    """The replacements of the last version that has a successor, from documents that stand oldest first."""
    newest = list(documents.values())
    return replacements_of(newest[-2], newest[-1]) if len(newest) > 1 else ()


_Place = tuple[str, str, Mapping[str, Any]]


def _replacement(document: Document, shared: Mapping[str, Any], old: _Place, new: _Place) -> Replacement:
    path, method, node = old
    successor_path, successor_method, successor = new
    own: Mapping[str, Any] = node["x-replaced-by"]
    names = {resolve(document, item)["name"] for item in node.get("parameters", ())}
    sent = {name for response in _responses(document, node) for name in response.get("headers", {})}
    everywhere = {name: move for name, move in shared.get("parameters", {}).items() if name in names}
    answered = {name: move for name, move in shared.get("headers", {}).items() if name in sent}
    return Replacement(
        operation_id=node["operationId"],
        method=method,
        path=path,
        operation=node,
        successor_id=successor["operationId"],
        successor_method=successor_method,
        successor_path=successor_path,
        successor=successor,
        parameters=_moves({**own.get("parameters", {}), **everywhere}),
        request=_moves(own.get("request", {})),
        response=_moves(own.get("response", {})),
        headers=_moves({**answered, **own.get("headers", {})}),
        errors=_moves(shared.get("errors", {})),
        statuses=tuple(_changes((*own.get("statuses", ()), *shared.get("statuses", ())))),
        added=tuple(
            AddedParameter(name, said["value"], said.get("note")) for name, said in own.get("adds", {}).items()
        ),
        needed=tuple(
            NeededValue(name, said["to"], tuple(said["of"]), said["note"])
            for name, said in own.get("needs", {}).items()
        ),
        guide=shared.get("guide", ""),
    )


def _moves(said: Mapping[str, Any]) -> tuple[Move, ...]:
    return tuple(_move(name, target) for name, target in said.items())


def _move(name: str, target: str | Mapping[str, Any]) -> Move:
    if isinstance(target, str):
        return Move(name, target)
    if "none" in target:
        return Move(name, None, note=target["none"])
    return Move(name, target["to"], target.get("by", "copy"), target.get("values", {}), target.get("note"))


def _changes(said: Iterable[Mapping[str, str]]) -> Iterator[StatusChange]:
    for change in said:
        to = int(change["to"]) if "to" in change else None
        yield StatusChange(
            int(change["from"]), change["error"], to, change.get("code"), change.get("when") or change.get("none", "")
        )


def _responses(document: Document, operation: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from (resolve(document, node) for node in operation["responses"].values())


def _scopes(operation: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(scope for need in operation.get("security", ()) for scopes in need.values() for scope in scopes)


def resolve(document: Document, node: Mapping[str, Any]) -> Mapping[str, Any]:
    """A node, or the component of the document that it refers to."""
    while "$ref" in node:
        section, name = node["$ref"].split("/")[-2:]
        node = document["components"][section][name]
    return node
