"""What a document says anew in words: descriptions, examples and extensions, which no comparison of shapes sees."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from core.releases.findings import Document, change_id
from core.releases.types import Change, ChangedElement, ChangedOperation

_METHODS: Final = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
_WORDS: Final = frozenset({"description", "summary", "title", "example", "examples", "externalDocs"})
_NAMES: Final = frozenset({"properties", "patternProperties"})
"""Their keys are names that the document chose, and no words of OpenAPI."""
_COMPONENTS: Final = {"schemas": "schema", "parameters": "parameter", "headers": "response_header"}
_CODE: Final = "text-changed"


def changes(base: Document, revision: Document, number: str) -> Iterator[Change]:
    """One change for each operation, component and other part whose words differ, in the release `number`."""
    version = str(revision["servers"][0]["url"]).strip("/")
    for path, old, new in _shared(base["paths"], revision["paths"]):
        for method, before, after in _shared(old, new):
            if method in _METHODS and reworded(before, after):
                operation = ChangedOperation(after["operationId"], method.upper(), f"/{version}{path}")
                text = f"The description of `{operation.method} {operation.path}` was reworded."
                yield _change(number, operation, ChangedElement("operation"), text)
    for group, old, new in _shared(base.get("components", {}), revision.get("components", {})):
        for name, before, after in _shared(old, new):
            if reworded(before, after):
                element = ChangedElement(_COMPONENTS.get(group, "document"), name)
                yield _change(number, None, element, f"The description of `{name}` was reworded.")
    if _around(base) != _around(revision):
        yield _change(number, None, ChangedElement("document"), "The document's own description was reworded.")


def reworded(before: Any, after: Any, *, names: bool = False) -> bool:
    """Whether two parts differ in words where they agree in shape; what only one of them has is a matter of shape."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        if not names and _said(before) != _said(after):
            return True
        inner = ((key, old, new) for key, old, new in _shared(before, after) if names or not _is_word(key))
        return any(reworded(old, new, names=not names and key in _NAMES) for key, old, new in inner)
    if isinstance(before, list) and isinstance(after, list):
        return any(reworded(old, new) for _, old, new in _shared(_by_name(before), _by_name(after)))
    return False


def _is_word(key: str) -> bool:
    return key in _WORDS or key.startswith("x-")


def _said(node: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in node.items() if _is_word(key)}


def _by_name(items: Sequence[Any]) -> dict[str, Any]:
    """The items of a list by what tells them apart: a reference, a name, or their place."""
    return {
        str(item.get("$ref", item.get("name", place)) if isinstance(item, Mapping) else place): item
        for place, item in enumerate(items)
    }


def _shared(base: Mapping[str, Any], revision: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """(name, old, new) of what both have."""
    return ((name, base[name], revision[name]) for name in revision if name in base)


def _around(document: Document) -> dict[str, Any]:
    """The document without its paths, its components and its number."""
    info = {name: value for name, value in document["info"].items() if name != "version"}
    around = {name: part for name, part in document.items() if name not in ("paths", "components")}
    return {**around, "info": info}


def _change(number: str, operation: ChangedOperation | None, element: ChangedElement, text: str) -> Change:
    return Change(change_id(number, _CODE, operation, element), "documentation", _CODE, operation, element, text)
