"""Rules for parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ci.lints.contract.document import Breach, Document, DocumentRule

_SCALARS = ("string", "integer", "number", "boolean")
_COMBINERS = ("oneOf", "anyOf", "allOf", "not")


def _parameters(document: Document) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for operation in document.operations():
        for parameter in document.parameters(operation):
            yield f"{operation.place} {parameter['name']}", parameter


def _types(document: Document) -> Iterator[Breach]:
    for place, parameter in _parameters(document):
        schema = parameter["schema"]
        item = schema.get("items", {}) if schema.get("type") == "array" else schema
        combined = [key for key in _COMBINERS if key in schema or key in item]
        if combined or item.get("type") not in _SCALARS:
            yield Breach(place, f"has {', '.join(combined) or 'the type ' + str(schema.get('type'))}")


def _bounds(document: Document) -> Iterator[Breach]:
    for place, parameter in _parameters(document):
        schema = parameter["schema"]
        if schema.get("type") == "array":
            if not {"minItems", "maxItems"} <= schema.keys():
                yield Breach(place, "has no minItems and maxItems")
            schema = schema.get("items", {})
        if not _is_bounded(schema):
            yield Breach(place, "has no bounds")


def _is_bounded(schema: Mapping[str, Any]) -> bool:
    match schema.get("type"):
        case "integer" | "number":
            return {"minimum", "maximum"} <= schema.keys()
        case "string":
            return bool({"enum", "maxLength", "pattern"} & schema.keys())
        case _:
            return True


def _texts(document: Document) -> Iterator[Breach]:
    for place, parameter in _parameters(document):
        missing = [key for key in ("description", "example") if parameter.get(key) in (None, "")]
        if missing:
            yield Breach(place, f"has no {' and no '.join(missing)}")


RULES = (
    DocumentRule(
        "parameter-types",
        _types,
        "a combination of schemas says nothing about how text becomes a value; the stock stack answers it with 500",
        "give one scalar type, or an array of one",
    ),
    DocumentRule(
        "parameter-bounds",
        _bounds,
        "what has no bound is a way to make the server work for nothing",
        "minimum and maximum, maxLength, pattern or enum; minItems and maxItems for arrays",
    ),
    DocumentRule(
        "parameter-texts",
        _texts,
        "the example is what the documentation's form is filled with and what the fuzzer begins with",
        "add both",
    ),
)
