"""What the documents say of versions that end: when, and what replaces each of their operations."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from core.contract import yaml12
from core.contract.lifecycle import POLICY, operations
from core.contract.replacements import Kind, Replacement, replacements_of
from core.deprecations.types import EndingVersion, OldOperation, UsedElement, Way
from core.kit.clock import instant

Document = Mapping[str, Any]


def endings(documents: Mapping[str, Document]) -> dict[str, EndingVersion]:
    """Every version that has a Sunset, by its name. `documents` are those of all versions, oldest first."""
    found = {}
    names = list(documents)
    for name, following in zip(names, [*names[1:], None], strict=True):
        document = documents[name]
        if "x-sunset" in document:
            replacements = replacements_of(document, documents[following]) if following else ()
            deprecated = document.get("x-deprecated-since")
            found[name] = EndingVersion(
                name,
                None if deprecated is None else instant(deprecated),
                instant(document["x-sunset"]),
                following,
                POLICY,
                {each.name: each for each in _old_operations(document, replacements)},
            )
    return found


def sunsets(folder: Path) -> dict[str, datetime]:
    """Name of each version that ends → its Sunset, from the roots of the documents below `folder`; in some ms."""
    roots = {path.parent.name: yaml12.load(path) for path in sorted(folder.glob("v*/openapi.yaml"))}
    return {name: instant(root["x-sunset"]) for name, root in roots.items() if "x-sunset" in root}


def way_of(operation: OldOperation, element: UsedElement) -> Way:
    """Where an element of the operation went; an operation and a media type go with the whole request."""
    if operation.replacement is None or not element.name:
        return Way()
    kind: Kind = "request" if element.name.startswith("/") else "parameter"
    move = operation.replacement.move(kind, element.name)
    if move is None:
        return Way()
    is_value = element.kind == "enum" and move.to is not None
    return Way(move.to, move.values.get(element.value, element.value) if is_value else None, move.note)


def _old_operations(document: Document, replacements: tuple[Replacement, ...]) -> Iterator[OldOperation]:
    by_name = {replacement.operation_id: replacement for replacement in replacements}
    for path, method, node in operations(document):
        yield OldOperation(node["operationId"], method, path, by_name.get(node["operationId"]))
