"""Arguments of a handler out of path, query and headers: parsed, coerced and checked by a plan that is made once.

Stricter than Connexion, which takes `limit=1_0`, `limit=١` and `limit=%2010` for 10, passes `nan` through a range and
ignores what it does not know. Here a number is written as in JSON, an unknown parameter and a second value of a scalar
one are errors, and all errors are found in one go.
"""

from __future__ import annotations

import builtins
import keyword
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote_to_bytes

from core.contract.schema import Validator, cut
from core.errors import FieldError

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,18})")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,307})(?:\.[0-9]{1,100})?(?:[eE][+-]?[0-9]{1,3})?")
_BAD_ESCAPE = re.compile(r"%(?![0-9a-fA-F]{2})")
_WORD_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1
_DELIMITERS: Mapping[str, str] = {"form": ",", "simple": ",", "spaceDelimited": " ", "pipeDelimited": "|"}
_REMEMBERED_QUERIES = 1024  # of one operation; programs ask for the same pages again and again
_CREDENTIAL_NAMES = frozenset({"access_token", "api_key", "apikey", "api-key", "key", "token", "authorization"})

# Headers that the engine itself understands: documents describe them to people, no handler needs to take them.
ENGINE_HEADERS = frozenset({"if-none-match", "idempotency-key", "x-request-id"})


class NotCompilable(ValueError):
    """The operation needs the stock stack: the message says what for."""


class Undecodable(ValueError):
    """A percent-escape that is broken, no UTF-8, or NUL."""


def snake_case(name: str) -> str:
    """`listArticles` → `list_articles`, `X-Foo` → `x_foo`."""
    return re.sub(r"\W+", "_", _WORD_BOUNDARY.sub("_", name)).strip("_").lower()


def argument_name(name: str) -> str:
    """The name of a parameter as a Python argument; a keyword or builtin gets a trailing underscore."""
    snake = snake_case(name)
    return f"{snake}_" if keyword.iskeyword(snake) or hasattr(builtins, snake) else snake


def percent_decoded(text: str) -> str:
    """The text of a percent-encoded part of a URL. Raises `Undecodable`."""
    if "%" not in text:
        return text
    if _BAD_ESCAPE.search(text):
        raise Undecodable("has a % that is not followed by two hexadecimal digits")
    try:
        decoded = unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        raise Undecodable("is not UTF-8") from None
    if "\0" in decoded:
        raise Undecodable("holds U+0000")
    return decoded


def _to_integer(raw: str) -> int:
    if _INTEGER.fullmatch(raw) is None or not _INT64_MIN <= (value := int(raw)) <= _INT64_MAX:
        raise ValueError("must be an integer")
    return value


def _to_number(raw: str) -> float:
    if _NUMBER.fullmatch(raw) is None or not math.isfinite(value := float(raw)):
        raise ValueError("must be a number")
    return value


def _to_boolean(raw: str) -> bool:
    if raw not in {"true", "false"}:
        raise ValueError("must be true or false")
    return raw == "true"


_COERCIONS: Mapping[str, Callable[[str], Any] | None] = {
    "integer": _to_integer,
    "number": _to_number,
    "boolean": _to_boolean,
    "string": None,
}


class Parameter:
    """One parameter of an operation, ready to read its value."""

    __slots__ = ("_coerce", "_delimiter", "_validator", "argument", "default", "header", "is_array", "name", "required")

    def __init__(self, definition: Mapping[str, Any]) -> None:
        schema = definition.get("schema")
        if not isinstance(schema, Mapping):
            raise NotCompilable(f"parameter {definition['name']} has no schema")
        self.name: str = definition["name"]
        self.argument = argument_name(self.name)
        self.header = self.name.lower().encode()
        self.required: bool = definition.get("required", False)
        self.default: Any = schema.get("default")
        self.is_array = schema.get("type") == "array"
        item = schema.get("items", {}) if self.is_array else schema
        if item.get("type") not in _COERCIONS:
            raise NotCompilable(f"parameter {self.name} is neither a scalar nor an array of scalars")
        self._coerce = _COERCIONS[item["type"]]
        self._validator = Validator(schema)
        style = definition.get("style", "form" if definition["in"] == "query" else "simple")
        if style not in _DELIMITERS:
            raise NotCompilable(f"parameter {self.name} has the style {style}")
        explode = definition.get("explode", style == "form")
        self._delimiter = None if explode and definition["in"] == "query" else _DELIMITERS[style]

    def read(self, raw: str, errors: list[FieldError]) -> Any:
        """The value of a scalar, or of an array whose items stand in one string; None after an error."""
        if self.is_array:
            return self.read_items([raw] if self._delimiter is None else raw.split(self._delimiter), errors)
        value: Any = raw
        if self._coerce is not None:
            try:
                value = self._coerce(raw)
            except ValueError as error:
                errors.append(FieldError("type", str(error), parameter=self.name))
                return None
        if not self._validator.is_valid(value):
            errors.extend(self._validator.errors(value, parameter=self.name))
        return value

    def read_items(self, raws: Sequence[str], errors: list[FieldError]) -> list[Any] | None:
        """The value of an array, one string an item."""
        try:
            values = list(raws) if self._coerce is None else [self._coerce(raw) for raw in raws]
        except ValueError as error:
            errors.append(FieldError("type", f"each item {error}", parameter=self.name))
            return None
        if not self._validator.is_valid(values):
            errors.extend(self._validator.errors(values, parameter=self.name))
        return values

    @property
    def is_exploded(self) -> bool:
        """Whether each item of the array is a parameter of its own in the query: `?tag=a&tag=b`."""
        return self.is_array and self._delimiter is None


class ArgumentPlan:
    """Every argument that an operation's handler gets from path, query and headers.

    Raises `NotCompilable` for what only the stock stack can read: objects, `content` parameters, cookies.
    """

    __slots__ = (
        "_defaults",
        "_engine_headers",
        "_headers",
        "_known",
        "_path",
        "_query",
        "_required_query",
        "idempotency_key",
        "parameters",
    )

    def __init__(self, definitions: Sequence[Mapping[str, Any]]) -> None:
        by_place: dict[str, list[Parameter]] = {"path": [], "query": [], "header": []}
        engine_headers: list[Parameter] = []
        self.idempotency_key: Parameter | None = None
        seen: set[tuple[str, str]] = set()
        for definition in definitions:
            place, name = definition["in"], definition["name"]
            if (place, name) in seen:  # Connexion appends the path's own parameters once for each of its middlewares
                continue
            seen.add((place, name))
            if place not in by_place:
                raise NotCompilable(f"parameter {name} is a {place}")
            if place == "header" and name.lower() == "idempotency-key":
                self.idempotency_key = Parameter(definition)
            elif place == "header" and name.lower() in ENGINE_HEADERS:
                engine_headers.append(Parameter(definition))
            else:
                by_place[place].append(Parameter(definition))
        self._path = by_place["path"]
        self._query = {parameter.name: parameter for parameter in by_place["query"]}
        self._required_query = [parameter for parameter in by_place["query"] if parameter.required]
        self._headers = by_place["header"]
        self._engine_headers = engine_headers
        self.parameters = [*self._path, *by_place["query"], *self._headers]
        self._defaults = {p.argument: p.default for p in self.parameters if p.default is not None}
        self._known: dict[bytes, dict[str, Any]] = {}

    @property
    def reads_headers(self) -> bool:
        """Whether the answer depends on request headers."""
        return bool(self._headers)

    def check_engine_headers(self, headers: Mapping[bytes, bytes]) -> list[FieldError]:
        """What is wrong with the headers that the engine itself understands, by their bounds in the document."""
        errors: list[FieldError] = []
        for parameter in self._engine_headers:
            raw = headers.get(parameter.header)
            if raw is not None:
                parameter.read(raw.decode("latin-1"), errors)
        return errors

    def read(
        self,
        path: Mapping[str, str],
        query: bytes,
        headers: Mapping[bytes, bytes],
        errors: list[FieldError],
    ) -> dict[str, Any]:
        """Keyword arguments; whatever is wrong is appended to `errors`."""
        known = self._known.get(query)
        arguments = self._from_query(query, errors) if known is None else known.copy()
        for parameter in self._path:
            arguments[parameter.argument] = parameter.read(path[parameter.name], errors)
        for parameter in self._headers:
            raw = headers.get(parameter.header)
            if raw is not None:
                arguments[parameter.argument] = parameter.read(raw.decode("latin-1"), errors)
            elif parameter.required:
                errors.append(_missing(parameter))
        return arguments

    def _from_query(self, query: bytes, errors: list[FieldError]) -> dict[str, Any]:
        """Defaults and the arguments of the query, remembered when they are good and nothing in them can change."""
        arguments = self._defaults.copy()
        if query:
            self._read_query(query, arguments, errors)
        errors.extend(_missing(parameter) for parameter in self._required_query if parameter.argument not in arguments)
        if not errors and not any(isinstance(value, list) for value in arguments.values()):
            if len(self._known) >= _REMEMBERED_QUERIES:
                self._known.clear()
            self._known[query] = arguments.copy()
        return arguments

    def _read_query(self, query: bytes, arguments: dict[str, Any], errors: list[FieldError]) -> None:
        try:
            text = query.decode("ascii")
        except UnicodeDecodeError:
            errors.append(FieldError("encoding", "the query has characters that are not percent-encoded"))
            return
        encoded = "%" in text or "+" in text
        values: dict[str, list[str]] = {}
        for pair in text.split("&"):
            name, _, raw = pair.partition("=")
            if encoded:
                try:
                    name = percent_decoded(name.replace("+", " "))
                    raw = percent_decoded(raw.replace("+", " "))
                except Undecodable as error:
                    errors.append(FieldError("encoding", str(error), parameter=cut(name)))
                    continue
            if name in values:
                values[name].append(raw)
            elif pair:
                values[name] = [raw]
        for name, raws in values.items():
            parameter = self._query.get(name)
            if parameter is None:
                errors.append(_unknown(name))
            elif parameter.is_exploded:
                arguments[parameter.argument] = parameter.read_items(raws, errors)
            elif len(raws) > 1:
                errors.append(FieldError("repeated", "may be given only once", parameter=name))
            else:
                arguments[parameter.argument] = parameter.read(raws[0], errors)


def _missing(parameter: Parameter) -> FieldError:
    return FieldError("required", "is required", parameter=parameter.name)


def _unknown(name: str) -> FieldError:
    if name.lower() in _CREDENTIAL_NAMES:
        return FieldError("credential", "a credential belongs in the Authorization header only", parameter=name)
    return FieldError("unknown_parameter", "is not a parameter of this operation", parameter=cut(name))
