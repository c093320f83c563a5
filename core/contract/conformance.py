"""Whether an answer is what the document says: its status, media type, documented headers and body.

Validators are compiled when the first answer of their kind is looked at: an instance pays for what it serves.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from xxhash import xxh3_128_digest

from core.contract.answers import AnswerValidator, Drift
from core.contract.body import is_json
from core.contract.lifecycle import operations
from core.kit import json

_BEFORE_THE_OPERATION: Final = frozenset({408, 414, 431})
"""What the server may answer with before it knows the operation; no operation lists these."""
_KNOWN_GOOD: Final = 4096
"""Bodies that are remembered: one that is served from the cache again and again is looked at once."""
_INTEGER: Final = re.compile("-?[0-9]{1,18}")

Document = Mapping[str, Any]


class Sample(NamedTuple):
    """An answer as it was sent: `operation` is `v2.listArticles`, `lines` are its headers as HTTP/1.1 has them."""

    operation: str
    status: int
    lines: Sequence[bytes]
    body: bytes
    is_head: bool
    request_id: str


class _Headers:
    """The documented headers of one answer."""

    def __init__(self, document: Document, described: Mapping[str, Any]) -> None:
        headers = {name.lower(): _resolved(document, node) for name, node in described.items()}
        schema = {
            "type": "object",
            "required": [name for name, node in headers.items() if node.get("required")],
            "properties": {name: node.get("schema", {}) for name, node in headers.items()},
            "additionalProperties": True,
        }
        if not schema["required"]:
            del schema["required"]
        self._names = frozenset(headers)
        self._integers = frozenset(
            name for name, node in headers.items() if node.get("schema", {}).get("type") == "integer"
        )
        self._validator = AnswerValidator(document, schema)

    def drifts(self, sent: Mapping[str, str]) -> list[Drift]:
        values: dict[str, Any] = {name: sent[name] for name in self._names if name in sent}
        for name in self._integers & values.keys():
            if _INTEGER.fullmatch(values[name]):
                values[name] = int(values[name])
        found = self._validator.errors(values, "header")
        return [drift._replace(pointer=drift.pointer.removeprefix("/")) for drift in found]


class _Answer:
    """One documented answer of an operation."""

    def __init__(
        self, document: Document, described: Mapping[str, Any], validators: dict[str, AnswerValidator]
    ) -> None:
        self.headers = _Headers(document, described.get("headers", {}))
        self.content: dict[str, AnswerValidator] = {}
        for media_type, content in described.get("content", {}).items():
            schema = content.get("schema", {})
            key = json.dumps(schema).decode()
            if key not in validators:
                validators[key] = AnswerValidator(document, schema)
            self.content[media_type] = validators[key]


class ResponseChecks:
    """What both documents promise, held against answers."""

    def __init__(self, documents: Mapping[str, Document]) -> None:
        self._documents = documents
        self._described = {
            f"{version}.{operation['operationId']}": operation["responses"]
            for version, document in documents.items()
            for _, _, operation in operations(document)
        }
        self._answers: dict[tuple[str, int], _Answer | None] = {}
        self._validators: dict[str, dict[str, AnswerValidator]] = {version: {} for version in documents}
        self._good: OrderedDict[tuple[str, int, bytes], None] = OrderedDict()

    def drifts(self, sample: Sample) -> list[Drift]:
        """Every way in which the answer is not as documented, at most 10 each of its headers and its body."""
        answer = self._answer(sample.operation, sample.status)
        if answer is None:
            return [] if sample.status in _BEFORE_THE_OPERATION else [Drift("status", "", "undocumented")]
        sent = _fields(sample.lines)
        found = answer.headers.drifts(sent)
        if not sample.is_head:
            found += self._of_body(sample, answer, sent)
        return found

    def _of_body(self, sample: Sample, answer: _Answer, sent: Mapping[str, str]) -> list[Drift]:
        if not answer.content:
            return [Drift("body", "", "undocumented")] if sample.body else []
        media_type = sent.get("content-type", "").partition(";")[0].strip().lower()
        validator = answer.content.get(media_type)
        if validator is None:
            return [Drift("media_type", "", "undocumented")]
        key = (sample.operation, sample.status, xxh3_128_digest(sample.body))
        if key in self._good:
            self._good.move_to_end(key)
            return []
        try:
            value = json.loads(sample.body) if is_json(media_type) else sample.body.decode()
        except ValueError:
            return [Drift("body", "", "syntax")]
        found = validator.errors(value, "body")
        if not found:
            self._good[key] = None
            if len(self._good) > _KNOWN_GOOD:
                self._good.popitem(last=False)
        return found

    def _answer(self, operation: str, status: int) -> _Answer | None:
        key = (operation, status)
        if key not in self._answers:
            version = operation.partition(".")[0]
            document, described = self._documents[version], self._described[operation].get(str(status))
            self._answers[key] = (
                None
                if described is None
                else _Answer(document, _resolved(document, described), self._validators[version])
            )
        return self._answers[key]


def _fields(lines: Sequence[bytes]) -> dict[str, str]:
    """The headers by their names in lower case."""
    found = {}
    for line in b"\r\n".join(lines).decode("latin-1").split("\r\n"):
        name, _, value = line.partition(": ")
        found[name.lower()] = value
    return found


def _resolved(document: Document, node: Mapping[str, Any]) -> Mapping[str, Any]:
    """The node, or what it refers to."""
    while "$ref" in node:
        target: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node
