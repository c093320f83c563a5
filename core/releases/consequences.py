"""Whom a change of a contract would break: the callers that used what it takes away, as recorded usage has them.

A finding names what it is about; what that comes to depends on its kind. A part of a request breaks whoever sent it; a
part that is asked for from then on, or has another default, whoever did not; a part of an answer, everybody who called
the operation, for nobody can see what of an answer a client reads. What cannot be told is taken for the whole
operation: a caller may be named in vain, and is never left out.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from core.contract.elements import Element, Elements
from core.contract.lifecycle import METHODS, base_path
from core.releases.findings import Document, Finding, element_of

_WHOLE: Final = Element("operation")
_IN_PATH: Final = "`path` request parameter"
_ASKED_FOR: Final = re.compile(r"-became-required(?:$|-)|-default-value-")
"""Rules that hit who leaves the part out: it is asked for, or stands for another value from then on."""
_NEW: Final = re.compile(r"^new-required-|^request-body-added-required$")
_OF_NUMBER: Final = "info"
"""The section of findings about the document's number, which no call depends on."""


class Caller(NamedTuple):
    """A key or a person. `id` is the public one; `name` is None for one that is gone."""

    organization: str
    id: str
    kind: str
    name: str | None


class Use(NamedTuple):
    """How often a caller used an element of an operation; an empty `version` stands for any."""

    caller: Caller
    version: str
    operation: str
    element: Element
    calls: int
    last_call_at: datetime


class Hit(NamedTuple):
    """A caller that a change would break: calls that would have failed, and the last of them."""

    caller: Caller
    calls: int
    last_call_at: datetime


class _Calls(NamedTuple):
    calls: int
    last_call_at: datetime

    def plus(self, other: "_Calls") -> "_Calls":
        return _Calls(self.calls + other.calls, max(self.last_call_at, other.last_call_at))


_Callers = Mapping[Caller, _Calls]


class Consequences:
    """The use of one document: asked for each finding of a comparison whose base it is."""

    def __init__(self, base: Document, uses: Iterable[Use]) -> None:
        self._base = base
        self._operations = _operations(base)
        self._known: dict[str, Mapping[tuple[str, str, str], Element]] = {}
        self._used: defaultdict[tuple[str, Element], dict[Caller, _Calls]] = defaultdict(dict)
        version = base_path(base).rpartition("/")[2]
        for use in uses:
            if not version or use.version in ("", version):
                callers, told = self._used[use.operation, use.element], _Calls(use.calls, use.last_call_at)
                callers[use.caller] = told.plus(callers[use.caller]) if use.caller in callers else told

    def of(self, finding: Finding) -> Sequence[Hit]:
        """The callers that the finding would break, those with the most calls first."""
        if finding.get("section") == _OF_NUMBER:
            return ()
        together: dict[Caller, _Calls] = {}
        for operation in self._concerned(finding):
            for caller, told in self._callers(operation, finding).items():
                together[caller] = told.plus(together[caller]) if caller in together else told
        hits = (Hit(caller, *told) for caller, told in together.items() if told.calls > 0)
        return sorted(hits, key=lambda hit: (-hit.calls, hit.caller.organization, hit.caller.id))

    def _concerned(self, finding: Finding) -> Iterable[str]:
        """Names of the operations that the finding is about."""
        if name := finding.get("operationId"):
            return (name,)
        named = element_of(finding, {})
        if path := finding.get("path"):
            here = (each for each in self._operations.values() if each.path == path)
            return [each.name for each in here if finding.get("operation", each.method) == each.method]
        if named.kind == "schema" and named.name is not None:
            reference = f"#/components/schemas/{named.name}"
            return [each.name for each in self._operations.values() if _leads_to(each.node, reference, self._base)]
        return list(self._operations)

    def _callers(self, operation: str, finding: Finding) -> _Callers:
        whole = self._used.get((operation, _WHOLE), {})
        rule, element = str(finding["id"]), self._element(operation, finding)
        if _NEW.search(rule):
            # a member that is new inside of another one concerns who sends that
            return whole if element.kind != "member" else self._used.get((operation, element), {})
        sent = self._used.get((operation, element), {})
        if not _ASKED_FOR.search(rule) or element == _WHOLE:
            return sent
        parent = self._parent(operation, element)
        owing = self._used.get((operation, parent), {})
        return {
            caller: told._replace(calls=told.calls - (sent[caller].calls if caller in sent else 0))
            for caller, told in owing.items()
        }

    def _element(self, operation: str, finding: Finding) -> Element:
        """What of the operation the finding is about, as usage is recorded; the whole of it where that is not known."""
        rule, text = str(finding["id"]), str(finding["text"])
        named = element_of(finding, {})
        name, value = named.name or "", named.value or ""
        known = self._of_operation(operation)
        wanted: list[tuple[str, str, str]] = []
        if named.kind == "parameter" and _IN_PATH not in text:
            wanted = [("enum", name, value)] if value else [("parameter", name, "")]
        elif named.kind == "request_member" and rule.startswith("new-"):
            return self._parent(operation, Element("member", name))
        elif named.kind == "request_member":
            # the items of an array that are no objects count as the array
            member = [("member", name, ""), ("member", name.removesuffix("/*"), "")]
            wanted = [("enum", name, value), *member] if value else member
        elif named.kind == "media_type" and rule.startswith("request-body-media-type-removed"):
            wanted = [("media_type", "", name)]
        found = (known.get(_spelled(*element)) for element in wanted)
        return next((element for element in found if element is not None), _WHOLE)

    def _parent(self, operation: str, element: Element) -> Element:
        """The member that holds a member; for any other element the operation."""
        if element.kind != "member":
            return _WHOLE
        above = element.name.rpartition("/")[0].removesuffix("/*")
        return self._of_operation(operation).get(_spelled("member", above, ""), _WHOLE)

    def _of_operation(self, name: str) -> Mapping[tuple[str, str, str], Element]:
        """Every element that the document gives the operation, as `_spelled` writes it."""
        if name not in self._known:
            operation = self._operations.get(name)
            elements = () if operation is None else _elements(operation, self._base)
            self._known[name] = {_spelled(*element): element for element in elements}
        return self._known[name]


class _Operation(NamedTuple):
    name: str
    method: str
    path: str
    node: Mapping[str, Any]
    parameters: Sequence[Any]


def _operations(document: Document) -> dict[str, _Operation]:
    """operationId → operation."""
    found: dict[str, _Operation] = {}
    for path, item in document["paths"].items():
        for method in METHODS:
            if isinstance(node := item.get(method), Mapping):
                name = str(node.get("operationId", ""))
                parameters = [*item.get("parameters", ()), *node.get("parameters", ())]
                found[name] = _Operation(name, method.upper(), path, node, parameters)
    return found


def _elements(operation: _Operation, document: Document) -> tuple[Element, ...]:
    body = _inlined(operation.node.get("requestBody", {}), document)
    return Elements(_inlined(operation.parameters, document), body).elements


def _inlined(node: Any, document: Document, within: frozenset[str] = frozenset()) -> Any:
    """The node without references; one that leads back into itself becomes an empty object."""
    if isinstance(node, list):
        return [_inlined(item, document, within) for item in node]
    if not isinstance(node, Mapping):
        return node
    reference = node.get("$ref")
    if not isinstance(reference, str):
        return {name: _inlined(value, document, within) for name, value in node.items()}
    if reference in within:
        return {}
    return _inlined(_target(reference, document), document, within | {reference})


def _leads_to(node: Any, wanted: str, document: Document) -> bool:
    """Whether the node refers to a component, itself or by others."""
    seen: set[str] = set()
    waiting = [node]
    while waiting:
        for reference in _references(waiting.pop()):
            if reference == wanted:
                return True
            if reference not in seen:
                seen.add(reference)
                waiting.append(_target(reference, document))
    return False


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for item in node:
            yield from _references(item)


def _target(reference: str, document: Document) -> Any:
    """What a reference inside of the document points at; an empty object for any other."""
    target: Any = document
    for segment in reference.removeprefix("#/").split("/"):
        key = segment.replace("~1", "/").replace("~0", "~")
        target = target.get(key, {}) if isinstance(target, Mapping) else {}
    return target


def _spelled(kind: str, name: str, value: str) -> tuple[str, str, str]:
    """An element as findings can be told from: headers in small letters, and `items` for the items of an array."""
    return kind, name.replace("/*", "/items") if name.startswith("/") else name.lower(), value
