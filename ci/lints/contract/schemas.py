"""Rules for schemas: what has a name, what is required, what is closed, how values are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from ci.lints.contract.document import Breach, Document, DocumentRule, Node, children, schemas
from core.contract import formats

_MEMBER = re.compile(r"[a-z][a-z0-9_]*")
_REPEATS = ("MAX_REPEAT", "MIN_REPEAT")


def _named_bodies(document: Document) -> Iterator[Breach]:
    for body in (*document.request_bodies(), *document.response_bodies()):
        if "$ref" not in body.node.get("schema", {}):
            yield Breach(f"{body.place} {body.media_type}", "has a body without a name")
    for place, schema in schemas(document):
        for step, child in children(schema):
            if child.get("type") == "object" or "properties" in child:
                yield Breach(f"{place}/{step}", "is an object without a name")


def _required(document: Document) -> Iterator[Breach]:
    for name, schema in _bodies_of(document, document.reachable(document.response_bodies())):
        if schema.get("x-sparse") is True:
            continue
        optional = sorted(schema.get("properties", {}).keys() - set(schema.get("required", ())))
        if optional:
            yield Breach(f"schemas/{name}", f"may leave out {', '.join(optional)}")


def _closed(document: Document) -> Iterator[Breach]:
    inputs = document.reachable(document.request_bodies())
    outputs = document.reachable(document.response_bodies())
    for name, schema in _bodies_of(document, inputs | outputs):
        is_closed = schema.get("additionalProperties") is False
        if schema.get("x-foreign"):
            continue
        if name in inputs and not is_closed:
            yield Breach(f"schemas/{name}", "is an input and takes unknown members")
        if name in outputs and is_closed:
            yield Breach(f"schemas/{name}", "is an output and forbids new members")


def _closed_combinations(document: Document) -> Iterator[Breach]:
    for place, schema in schemas(document):
        members = [schema, *(document.resolve(member) for member in schema.get("allOf", ()))]
        if "allOf" in schema and any(member.get("additionalProperties") is False for member in members):
            yield Breach(place, "combines with allOf what additionalProperties closes")


def _enums(document: Document) -> Iterator[Breach]:
    for place, schema in schemas(document):
        allowed = (str, type(None)) if schema.get("nullable") else (str,)
        if not all(isinstance(value, allowed) for value in schema.get("enum", ())):
            yield Breach(place, f"has the enum {schema['enum']}")


def _patterns(document: Document) -> Iterator[Breach]:
    for place, schema in schemas(document):
        pattern = schema.get("pattern")
        if pattern is not None and not _is_linear(pattern):
            yield Breach(place, f"has the pattern {pattern!r}")


def _is_linear(pattern: str) -> bool:
    """Whether the pattern has an anchor at both ends and no repetition of something that repeats itself."""
    parser = import_module("re._parser")  # the structure of a pattern has no public name
    return pattern.startswith("^") and pattern.endswith("$") and not _nests(parser.parse(pattern), inside=False)


def _nests(node: Any, *, inside: bool) -> bool:
    for operator, argument in node:
        repeats = str(operator) in _REPEATS and argument[1] > 1
        if repeats and inside:
            return True
        for part in _parts(argument):
            if _nests(part, inside=inside or repeats):
                return True
    return False


def _parts(argument: Any) -> Iterator[Any]:
    """The patterns inside an operator's argument."""
    if hasattr(argument, "getwidth"):  # a part of a pattern: operators and their arguments
        yield argument
    elif isinstance(argument, list | tuple):
        for part in argument:
            yield from _parts(part)


def _formats(document: Document) -> Iterator[Breach]:
    known = {*formats.CHECKS, *formats.RANGES, *formats.REMARKS}
    for place, schema in schemas(document):
        if schema.get("format", "date") not in known:
            yield Breach(place, f"has the format {schema['format']}")


def _members(document: Document) -> Iterator[Breach]:
    for place, schema in schemas(document):
        for name, member in schema.get("properties", {}).items():
            if not _MEMBER.fullmatch(name):
                yield Breach(f"{place}/{name}", "is not in snake_case")
            if not document.resolve(member).get("description"):
                yield Breach(f"{place}/{name}", "has no description")


def _bodies_of(document: Document, names: frozenset[str]) -> Iterator[tuple[str, Node]]:
    """Those of the named schemas that are objects."""
    for name in sorted(names):
        schema = document.components("schemas")[name]
        if schema.get("type") == "object" or "properties" in schema:
            yield name, schema


RULES = (
    DocumentRule(
        "named-bodies",
        _named_bodies,
        "an SDK calls a nameless object InlineResponse200Data1 and renames it when another one is added",
        "make it a component in openapi/<version>/schemas/ and point at it",
    ),
    DocumentRule(
        "required-members",
        _required,
        "a member that is sometimes absent is a question that every client has to answer; null is an answer",
        "list it in `required` and make it nullable, or mark the schema `x-sparse: true` where clients choose members",
    ),
    DocumentRule(
        "closed-inputs",
        _closed,
        "a misspelt member of an input would do nothing in silence; a closed output could never gain a member",
        "additionalProperties: false on every input, on no output, and no object that is both; an input whose form "
        "others decide says x-foreign and who",
    ),
    DocumentRule(
        "no-closed-allof",
        _closed_combinations,
        "each part refuses the members of the others, so nothing is valid",
        "write the members out",
    ),
    DocumentRule(
        "enum-strings",
        _enums,
        "numbers and booleans in enums become different things in each SDK language",
        "use words; null only where the schema is nullable",
    ),
    DocumentRule(
        "linear-patterns",
        _patterns,
        "a repetition inside a repetition can take exponential time, and a pattern without anchors matches anywhere",
        "anchor with ^ and $, and repeat only what does not repeat itself",
    ),
    DocumentRule(
        "known-formats",
        _formats,
        "a format that nothing checks promises what nobody holds",
        "take one of core/contract/formats.py, or add a check there",
    ),
    DocumentRule(
        "members",
        _members,
        "members are attributes in every SDK, and their descriptions are its docstrings",
        "name it in snake_case and describe it, or the component that it points at",
    ),
)
