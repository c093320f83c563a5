"""Requests made from the documents alone: a valid one for each operation, and every place in it where a value fits."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import httpx
import pytest

from ci.lints.contract.document import Document, Node
from ci.lints.contract.examples import validator
from tests.support.contract_check import ContractCheck, Route

Ids = Mapping[str, str]
"""Public ids, by the name of the path parameter that they are for."""

Step = str | int
ROUTES = ContractCheck.load().routes
_PUBLIC_ID = re.compile(r"([a-z]+)_[0-9A-Za-z]{22}")


class Place(NamedTuple):
    """A string in a body or query: the way to it, and what the document says of it."""

    way: tuple[Step, ...]
    document: Document
    schema: Node

    def fits(self, value: str) -> bool:
        """Whether the document allows the value here."""
        return bool(validator(self.document, self.schema).is_valid(value))

    @property
    def is_free_text(self) -> bool:
        """Whether anybody may write anything here, so that an id would be but a word."""
        example = self.schema.get("example")
        is_id = isinstance(example, str) and _PUBLIC_ID.fullmatch(example) is not None
        return not is_id and self.fits("Any words, in any order.")

    @property
    def name(self) -> str:
        """`/items/0/article_id`."""
        return "".join(f"/{step}" for step in self.way)


@dataclass(frozen=True)
class Ask:
    """One request, without a credential. `body` is JSON, or a text of the media type."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()
    media_type: str | None = None
    body: Any = None

    async def send(self, client: httpx.AsyncClient, credential: tuple[tuple[str, str], ...] = ()) -> httpx.Response:
        """The answer to it."""
        given = [*self.headers, *credential]
        if self.media_type is not None:
            given.append(("Content-Type", self.media_type))
        headers = [(name.encode(), value.encode("latin-1")) for name, value in given]
        query = dict(self.query) or None
        return await client.request(self.method, self.path, params=query, headers=headers, content=self.content)

    @property
    def content(self) -> bytes | None:
        """The bytes of the body."""
        if self.media_type is None:
            return None
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()

    @property
    def sent(self) -> str:
        """All that an answer may repeat."""
        return f"{self.path} {' '.join(self.query.values())} {(self.content or b'').decode()}"

    def having(self, place: Place, value: Any) -> Ask:
        """The same with another value in one place of the body."""
        return replace(self, body=_put(self.body, place, value))

    def asking(self, **query: str) -> Ask:
        """The same with more parameters in the query."""
        return replace(self, query={**self.query, **query})

    def saying(self, name: str, value: str) -> Ask:
        """The same with another header."""
        return replace(self, headers=(*self.headers, (name, value)))


def every(*, if_: Callable[[Route], bool] = lambda route: True) -> pytest.MarkDecorator:
    """One test an operation; those for which `if_` is true."""
    return pytest.mark.parametrize("route", [route for route in ROUTES if if_(route)], ids=lambda route: route.name)


def ask(route: Route, ids: Ids | None = None) -> Ask:
    """A valid request: the examples of the document, with these ids instead of those that nothing has."""
    ids = ids or {}
    path = route.operation.path.format_map({**path_examples(route), **ids})
    media_type, media = next(iter(body_of(route).items()), (None, {}))
    return Ask(
        route.operation.method.upper(),
        f"/{route.document.version}{path}",
        media_type=media_type,
        body=filled(media.get("example"), ids),
    )


def path_examples(route: Route) -> dict[str, str]:
    """The parameters in the path of an operation, with their examples: ids that nothing has."""
    parameters = route.document.parameters(route.operation)
    return {parameter["name"]: parameter["example"] for parameter in parameters if parameter["in"] == "path"}


def id_parameters(route: Route) -> tuple[str, ...]:
    """The parameters in the path that name something that somebody owns: not those with a fixed set of values."""
    parameters = route.document.parameters(route.operation)
    return tuple(node["name"] for node in parameters if node["in"] == "path" and "enum" not in node["schema"])


def body_of(route: Route) -> Mapping[str, Node]:
    """Media type → what the document says of it."""
    content: Mapping[str, Node] = route.document.resolve(route.operation.node.get("requestBody", {})).get("content", {})
    return content


def filled(value: Any, ids: Ids) -> Any:
    """An example with real ids in the place of ids of the same kind."""
    if isinstance(value, dict):
        return {name: filled(member, ids) for name, member in value.items()}
    if isinstance(value, list):
        return [filled(member, ids) for member in value]
    match = _PUBLIC_ID.fullmatch(value) if isinstance(value, str) else None
    return value if match is None else by_kind(ids).get(match[1], value)


def by_kind(ids: Ids) -> dict[str, str]:
    """Prefix of an id → the id: `art` → `art_…`."""
    return {match[1]: id_ for id_ in ids.values() if (match := _PUBLIC_ID.fullmatch(id_))}


def query_places(route: Route) -> Iterator[Place]:
    """The parameters of the query that take any string, cursors left out."""
    for parameter in route.document.parameters(route.operation):
        if parameter["in"] == "query" and parameter["name"] != "cursor":
            schema = parameter["schema"]
            schema = schema.get("items", schema)
            if schema.get("type") == "string" and "enum" not in schema:
                yield Place((parameter["name"],), route.document, schema)


def parameter_names(route: Route, where: str) -> frozenset[str]:
    """The names of the parameters in `query`, `header` or `path`."""
    return frozenset(node["name"] for node in route.document.parameters(route.operation) if node["in"] == where)


def body_places(route: Route) -> Iterator[Place]:
    """Every string in the JSON body of an operation, also where the example lacks it."""
    yield from (place for place in _members(route) if place.schema.get("type") == "string")


def object_places(route: Route) -> Iterator[Place]:
    """Every object in the JSON body of an operation, the body itself first, but those whose form others decide."""
    closed = (place for place in _members(route) if "x-foreign" not in place.schema)
    yield from (place for place in closed if place.schema.get("type") == "object")


def _members(route: Route) -> Iterator[Place]:
    media = body_of(route).get("application/json")
    if media is not None:
        yield from _walk(route.document, media["schema"], ())


def _walk(document: Document, node: Node, way: tuple[Step, ...]) -> Iterator[Place]:
    schema = document.resolve(node)
    yield Place(way, document, schema)
    for part in schema.get("allOf", ()):
        yield from (place for place in _walk(document, part, way) if place.way != way)
    for name, member in schema.get("properties", {}).items():
        yield from _walk(document, member, (*way, name))
    if "items" in schema:
        yield from _walk(document, schema["items"], (*way, 0))


def sample(document: Document, node: Node) -> Any:
    """A value for a schema, made of the examples of its members."""
    schema = document.resolve(node)
    if "example" in schema:
        return copy.deepcopy(schema["example"])
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "object":
        return {name: sample(document, member) for name, member in schema.get("properties", {}).items()}
    if schema.get("type") == "array":
        return [sample(document, schema["items"])]
    return {"string": "text", "integer": 1, "number": 1.0, "boolean": True}.get(schema.get("type", "string"))


def _put(body: Any, place: Place, value: Any) -> Any:
    """A copy of the body with the value in that place; what is missing on the way is made, and lists get short."""
    if not place.way:
        return value
    made = copy.deepcopy(body)
    here = made
    for step, following in zip(place.way, place.way[1:], strict=False):
        if isinstance(step, str) and not here.get(step):
            here[step] = [{}] if isinstance(following, int) else {}
        here = here[step]
        if isinstance(here, list):
            del here[1:]  # what the others come to is another matter
    here[place.way[-1]] = value
    return made
