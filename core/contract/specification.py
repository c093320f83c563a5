"""A document as Connexion holds it, checked by compiled Rust.

Connexion checks a document in Python, against the schema of OpenAPI 3.0 that it brings: half a second of each start for
ours, which takes 10 ms here. It is the same schema, and every default is held against its own schema as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import jsonschema_rs
from connexion.spec import OpenAPISpecification

from core.contract.schema import cut, pointer, request_schema


class InvalidContract(ValueError):
    """The documents cannot be served; the message says what to change."""


class CheckedSpecification(OpenAPISpecification):  # type: ignore[misc]  # connexion has no type information
    """What Connexion's middlewares read. Raises `InvalidContract` for a document that is no OpenAPI 3.0."""

    @classmethod
    def _validate_spec(cls, spec: Mapping[str, Any]) -> None:
        """Called by Connexion before it resolves the references."""
        for place, fault in _faults(spec):
            raise InvalidContract(f"the document of {_servers(spec)} is invalid: {place or '/'}: {fault}")


def _faults(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Where (RFC 6901) and what."""
    for error in _openapi().iter_errors(document):
        yield pointer(list(error.instance_path)), cut(error.message)
    for path, schema in _with_default(document, ()):
        checks = request_schema(schema)
        if "$ref" in str(checks):
            checks["components"] = document["components"]
        if not jsonschema_rs.is_valid(checks, schema["default"]):
            yield pointer([*path, "default"]), "is not valid by its own schema"


@cache
def _openapi() -> jsonschema_rs.Draft4Validator:
    return jsonschema_rs.Draft4Validator(OpenAPISpecification.openapi_schema)


def _with_default(node: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, Any]]]:
    """Every schema with a default; what examples and extensions hold is data."""
    if isinstance(node, dict):
        if "default" in node and isinstance(node.get("type"), str):
            yield path, node
        for key, member in node.items():
            if isinstance(member, dict | list) and key not in ("example", "examples") and not key.startswith("x-"):
                yield from _with_default(member, (*path, key))
    else:
        for index, member in enumerate(node):
            if isinstance(member, dict | list):
                yield from _with_default(member, (*path, index))


def _servers(document: Mapping[str, Any]) -> str:
    return ", ".join(server["url"] for server in document.get("servers", ()) if "url" in server)
