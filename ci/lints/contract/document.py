"""One version's document as the rules see it: the bundle, the files that it was written in, the handlers behind it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ci.support import ROOT
from core.contract.bundle import bundle
from core.contract.parameters import snake_case

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
VERSIONS = ("v1", "v2")
_SUBSCHEMAS = ("items", "additionalProperties", "not")
_SUBSCHEMA_LISTS = ("allOf", "anyOf", "oneOf")

Node = Mapping[str, Any]


class Breach(NamedTuple):
    """Where a document breaks a rule, and by what."""

    place: str
    what: str


class Operation(NamedTuple):
    """One operation. `place` is how people call it: `GET /articles`."""

    path: str
    method: str
    node: Node

    @property
    def place(self) -> str:
        """`GET /articles`."""
        return f"{self.method.upper()} {self.path}"

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes that a key needs."""
        return frozenset(
            scope for need in self.node.get("security", ()) for scopes in need.values() for scope in scopes
        )


class Media(NamedTuple):
    """One body: where it stands, its media type and what the document says of it."""

    place: str
    media_type: str
    node: Node


@dataclass(frozen=True)
class Document:
    """`node` is the bundle, `files` are its sources by path, `handlers` the functions of each handler module."""

    version: str
    node: Node
    files: Mapping[str, str] = field(default_factory=dict)
    handlers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    successor: Document | None = None

    @property
    def sunset(self) -> str | None:
        """When the version stops answering; None while that is not planned."""
        return self.node.get("x-sunset")

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes that the document declares."""
        return frozenset(self.node["components"]["securitySchemes"]["bearer"]["x-scopes"])

    @property
    def key_scopes(self) -> frozenset[str]:
        """The scopes that a key can be given: not those of a person."""
        scheme = self.node["components"]["securitySchemes"]["bearer"]
        return self.scopes - frozenset(scheme.get("x-person-scopes", ()))

    def components(self, section: str) -> Mapping[str, Node]:
        """One section of the components."""
        found: Mapping[str, Node] = self.node["components"].get(section, {})
        return found

    def operations(self) -> Iterator[Operation]:
        """Every operation, as written."""
        for path, item in self.node["paths"].items():
            yield from (Operation(path, method, item[method]) for method in METHODS if method in item)

    def resolve(self, node: Node) -> Node:
        """What a node says, or what the component says that it points at."""
        while "$ref" in node:
            section, name = node["$ref"].split("/")[-2:]
            node = self.node["components"][section][name]
        return node

    def parameters(self, operation: Operation) -> Iterator[Node]:
        """The parameters of an operation, with their schemas in place."""
        for node in operation.node.get("parameters", ()):
            parameter = self.resolve(node)
            schema = self.resolve(parameter.get("schema", {}))
            if "items" in schema:
                schema = {**schema, "items": self.resolve(schema["items"])}
            yield {**parameter, "schema": schema}

    def responses(self, operation: Operation) -> Iterator[tuple[str, Node]]:
        """The responses of an operation by status."""
        for status, node in operation.node.get("responses", {}).items():
            yield status, self.resolve(node)

    def request_bodies(self) -> Iterator[Media]:
        """Every body that a client sends."""
        for operation in self.operations():
            body = self.resolve(operation.node.get("requestBody", {}))
            for media_type, node in body.get("content", {}).items():
                yield Media(f"{operation.place} request", media_type, node)

    def response_bodies(self) -> Iterator[Media]:
        """Every body that the server sends."""
        for operation in self.operations():
            for status, response in self.responses(operation):
                for media_type, node in response.get("content", {}).items():
                    yield Media(f"{operation.place} {status}", media_type, node)

    def reachable(self, bodies: Iterator[Media]) -> frozenset[str]:
        """Names of the schemas that these bodies are made of."""
        names: set[str] = set()
        waiting = [body.node.get("schema", {}) for body in bodies]
        while waiting:
            node = waiting.pop()
            if "$ref" in node:
                name = node["$ref"].rsplit("/", 1)[-1]
                if name not in names:
                    names.add(name)
                    waiting.append(self.components("schemas")[name])
            else:
                waiting.extend(schema for _, schema in children(node))
        return frozenset(names)


Find = Callable[[Document], Iterator[Breach]]


@dataclass(frozen=True, slots=True)
class DocumentRule:
    """One rule for documents, why it exists and what to do."""

    name: str
    find: Find
    reason: str
    fix: str


def children(schema: Node) -> Iterator[tuple[str, Node]]:
    """The schemas directly inside a schema, with the way to each."""
    for name, member in schema.get("properties", {}).items():
        yield f"properties/{name}", member
    for key in _SUBSCHEMAS:
        if isinstance(schema.get(key), Mapping):
            yield key, schema[key]
    for key in _SUBSCHEMA_LISTS:
        for number, member in enumerate(schema.get(key, ())):
            yield f"{key}/{number}", member


def walk(schema: Node, place: str) -> Iterator[tuple[str, Node]]:
    """A schema and every schema inside it; references are not followed."""
    yield place, schema
    for step, child in children(schema):
        yield from walk(child, f"{place}/{step}")


def schemas(document: Document) -> Iterator[tuple[str, Node]]:
    """Every schema that the document writes out: of components, parameters, headers and bodies."""
    for name, schema in document.components("schemas").items():
        yield from walk(schema, f"schemas/{name}")
    for section in ("parameters", "headers"):
        for name, node in document.components(section).items():
            yield from walk(node.get("schema", {}), f"{section}/{name}")
    for operation in document.operations():
        for node in operation.node.get("parameters", ()):
            if "$ref" not in node:
                yield from walk(node.get("schema", {}), f"{operation.place} {node['name']}")
    for body in (*document.request_bodies(), *document.response_bodies()):
        yield from walk(body.node.get("schema", {}), f"{body.place} {body.media_type}")


def load_all(root: Path = ROOT) -> Sequence[Document]:
    """Every version, the newest first, with its sources and its handlers."""
    documents: list[Document] = []
    for version in reversed(VERSIONS):
        documents.append(
            Document(
                version,
                bundle(root / "openapi" / version / "openapi.yaml"),
                _sources(root, version),
                _handlers(root / "handlers" / version),
                documents[-1] if documents else None,
            )
        )
    return documents


def module_of(tag: str) -> str:
    """The handler module of a tag: `apiKeys` → `api_keys`."""
    return snake_case(tag)


def function_of(operation_id: str) -> str:
    """The handler of an operation: `listArticles` → `list_articles`."""
    return snake_case(operation_id)


def _sources(root: Path, version: str) -> dict[str, str]:
    folders = (root / "openapi" / version, root / "openapi" / "shared")
    return {
        file.relative_to(root).as_posix(): file.read_text("utf-8")
        for folder in folders
        for file in sorted(folder.rglob("*.yaml"))
    }


def _handlers(folder: Path) -> dict[str, frozenset[str]]:
    return {
        file.stem: frozenset(
            node.name
            for node in ast.parse(file.read_text("utf-8")).body
            if isinstance(node, ast.AsyncFunctionDef) and not node.name.startswith("_")
        )
        for file in sorted(folder.glob("*.py"))
        if file.stem != "__init__"
    }
