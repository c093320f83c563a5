"""Schemas of OpenAPI 3.0 as compiled validators, and what is wrong with a value in our own short words.

OpenAPI 3.0 is JSON Schema draft 4 with differences: `nullable`, `readOnly`, and members that validate nothing. They are
rewritten once at start; a value is then checked by compiled Rust in about 0.1 µs a scalar.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import jsonschema_rs

from core.contract import formats
from core.errors import FieldError

MAX_ERRORS = 100  # an array of 10^5 bad items must not become an answer of 10 MB
MAX_VALUE_LENGTH = 200
IGNORED = frozenset(
    {"example", "default", "description", "title", "externalDocs", "xml", "deprecated", "discriminator"}
    | {"nullable", "readOnly", "writeOnly"}  # rewritten below, or of no meaning in a request
    | {"components"}  # Connexion hangs the whole of it under every body schema
)
"""Members of a schema that validate nothing, or are rewritten."""
_READ_ONLY: dict[str, Any] = {"not": {}}  # nothing is valid here; draft 4 has no `false`


class UnknownFormat(ValueError):
    """A document names a format that nothing here can check."""


class Validator:
    """A compiled schema of a request: `is_valid(value)` for the good case, `errors(value)` for all that is wrong."""

    __slots__ = ("_compiled", "is_valid")

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._compiled = jsonschema_rs.Draft4Validator(
            request_schema(schema),
            validate_formats=True,
            formats=dict(formats.CHECKS),
            pattern_options=jsonschema_rs.RegexOptions(),  # linear time: a pattern that could backtrack stops the start
        )
        self.is_valid = self._compiled.is_valid

    def errors(self, value: Any, *, parameter: str | None = None) -> list[FieldError]:
        """Everything that is wrong with the value, at most 100 places: by pointer, or by the parameter's name."""
        found = (error for raw in self._compiled.iter_errors(value) for error in _field_errors(raw, parameter))
        return list(islice(found, MAX_ERRORS))


def request_schema(schema: Any) -> Any:
    """The draft 4 schema that a value in a request must match. Raises `UnknownFormat`."""
    if isinstance(schema, list):
        return [request_schema(member) for member in schema]
    if not isinstance(schema, dict):
        return schema
    rewritten: dict[str, Any] = {}
    for key, value in schema.items():
        if key in IGNORED or key.startswith("x-"):
            continue
        if key == "properties":
            rewritten[key] = {name: _property(member) for name, member in value.items()}
        else:
            rewritten[key] = value if key == "enum" else request_schema(value)
    _rewrite_required(schema, rewritten)
    rewrite_nullable(schema, rewritten)
    rewrite_format(schema, rewritten)
    return rewritten


def _property(schema: Mapping[str, Any]) -> Any:
    return _READ_ONLY if schema.get("readOnly") is True else request_schema(schema)


def _rewrite_required(schema: Mapping[str, Any], rewritten: dict[str, Any]) -> None:
    """A read-only member is required in responses only (OpenAPI 3.0.3, Schema Object)."""
    if not isinstance(schema.get("required"), list):
        return
    properties = schema.get("properties", {})
    required = [name for name in schema["required"] if properties.get(name, {}).get("readOnly") is not True]
    if required:
        rewritten["required"] = required
    else:
        del rewritten["required"]  # draft 4 wants at least one


def rewrite_nullable(schema: Mapping[str, Any], rewritten: dict[str, Any]) -> None:
    """`nullable` in the words of draft 4."""
    if schema.get("nullable") is not True:
        return
    if isinstance(schema.get("type"), str):
        rewritten["type"] = [schema["type"], "null"]
    if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
        rewritten["enum"] = [*schema["enum"], None]


def rewrite_format(schema: Mapping[str, Any], rewritten: dict[str, Any]) -> None:
    """Only formats that can be checked are left. Raises `UnknownFormat`."""
    name = schema.get("format")
    if not isinstance(name, str) or name in formats.CHECKS:
        return
    del rewritten["format"]
    if name in formats.RANGES:
        smallest, largest = formats.RANGES[name]
        rewritten["minimum"] = max(smallest, schema.get("minimum", smallest))
        rewritten["maximum"] = min(largest, schema.get("maximum", largest))
    elif name not in formats.REMARKS:
        raise UnknownFormat(f"the format {name!r} is not known; add a check to core/contract/formats.py")


def cut(text: str) -> str:
    """A value from a stranger, short enough to show."""
    return text if len(text) <= MAX_VALUE_LENGTH else f"{text[:MAX_VALUE_LENGTH]}…"


def pointer(path: list[Any]) -> str:
    """RFC 6901."""
    return cut("".join("/" + str(segment).replace("~", "~0").replace("/", "~1") for segment in path))


def _field_errors(error: jsonschema_rs.ValidationError, parameter: str | None) -> Iterator[FieldError]:
    path = list(error.instance_path)
    for code, detail, member in _say(error.kind):
        if parameter is not None:
            yield FieldError(code, detail, parameter=parameter)
        else:
            yield FieldError(code, detail, pointer=pointer(path if member is None else [*path, member]))


def _say(kind: jsonschema_rs.ValidationErrorKind) -> Iterator[tuple[str, str, str | None]]:
    """Code, sentence and, where the fault is a member and not the value itself, its name."""
    match kind:
        case jsonschema_rs.ValidationErrorKind.Required(name):
            yield "required", "is required", str(name)
        case jsonschema_rs.ValidationErrorKind.AdditionalProperties(names):
            for name in names:
                yield "unknown_member", "is not a member of this object", name
        case jsonschema_rs.ValidationErrorKind.Not(schema) if schema == _READ_ONLY["not"]:
            yield "read_only", "is set by the server and cannot be sent", None
        case jsonschema_rs.ValidationErrorKind.Type():
            yield "type", f"must be {_names(kind.as_dict())}", None
        case jsonschema_rs.ValidationErrorKind.Enum(options):
            yield "enum", cut(f"must be one of {', '.join('null' if o is None else str(o) for o in options)}"), None
        case _:
            yield _say_limit(kind.name, kind.value)


_LIMITS: Mapping[str, tuple[str, str]] = {
    "minimum": ("minimum", "must be {0} or more"),
    "maximum": ("maximum", "must be {0} or less"),
    "exclusiveMinimum": ("minimum", "must be more than {0}"),
    "exclusiveMaximum": ("maximum", "must be less than {0}"),
    "minLength": ("min_length", "must have {0} characters or more"),
    "maxLength": ("max_length", "must have {0} characters or fewer"),
    "minItems": ("min_items", "must have {0} items or more"),
    "maxItems": ("max_items", "must have {0} items or fewer"),
    "minProperties": ("min_members", "must have {0} members or more"),
    "maxProperties": ("max_members", "must have {0} members or fewer"),
    "multipleOf": ("multiple_of", "must be a multiple of {0}"),
    "uniqueItems": ("unique_items", "must not hold the same item twice"),
    "pattern": ("pattern", "must match {0}"),
    "format": ("format", "must be a {0}"),
}


def _say_limit(keyword: str, limit: Any) -> tuple[str, str, str | None]:
    code, sentence = _LIMITS.get(keyword, ("shape", "has none of the shapes that are allowed here"))
    if limit == "email":
        sentence = "must be an {0} address"
    if limit == 1:
        sentence = sentence.replace("s or ", " or ")
    return code, cut(sentence.format(limit)), None


_ARTICLES: Mapping[str, str] = {"integer": "an integer", "object": "an object", "array": "an array", "null": "null"}


def _names(kind: Mapping[str, Any]) -> str:
    types = kind.get("types") or [kind.get("type")]
    return " or ".join(_ARTICLES.get(str(name), f"a {name}") for name in types)
