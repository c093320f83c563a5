"""Rules for examples: every body and parameter has one, and every one is valid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
from jsonschema.protocols import Validator
from openapi_schema_validator import OAS30Validator

from ci.lints.contract.document import Breach, Document, DocumentRule, Media, Node, schemas
from core.contract import formats


def format_checker() -> jsonschema.FormatChecker:
    """Checks the formats exactly as the engine does."""
    checker = jsonschema.FormatChecker(formats=())
    for name, check in formats.CHECKS.items():
        checker.checks(name)(lambda value, check=check: not isinstance(value, str) or check(value))
    return checker


def validator(document: Document, schema: Node) -> Validator:
    """A validator for OpenAPI 3.0.3 that finds the components of this document."""
    rooted = {**schema, "components": document.node["components"]}
    made: Validator = OAS30Validator(rooted, format_checker=format_checker())
    return made


def _bodies(document: Document) -> Iterator[Media]:
    yield from document.request_bodies()
    yield from document.response_bodies()


def _present(document: Document) -> Iterator[Breach]:
    for body in _bodies(document):
        if not _examples(body.node):
            yield Breach(f"{body.place} {body.media_type}", "has no example")


def _valid(document: Document) -> Iterator[Breach]:
    for body in _bodies(document):
        for example in _examples(body.node):
            yield from _faults(document, f"{body.place} {body.media_type}", body.node.get("schema", {}), example)
    for operation in document.operations():
        for parameter in document.parameters(operation):
            for example in _examples(parameter):
                yield from _faults(document, f"{operation.place} {parameter['name']}", parameter["schema"], example)
    for name, header in document.components("headers").items():
        for example in _examples(header):
            yield from _faults(document, f"headers/{name}", header["schema"], example)
    for place, schema in schemas(document):
        if "example" in schema:
            yield from _faults(document, place, schema, schema["example"])
        if "default" in schema:
            yield from _faults(document, f"{place} default", schema, schema["default"])


def _examples(node: Mapping[str, Any]) -> list[Any]:
    """The example of a body or parameter, or all of its named ones."""
    named = [example["value"] for example in node.get("examples", {}).values()]
    return [node["example"], *named] if "example" in node else named


def _faults(document: Document, place: str, schema: Node, example: Any) -> Iterator[Breach]:
    for error in validator(document, schema).iter_errors(example):
        yield Breach(place, f"is broken by its example at /{'/'.join(map(str, error.absolute_path))}: {error.message}")


def _problems(document: Document) -> Iterator[Breach]:
    catalogue = document.node.get("x-problems")
    if catalogue is None:
        return
    for body in document.response_bodies():
        for example in _examples(body.node) if body.media_type == "application/problem+json" else ():
            entry = catalogue.get(example["code"], {})
            stated = {"status": example["status"], "title": example["title"], "type": example["type"]}
            expected = {
                "status": int(body.place.rsplit(" ", 1)[-1]),
                "title": entry.get("title"),
                "type": f"/problems/{example['code']}",
            }
            if stated != expected or entry.get("status") != stated["status"]:
                yield Breach(body.place, f"shows a problem {example['code']} that differs from the catalogue")


RULES = (
    DocumentRule(
        "examples",
        _present,
        "people learn a contract from its examples, and the fuzzer begins with them",
        "write one beside the schema of the body",
    ),
    DocumentRule(
        "valid-examples",
        _valid,
        "an example that breaks its own schema teaches the wrong thing",
        "mend the example or the schema, whichever is wrong",
    ),
    DocumentRule(
        "catalogued-problems",
        _problems,
        "openapi/shared/problems.yaml is the only catalogue of errors",
        "take status, title and type from there",
    ),
)
