"""From what oasdiff found between two documents to the changes of a release.

A finding is one object of `oasdiff changelog --format json`: `id` (the rule), `text`, `level` (1 to 3), and for most of
them `operation` (the method), `operationId` and `path`. The names of what changed stand in the text, in backquotes.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from core.releases.types import Change, ChangedElement, ChangedOperation, ChangeKind

Finding = Mapping[str, Any]
Document = Mapping[str, Any]

INFORMS: Final = 1
"""oasdiff's level of what breaks no client; 2 is what may break one, 3 what does."""
BREAKS: Final = 3

_ANNOUNCED: Final = re.compile("-removed-with-deprecation$")
"""A removal that was announced in time. It is let through, and breaks whoever did not listen."""
_ANNOUNCES: Final = re.compile("(?:-deprecated|-deprecated-with-sunset|-reactivated)$")
_ID_BYTES: Final = 10
_PARAMETER: Final = re.compile("`(?:path|query|header|cookie)` request parameter `([^`]+)`")
_HEADER: Final = re.compile("response header `([^`]+)`|`([^`]+)` response header")
_PROPERTY: Final = re.compile("propert(?:y|ies) `([^`]+)`|`([^`]+)` (?:request|response) property")
_MEDIA_TYPE: Final = re.compile("media[- ]type `([^`]+)`|`([^`]+)` media[- ]type")
_VALUE: Final = re.compile("enum value `([^`]+)`|`([^`]+)` enum value")
_STATUS: Final = re.compile("status `([0-9]{3})`|`([0-9]{3})` status|response `([0-9]{3})`")
_PART: Final = re.compile(r"(?:allOf|anyOf|oneOf)\[[^]]*\]/")
"""A step into a part of a composed schema, of which no client knows."""
_SCHEMA: Final = re.compile("schema `([^`]+)`")


def changes(findings: Iterable[Finding], base: Document, revision: Document, number: str) -> Iterator[Change]:
    """Each finding as a change of the release `number`, once."""
    version = str(revision["servers"][0]["url"]).strip("/")
    summaries, spelling = _summaries(base, revision), _spelling(base, revision)
    seen: set[str] = set()
    for finding in findings:
        operation, element = _operation(finding, version), element_of(finding, spelling)
        id_ = change_id(number, finding["id"], operation, element)
        if id_ not in seen:
            seen.add(id_)
            yield Change(
                id_, _kind(finding), finding["id"], operation, element, _sentence(finding, operation, summaries)
            )


def change_id(number: str, code: str, operation: ChangedOperation | None, element: ChangedElement) -> str:
    """The same for the same change of the same release, whatever its text says."""
    place = () if operation is None else (operation.method, operation.path)
    parts = (number, code, *place, element.kind, element.name, element.value, element.status)
    digest = hashlib.blake2b("\0".join(part or "" for part in parts).encode(), digest_size=_ID_BYTES)
    return f"chg_{digest.hexdigest()}"


def element_of(finding: Finding, spelling: Mapping[str, str]) -> ChangedElement:
    """What the finding is about. `spelling` has the headers by their names in lower case, as oasdiff writes them."""
    rule, text = str(finding["id"]), _PART.sub("", str(finding["text"]))
    value, status = _first(_VALUE, text), _first(_STATUS, text)
    if name := _first(_PARAMETER, text):
        return ChangedElement("parameter", spelling.get(name, name), value)
    if name := _first(_HEADER, text):
        return ChangedElement("response_header", spelling.get(name, name), value, status)
    if rule.startswith("response-") and (path := _first(_PROPERTY, text)):
        return ChangedElement("response_member", _pointer(path), value, status)
    if path := _first(_PROPERTY, text):
        return ChangedElement("request_member", _pointer(path), value)
    if "media-type" in rule and (name := _first(_MEDIA_TYPE, text)):
        return ChangedElement("media_type", name, value, status)
    if rule.startswith("response-"):
        return ChangedElement("response", None, value, status)
    if rule.startswith("request-body-"):
        return ChangedElement("request_body", None, value)
    if name := _first(_SCHEMA, text):
        return ChangedElement("schema", name)
    return ChangedElement("operation" if finding.get("operation") else "document")


def _kind(finding: Finding) -> ChangeKind:
    if finding["level"] != INFORMS or _ANNOUNCED.search(finding["id"]):
        return "breaking"
    return "documentation" if _ANNOUNCES.search(finding["id"]) else "additive"


def _operation(finding: Finding, version: str) -> ChangedOperation | None:
    if not finding.get("operation") or not finding.get("operationId"):
        return None
    return ChangedOperation(finding["operationId"], finding["operation"], f"/{version}{finding['path']}")


def _sentence(finding: Finding, operation: ChangedOperation | None, summaries: Mapping[str, str]) -> str:
    """oasdiff's words as a sentence; for a whole operation what it is good for, as `endpoint added` says nothing."""
    text = _PART.sub("", str(finding["text"]))
    if path := _first(_PROPERTY, text):
        text = text.replace(f"`{path}`", f"`{_pointer(path)}`", 1)
    if operation is not None and text == "endpoint added":
        return f"`{operation.method} {operation.path}` was added: {summaries.get(operation.id, operation.id)}."
    return f"{text[0].upper()}{text[1:].rstrip('.')}."


def _summaries(*documents: Document) -> dict[str, str]:
    return {
        node["operationId"]: str(node.get("summary", node["operationId"]))
        for document in documents
        for item in document["paths"].values()
        for node in item.values()
        if isinstance(node, Mapping) and "operationId" in node
    }


def _spelling(*documents: Document) -> dict[str, str]:
    """Every header of the documents by its name in lower case."""
    return {name.lower(): name for document in documents for name in _header_names(document)}


def _header_names(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        if node.get("in") == "header" and isinstance(node.get("name"), str):
            yield node["name"]
        headers = node.get("headers")
        if isinstance(headers, Mapping):
            yield from headers
        for child in node.values():
            yield from _header_names(child)
    elif isinstance(node, list):
        for child in node:
            yield from _header_names(child)


def _pointer(path: str) -> str:
    """oasdiff's `scopes/items/` as `/scopes/*`."""
    return "".join("/*" if part == "items" and place else f"/{part}" for place, part in enumerate(_parts(path)))


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return None if found is None else next(group for group in found.groups() if group is not None)
