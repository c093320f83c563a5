"""What the documents say of versions that end: when, and what replaces each of their operations.

A version ends where its document has `x-sunset`. `x-replaced-by` of an operation names its successor in the next
document, and where each parameter and member went; without it the successor is what has the same path there.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from core.deprecations.types import EndingVersion, OldOperation, Successor
from core.kit.clock import instant

GUIDE_PAGE: Final = "/migration"
"""Where the instance serves its guide; every operation has a paragraph there."""

METHODS: Final = ("get", "put", "post", "delete", "patch")

Document = Mapping[str, Any]


def endings(documents: Mapping[str, Document]) -> dict[str, EndingVersion]:
    """Every version that has a Sunset, by its name. `documents` are those of all versions, oldest first."""
    found = {}
    names = list(documents)
    for name, following in zip(names, [*names[1:], None], strict=True):
        document = documents[name]
        if "x-sunset" in document:
            found[name] = EndingVersion(
                name,
                _deprecated_at(document),
                instant(document["x-sunset"]),
                following,
                {each.name: each for each in _old_operations(document, documents[following] if following else None)},
            )
    return found


def guide_url(operation: str) -> str:
    """The paragraph about an operation of an ending version: its operationId in lower case is the anchor."""
    return f"{GUIDE_PAGE}#{operation.lower()}"


def _deprecated_at(document: Document) -> datetime | None:
    text = document.get("x-deprecated-since")
    return None if text is None else instant(text)


def _old_operations(document: Document, following: Document | None) -> Iterator[OldOperation]:
    by_id: dict[str, Successor] = {}
    by_place: dict[tuple[str, str], Successor] = {}
    for path, method, node in _operations(following) if following else ():
        successor = Successor(node["operationId"], method, path)
        by_id[successor.name] = by_place[method, _below(following, path)] = successor
    for path, method, node in _operations(document):
        stated = node.get("x-replaced-by", {})
        yield OldOperation(
            node["operationId"],
            method,
            path,
            by_id.get(stated.get("operation", ""), by_place.get((method, _below(document, path)))),
            stated.get("parameters", {}),
            stated.get("members", {}),
        )


def _operations(document: Document) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield _base(document) + path, method.upper(), item[method]


def _below(document: Document | None, path: str) -> str:
    return path if document is None else path.removeprefix(_base(document))


def _base(document: Document) -> str:
    servers = document.get("servers") or [{"url": ""}]
    base: str = servers[0]["url"]
    return base.rstrip("/")
