"""Both documents, newest first, and what the examples in them are."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from ci.support import ROOT
from core.contract.bundle import bundle

Node = Mapping[str, Any]

METHODS: Final = ("get", "post", "put", "patch", "delete")


@cache
def documents() -> tuple[Node, ...]:
    """The bundles of all versions, newest first; for reading, because everybody gets the same."""
    return tuple(bundle(path) for path in sorted((ROOT / "openapi").glob("v*/openapi.yaml"), reverse=True))


def base(document: Node) -> str:
    """What every path of the document begins with: /v2."""
    return str(document["servers"][0]["url"])


def operations(document: Node) -> Iterator[tuple[str, str, Node]]:
    """(path, method, operation) in the order of the document."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def resolve(document: Node, node: Node) -> Node:
    """The node, or what it refers to."""
    while "$ref" in node:
        target: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def parameters(document: Node, operation: Node, place: str) -> list[Node]:
    """The parameters of an operation in one place: path, query or header."""
    found = [resolve(document, item) for item in operation.get("parameters", [])]
    return [parameter for parameter in found if parameter["in"] == place]


def scopes(operation: Node) -> list[str] | None:
    """The scopes that an operation needs; None where it needs no credential."""
    security = operation["security"]
    return [scope for needed in security for scope in needed["bearer"]] if security else None


def example(document: Node, content: Node) -> Any:
    """The first example of a media type, else that of its schema."""
    if "example" in content:
        return content["example"]
    if "examples" in content:
        return resolve(document, next(iter(content["examples"].values())))["value"]
    schema = resolve(document, content["schema"])
    return schema.get("example", schema.get("default"))
