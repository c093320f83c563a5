"""What of an operation a request uses: which parameters, members of the body, enum values and media type.

An operation's elements are numbered when the process starts, and a request's are the bits of one integer: telling them
costs a µs, and nothing that a client wrote is kept. A value counts only where the document lists it in an `enum`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from core.contract.exchange import Exchange

ElementKind = Literal["operation", "parameter", "member", "enum", "media_type"]

ITEM: Final = "*"
"""Stands for every item of an array in the pointer of a member: `/items/*/title`."""

_MAX_DEPTH: Final = 8  # of a body's schema; one that holds itself has no end
_REMEMBERED_QUERIES: Final = 1024  # of one operation
_LONGEST_REMEMBERED: Final = 96  # bytes; a longer one has a cursor or a text, and hardly comes again
_DELIMITERS: Final[Mapping[str, bytes]] = {"form": b",", "simple": b",", "spaceDelimited": b" ", "pipeDelimited": b"|"}


class Element(NamedTuple):
    """A part of an operation that a client can use.

    `name` is the parameter's, or the JSON pointer of a member of the request body (`/title`); empty for the operation
    and for media types. `value` is the enum value or the media type.
    """

    kind: ElementKind
    name: str = ""
    value: str = ""


OPERATION: Final = Element("operation")


class _Numbers:
    """Gives each element its bit."""

    def __init__(self) -> None:
        self.bits: dict[Element, int] = {}

    def bit(self, kind: ElementKind, name: str = "", value: str = "") -> int:
        return self.bits.setdefault(Element(kind, name, value), 1 << len(self.bits))

    def values(self, name: str, schema: Mapping[str, Any]) -> dict[str, int]:
        """Enum value → its bit."""
        return {str(value): self.bit("enum", name, str(value)) for value in _enum(schema) if value is not None}


class _Parameter:
    """A parameter by name: its bit, and the bits of its enum values as they stand in the request."""

    __slots__ = ("_delimiter", "bit", "values")

    def __init__(self, definition: Mapping[str, Any], numbers: _Numbers) -> None:
        name, schema = definition["name"], definition.get("schema", {})
        style = definition.get("style", "form" if definition["in"] == "query" else "simple")
        exploded = definition["in"] == "query" and definition.get("explode", style == "form")
        is_array = schema.get("type") == "array"
        self.bit = numbers.bit("parameter", name)
        values = numbers.values(name, schema.get("items", {}) if is_array else schema)
        self.values = {value.encode(): bit for value, bit in values.items()}
        self._delimiter = _DELIMITERS.get(style) if is_array and not exploded else None

    def used(self, value: bytes) -> int:
        """The bits for one appearance with this decoded value."""
        if not self.values:
            return self.bit
        if self._delimiter is None:
            return self.bit | self.values.get(value, 0)
        used = self.bit
        for item in value.split(self._delimiter):
            used |= self.values.get(item, 0)
        return used


class _Node:
    """A place in a body: what its members are, and which strings count there."""

    __slots__ = ("item", "members", "values")

    def __init__(self, schema: Mapping[str, Any], pointer: str, numbers: _Numbers, depth: int = 0) -> None:
        self.members: dict[str, tuple[int, _Node | None]] = {}
        self.values = numbers.values(pointer, schema) if pointer else {}
        self.item: _Node | None = None
        if depth == _MAX_DEPTH:
            return
        for part in _parts(schema):
            if isinstance(items := part.get("items"), Mapping):
                node = _Node(items, f"{pointer}/{ITEM}", numbers, depth + 1)
                self.item = node if node.counts else self.item
            for name, member in part.get("properties", {}).items():
                below = f"{pointer}/{_escaped(name)}"
                bit, node = numbers.bit("member", below), _Node(member, below, numbers, depth + 1)
                self.members[name] = bit, node if node.counts else None

    @property
    def counts(self) -> bool:
        """Whether anything in this place is an element."""
        return bool(self.members or self.values or self.item)

    def used(self, value: Any) -> int:
        """The bits of a decoded body, or of the part of it in this place."""
        used = 0
        if type(value) is dict:
            for name, content in value.items():
                found = self.members.get(name)
                if found is not None:
                    used |= found[0]
                    if found[1] is not None:
                        used |= found[1].used(content)
        elif type(value) is list:
            if self.item is not None:
                for content in value:
                    used |= self.item.used(content)
        elif self.values and value is not None:
            used = self.values.get(value if type(value) is str else str(value), 0)
        return used


class Elements:
    """Everything that clients can use of one operation."""

    __slots__ = ("_bodies", "_headers", "_known", "_path", "_query", "elements")

    def __init__(
        self, parameters: Sequence[Mapping[str, Any]] = (), request_body: Mapping[str, Any] | None = None
    ) -> None:
        numbers = _Numbers()
        in_query = [definition for definition in parameters if definition["in"] == "query"]
        in_headers = [definition for definition in parameters if definition["in"] == "header"]
        in_path = [definition for definition in parameters if definition["in"] == "path"]
        self._query = {definition["name"].encode(): _Parameter(definition, numbers) for definition in in_query}
        self._headers = [(item["name"].lower().encode(), _Parameter(item, numbers)) for item in in_headers]
        # a parameter of the path is used whenever the operation is; only its values tell anything
        of_path = ((item["name"], numbers.values(item["name"], item.get("schema", {}))) for item in in_path)
        self._path = [(name, values) for name, values in of_path if values]
        content = (request_body or {}).get("content", {})
        self._bodies = {name.lower(): _body(name, media.get("schema", {}), numbers) for name, media in content.items()}
        self.elements: tuple[Element, ...] = tuple(numbers.bits)
        self._known: dict[bytes, int] = {}

    def used(self, exchange: Exchange) -> int:
        """The bits of a request that was answered."""
        query: bytes = exchange.scope["query_string"]
        used = exchange.used
        if query:
            known = self._known.get(query) if len(query) <= _LONGEST_REMEMBERED else None
            used |= self._in_query(query) if known is None else known
        headers = exchange.headers
        for header, parameter in self._headers:
            if header in headers:
                used |= parameter.used(headers[header])
        for name, values in self._path:
            used |= values.get(exchange.path_parameters.get(name, ""), 0)
        return used

    def in_body(self, media_type: str, body: Any) -> int:
        """The bits of a body: those of its media type, and of its members where it is JSON."""
        found = self._bodies.get(media_type)
        return 0 if found is None else found[0] | found[1].used(body)

    def of(self, used: int) -> Iterator[Element]:
        """The elements that the bits stand for, the operation itself first."""
        yield OPERATION
        while used:
            lowest = used & -used
            yield self.elements[lowest.bit_length() - 1]
            used ^= lowest

    def _in_query(self, query: bytes) -> int:
        used, encoded = 0, b"%" in query or b"+" in query
        for pair in query.split(b"&"):
            name, _, value = pair.partition(b"=")
            parameter = self._query.get(_decoded(name) if encoded else name)
            if parameter is None:
                continue
            if parameter.values:
                used |= parameter.used(_decoded(value) if encoded else value)
            else:
                used |= parameter.bit
        if len(query) <= _LONGEST_REMEMBERED:
            if len(self._known) >= _REMEMBERED_QUERIES:
                self._known.clear()
            self._known[query] = used
        return used


NOTHING: Final = Elements()
"""Of what is no operation of a document."""


def _body(media_type: str, schema: Mapping[str, Any], numbers: _Numbers) -> tuple[int, _Node]:
    return numbers.bit("media_type", value=media_type), _Node(schema, "", numbers)


def _decoded(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" "))


def _escaped(name: str) -> str:
    """As a segment of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def _parts(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The schema and those that it is composed of."""
    yield schema
    for keyword in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(keyword, ()):
            yield from _parts(part)


def _enum(schema: Mapping[str, Any]) -> Iterator[Any]:
    for part in _parts(schema):
        yield from part.get("enum", ())
