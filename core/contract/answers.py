"""Schemas of answers as compiled validators: what the documents promise, turned around to be held against the server.

Outputs stay open in the documents, so that members may come; what the server sends must be in them all the same. So
an object that lists its properties is closed here, unless it is a part of an `allOf`, where no part knows the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, Literal, NamedTuple

import jsonschema_rs

from core.contract import formats
from core.contract.schema import IGNORED, rewrite_format, rewrite_nullable

MAX_DRIFTS: Final = 10
"""Of one answer: a page of 100 bad items has one fault and not 100."""

Place = Literal["status", "header", "media_type", "body"]

_NATIVE: Final = frozenset({"date-time", "date", "email", "hostname", "ipv4", "ipv6", "uri"})
"""Formats that the validator checks itself, ten times as fast as a function of ours."""
_NAME: Final = re.compile("[A-Za-z][A-Za-z0-9_-]{0,63}|[0-9]{1,9}")
_REFERENCE: Final = "#/components/schemas/"
_PART: Final = "~part"
"""Ends the name of a schema's open form."""


class Drift(NamedTuple):
    """One way in which an answer is not what the document says.

    `pointer` is the JSON pointer into the body, the name of the header, or empty; `keyword` the keyword of JSON Schema
    that the value breaks, `undocumented` for what the document does not name, or `syntax`. No value is in it.
    """

    place: Place
    pointer: str
    keyword: str


class AnswerValidator:
    """One schema of a document: `errors(value)` names all that is wrong, quickly where nothing is."""

    __slots__ = ("_exact", "_schema", "is_valid")

    def __init__(self, document: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
        self._schema = _with_definitions(document, schema)
        self._exact: jsonschema_rs.Draft4Validator | None = None
        self.is_valid = _compiled(self._schema, _not_native()).is_valid

    def errors(self, value: Any, place: Place) -> list[Drift]:
        """What is wrong, at most 10 places. A format counts as the rest of the engine understands it."""
        if self.is_valid(value):
            return []
        if self._exact is None:
            self._exact = _compiled(self._schema, formats.CHECKS)
        found = (drift for error in self._exact.iter_errors(value) for drift in _drifts(error, place))
        return list(islice(found, MAX_DRIFTS))


def _not_native() -> dict[str, Callable[[str], bool]]:
    return {name: check for name, check in formats.CHECKS.items() if name not in _NATIVE}


def _compiled(schema: dict[str, Any], checks: Mapping[str, Callable[[str], bool]]) -> jsonschema_rs.Draft4Validator:
    return jsonschema_rs.Draft4Validator(
        schema, validate_formats=True, formats=dict(checks), pattern_options=jsonschema_rs.RegexOptions()
    )


def _with_definitions(document: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """The rewritten schema together with every component that it reaches."""
    whole = answer_schema(schema)
    definitions: dict[str, Any] = {}
    wanted = list(_references(whole))
    while wanted:
        name = wanted.pop()
        if name not in definitions:
            component = document["components"]["schemas"][name.removesuffix(_PART)]
            definitions[name] = answer_schema(component, is_part=name.endswith(_PART))
            wanted += _references(definitions[name])
    return {"allOf": [whole], "definitions": definitions}


def answer_schema(schema: Any, *, is_part: bool = False) -> Any:
    """The draft 4 schema that a value in an answer must match; a part of an `allOf` leaves room for the others."""
    if isinstance(schema, list):
        return [answer_schema(member) for member in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": f"#/definitions/{schema['$ref'].removeprefix(_REFERENCE)}{_PART if is_part else ''}"}
    rewritten: dict[str, Any] = {}
    for key, value in schema.items():
        if key in IGNORED or key.startswith("x-"):
            continue
        if key == "properties":
            rewritten[key] = {name: answer_schema(member) for name, member in value.items()}
        elif key in ("allOf", "anyOf", "oneOf"):
            rewritten[key] = [answer_schema(member, is_part=True) for member in value]
        else:
            rewritten[key] = value if key in ("enum", "required") else answer_schema(value)
    if "properties" in rewritten and not is_part and not {"allOf", "anyOf", "oneOf"} & rewritten.keys():
        rewritten.setdefault("additionalProperties", False)
    rewrite_nullable(schema, rewritten)
    rewrite_format(schema, rewritten)
    return rewritten


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"].removeprefix("#/definitions/")
        for child in node.values():
            yield from _references(child)
    elif isinstance(node, list):
        for child in node:
            yield from _references(child)


def _drifts(error: jsonschema_rs.ValidationError, place: Place) -> Iterator[Drift]:
    path: list[Any] = list(error.instance_path)
    match error.kind:
        case jsonschema_rs.ValidationErrorKind.Required(name):
            yield Drift(place, shown([*path, str(name)]), "required")
        case jsonschema_rs.ValidationErrorKind.AdditionalProperties(names):
            yield from (Drift(place, shown([*path, name]), "undocumented") for name in names)
        case kind:
            yield Drift(place, shown(path), str(kind.name))


def shown(path: Sequence[Any]) -> str:
    """The JSON pointer, in which `*` stands for a segment that looks like data and not like a name of a contract."""
    return "".join(f"/{segment if _NAME.fullmatch(str(segment)) else '*'}" for segment in path)
