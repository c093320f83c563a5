"""Holds every request and answer of a test against the document, 4xx included, and remembers what was seen.

check = ContractCheck.load()
async with check.client(base_url) as client:     # an httpx client that raises ContractBroken
    await client.get("/v2/articles")
check.unseen()                                    # operations and documented statuses that nobody has seen
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

import httpx

from ci.lints.contract.document import Document, Node, Operation, load_all
from ci.lints.contract.examples import validator
from core.contract.body import is_json

BEFORE_THE_OPERATION: Final = frozenset({404, 405, 408, 414, 431})
"""What the edge answers before it knows the operation; no operation lists these (404 only where it has an id)."""

OUR_HEADERS: Final = frozenset(
    """
    x-request-id ratelimit ratelimit-policy x-ratelimit-limit x-ratelimit-remaining x-ratelimit-reset etag link location
    retry-after deprecation sunset www-authenticate idempotency-replayed
    """.split()
)
"""The headers that are part of the contract: one of these that is not in the document must not be sent."""

NEVER_SEEN: Final[Mapping[str, str]] = {
    "500": "no request makes the real server fail; tests/contract shows how such an answer is written",
    "503": "tests/faults takes PostgreSQL away once for all operations, there is nothing that differs between them",
}
"""Documented statuses that are not asked of every operation, and why."""


class ContractBroken(AssertionError):
    """A request or an answer that the document does not allow."""


class Route(NamedTuple):
    """One operation, and what its paths look like."""

    document: Document
    operation: Operation
    pattern: re.Pattern[str]

    @property
    def name(self) -> str:
        """`v2.listArticles`."""
        return f"{self.document.version}.{self.operation.node['operationId']}"


class ContractCheck:
    """Both documents, and what of them has been seen."""

    def __init__(self, documents: Mapping[str, Document]) -> None:
        self._documents = documents
        self._routes = [route for document in documents.values() for route in _routes(document)]
        self.seen: set[tuple[str, str]] = set()

    @classmethod
    def load(cls) -> ContractCheck:
        """The documents of this repository."""
        return cls({document.version: document for document in load_all()})

    @property
    def routes(self) -> tuple[Route, ...]:
        """Every operation of every version."""
        return tuple(self._routes)

    def client(self, base_url: str, **options: Any) -> httpx.AsyncClient:
        """An HTTP client whose every exchange is checked."""
        return httpx.AsyncClient(base_url=base_url, event_hooks={"response": [self._hook]}, **options)

    def sync_client(self, base_url: str, **options: Any) -> httpx.Client:
        """The same, for tests without a loop."""
        return httpx.Client(base_url=base_url, event_hooks={"response": [self._sync_hook]}, **options)

    def unseen(self) -> list[str]:
        """`v2.listArticles 304` for each documented status that no test has seen."""
        return [
            f"{route.name} {status}"
            for route in self._routes
            for status in route.operation.node["responses"]
            if (route.name, status) not in self.seen and status not in NEVER_SEEN
        ]

    def examine(self, response: httpx.Response) -> None:
        """Raises `ContractBroken` with everything that is wrong with this answer and the request that it belongs to."""
        request = response.request
        version = request.url.path.split("/")[1]
        document = self._documents.get(version)
        if document is None or request.method == "OPTIONS" or "openapi." in request.url.path:
            return
        route = self._route(request)
        faults = list(_faults(document, route, response))
        if route is not None:
            self.seen.add((route.name, str(response.status_code)))
        if faults:
            asked = f"{request.method} {request.url} answered {response.status_code} {response.text[:400]}"
            fix = f"mend the handler, or openapi/{version}/ if the document is wrong"
            raise ContractBroken("\n  - ".join([asked, *faults]) + f"\n{fix}")

    def _route(self, request: httpx.Request) -> Route | None:
        method = "get" if request.method == "HEAD" else request.method.lower()
        path = request.url.raw_path.decode().partition("?")[0]
        for route in self._routes:
            if route.pattern.fullmatch(path):
                return route if route.operation.method == method else self._sibling(route, method)
        return None

    def _sibling(self, found: Route, method: str) -> Route | None:
        """The operation with another method on the same path."""
        for route in self._routes:
            if route.pattern == found.pattern and route.operation.method == method:
                return route
        return None

    async def _hook(self, response: httpx.Response) -> None:
        await response.aread()
        self.examine(response)

    def _sync_hook(self, response: httpx.Response) -> None:
        response.read()
        self.examine(response)


def _routes(document: Document) -> list[Route]:
    """Static paths before templates, as a router has them."""
    operations = sorted(document.operations(), key=lambda operation: operation.path.count("{"))
    return [Route(document, operation, _pattern(document, operation)) for operation in operations]


def _pattern(document: Document, operation: Operation) -> re.Pattern[str]:
    template = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(operation.path))
    return re.compile(f"/{document.version}{template}")


def _faults(document: Document, route: Route | None, response: httpx.Response) -> Iterator[str]:
    status = str(response.status_code)
    documented = route.operation.node["responses"].get(status) if route else None
    if documented is None:
        if response.status_code not in BEFORE_THE_OPERATION and (route is not None or response.status_code < 400):
            yield f"no operation lists {status} here"
        yield from _error_faults(document, response)
        return
    described = document.resolve(documented)
    yield from _header_faults(document, described, response)
    if response.request.method != "HEAD":
        yield from _body_faults(document, described, response)
    if route is not None and response.is_success:
        yield from _request_faults(document, route.operation, response.request)


def _error_faults(document: Document, response: httpx.Response) -> Iterator[str]:
    """An answer that belongs to no operation is still written as its version writes errors."""
    name, media_type = ("ApiError", "application/json") if document.sunset else ("Problem", "application/problem+json")
    if response.request.method == "HEAD":
        return
    if _media_type(response.headers) != media_type:
        yield f"an error of {document.version} is {media_type}, not {response.headers.get('content-type')}"
    else:
        yield from _value_faults(document, {"$ref": f"#/components/schemas/{name}"}, response.json(), "body")


def _header_faults(document: Document, described: Node, response: httpx.Response) -> Iterator[str]:
    known = {name.lower(): document.resolve(node) for name, node in described.get("headers", {}).items()}
    for name, header in known.items():
        if name in response.headers:
            yield from _value_faults(
                document, header["schema"], _coerced(header["schema"], response.headers[name]), name
            )
        elif header.get("required"):
            yield f"the header {name} is missing"
    for name in sorted(OUR_HEADERS.intersection(response.headers) - known.keys()):
        yield f"the header {name} is not in the document"


def _body_faults(document: Document, described: Node, response: httpx.Response) -> Iterator[str]:
    content = described.get("content", {})
    if not content:
        if response.content:
            yield "there must be no body"
        return
    media_type = _media_type(response.headers)
    if media_type not in content:
        yield f"the media type {media_type} is not one of {', '.join(content)}"
        return
    value = response.json() if is_json(media_type) else response.text
    yield from _value_faults(document, content[media_type]["schema"], value, "body")


def _request_faults(document: Document, operation: Operation, request: httpx.Request) -> Iterator[str]:
    """A request that was served must be one that the document allows."""
    parameters = {
        parameter["name"]: parameter for parameter in document.parameters(operation) if parameter["in"] == "query"
    }
    pairs = parse_qsl(request.url.query.decode(), keep_blank_values=True)
    for name, text in pairs:
        if name not in parameters:
            yield f"the unknown parameter {name} was accepted"
        else:
            schema = parameters[name]["schema"]
            yield from _value_faults(document, schema, _coerced(schema, text), f"accepted {name}")
    if len({name for name, _ in pairs}) < len(pairs):
        yield "a repeated parameter was accepted"
    content = document.resolve(operation.node.get("requestBody", {})).get("content", {})
    media_type = _media_type(request.headers)
    if content and media_type not in content:
        yield f"a body of type {media_type} was accepted"
    elif media_type == "application/json" and content:
        yield from _value_faults(document, content[media_type]["schema"], json.loads(request.content), "accepted body")


def _value_faults(document: Document, schema: Node, value: Any, place: str) -> Iterator[str]:
    for error in validator(document, schema).iter_errors(value):
        path = "/".join(map(str, error.absolute_path))
        yield f"{place} /{path}: {error.message[:200]}"
    yield from _undocumented(document, schema, value, place)


def _undocumented(document: Document, schema: Node, value: Any, place: str) -> Iterator[str]:
    """Members that no schema names: outputs stay open in the document, so that only tests can find these."""
    resolved = document.resolve(schema)
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _undocumented(document, resolved.get("items", {}), item, f"{place}/{number}")
    elif isinstance(value, dict) and resolved.get("additionalProperties") is not True:
        properties = _properties(document, resolved)
        for name, member in value.items():
            if name in properties:
                yield from _undocumented(document, properties[name], member, f"{place}/{name}")
            else:
                yield f"{place}/{name} is not in the document"


def _properties(document: Document, schema: Node) -> Mapping[str, Node]:
    """The members of an object, those of its parts included."""
    found: dict[str, Node] = dict(schema.get("properties", {}))
    for part in map(partial(_properties, document), map(document.resolve, schema.get("allOf", ()))):
        found.update(part)
    return found


def _coerced(schema: Node, text: str) -> Any:
    """The value that a header or parameter stands for."""
    if schema.get("type") == "array":
        return [_coerced(schema["items"], part) for part in text.split(",")]
    if schema.get("type") == "integer" and re.fullmatch(r"-?[0-9]+", text):
        return int(text)
    if schema.get("type") == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


def _media_type(headers: httpx.Headers) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()
