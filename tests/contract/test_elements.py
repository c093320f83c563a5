"""What of an operation each request used, as the meter is told: names and enum values of the document, nothing else."""

from collections.abc import Mapping
from typing import Any

import pytest

from core.contract.api import Options
from core.contract.elements import NOTHING, Element, Elements
from core.kit.principal import Principal
from tests.contract.fixtures.asgi import HOST, JSON, WRITER, Header, call
from tests.contract.fixtures.world import World

XML = (b"content-type", b"application/xml")
MULTIPART = (b"content-type", b"multipart/form-data; boundary=b")
FORM = b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nx\r\n--b--\r\n'


class Seen:
    """A meter that writes down what it is told."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, int, set[tuple[str, ...]]]] = []

    def count(
        self,
        principal: Principal,
        operation: str,
        status: int,
        cost: int,
        elements: Elements = NOTHING,
        used: int = 0,
    ) -> None:
        assert principal.kind == "api_key"
        told = {tuple(part for part in element if part) for element in elements.of(used)}
        self.calls.append((operation, status, told - {("operation",)}))


async def seen(
    method: str, target: str, *, headers: tuple[Header, ...] = (HOST, WRITER), body: bytes = b"", stock: bool = False
) -> tuple[str, int, set[tuple[str, ...]]]:
    meter = Seen()
    api = World(options=Options(meter=meter), stock_only=stock).api()
    await call(api, method, target, headers=headers, body=body)
    (told,) = meter.calls
    return told


async def test_a_caller_without_a_credential_uses_nothing_that_is_counted() -> None:
    meter = Seen()
    api = World(options=Options(meter=meter)).api()
    await call(api, "GET", "/v2/free", headers=(HOST,))
    await call(api, "GET", "/v2/things", headers=(HOST,))
    assert meter.calls == []


@pytest.mark.parametrize("stock", [False, True])
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", set()),
        ("kind=small&q=my%20secret", {("parameter", "kind"), ("enum", "kind", "small"), ("parameter", "q")}),
        ("kind=medium&zzz=1", {("parameter", "kind")}),
        ("%6Bind=l%61rge", {("parameter", "kind"), ("enum", "kind", "large")}),
        ("tag=a&tag=b&ids=1,2", {("parameter", "tag"), ("parameter", "ids")}),
        ("limit=", {("parameter", "limit")}),
    ],
)
async def test_parameters_are_told_by_name_and_their_values_only_where_the_document_lists_them(
    query: str, expected: set[tuple[str, ...]], stock: bool
) -> None:
    operation, _, told = await seen("GET", f"/v2/things?{query}", stock=stock)
    assert (operation, told) == ("v2.listThings", expected)


async def test_header_parameters_are_told_and_other_headers_are_not() -> None:
    headers = (HOST, WRITER, (b"if-none-match", b'"x"'), (b"x-request-id", b"mine"))
    assert (await seen("GET", "/v2/things", headers=headers))[2] == {("parameter", "If-None-Match")}


@pytest.mark.parametrize("stock", [False, True])
async def test_members_are_told_by_pointer_down_to_the_items_of_arrays(stock: bool) -> None:
    body = (
        b'{"name":"a secret","kind":"small","mail":"m@example.com","parts":[{"url":"https://e.example"},{"url":"h:"}]}'
    )
    operation, _, told = await seen("POST", "/v2/things", headers=(HOST, WRITER, JSON), body=body, stock=stock)
    assert operation == "v2.createThing"
    assert told == {
        ("media_type", "application/json"),
        *(("member", pointer) for pointer in ("/name", "/kind", "/mail", "/parts", "/parts/*/url")),
        ("enum", "/kind", "small"),
    }


@pytest.mark.parametrize(
    ("body", "members"),
    [
        (b'{"name":"a","kind":null}', {"/name", "/kind"}),
        (b'{"name":"a","kind":"medium","a secret":1}', {"/name", "/kind"}),
        (b'{"name":{"kind":"small"},"parts":"no list"}', {"/name", "/parts"}),
        (b"[1, 2]", set()),
        (b"{", set()),
    ],
)
async def test_what_the_document_does_not_know_is_never_told(body: bytes, members: set[str]) -> None:
    _, _, told = await seen("POST", "/v2/things", headers=(HOST, WRITER, JSON), body=body)
    assert told == {("media_type", "application/json"), *(("member", pointer) for pointer in members)}


@pytest.mark.parametrize(
    ("target", "media_type", "body", "expected"),
    [
        ("/v2/things/import", XML, b"<x>a secret</x>", "application/xml"),
        ("/v2/uploads", MULTIPART, FORM, "multipart/form-data"),
    ],
)
async def test_a_body_that_is_no_json_is_told_by_its_media_type(
    target: str, media_type: Header, body: bytes, expected: str
) -> None:
    _, _, told = await seen("POST", target, headers=(HOST, WRITER, media_type), body=body)
    assert told == {("media_type", expected)}


async def test_refused_requests_tell_what_they_tried_to_use() -> None:
    assert await seen("GET", "/v2/things?limit=x&kind=small") == (
        "v2.listThings",
        400,
        {("parameter", "limit"), ("parameter", "kind"), ("enum", "kind", "small")},
    )


def used(definition: Mapping[str, Any], value: bytes) -> set[str]:
    elements = Elements([definition])
    exchange = type("Request", (), {"scope": {"query_string": b"p=" + value}, "used": 0, "headers": {}})()
    return {element.value for element in elements.of(elements.used(exchange)) if element.kind == "enum"}


@pytest.mark.parametrize(
    ("definition", "value"),
    [
        ({"explode": False}, b"a,b,z"),
        ({"explode": False}, b"a%2Cb"),
        ({"style": "pipeDelimited", "explode": False}, b"a|b"),
        ({}, b"a&p=b&p=z"),
    ],
)
def test_each_item_of_a_list_is_told(definition: Mapping[str, Any], value: bytes) -> None:
    schema = {"type": "array", "items": {"type": "string", "enum": ["a", "b", "c"]}}
    assert used({"name": "p", "in": "query", "schema": schema, **definition}, value) == {"a", "b"}


def test_values_of_the_path_are_told_where_the_document_lists_them() -> None:
    schema = {"type": "string", "enum": ["google", "github"]}
    elements = Elements([{"name": "provider", "in": "path", "required": True, "schema": schema}])
    request = {"scope": {"query_string": b""}, "used": 0, "headers": {}, "path_parameters": {"provider": "github"}}
    assert list(elements.of(elements.used(type("Request", (), request)()))) == [
        Element("operation"),
        Element("enum", "provider", "github"),
    ]


def test_a_schema_that_holds_itself_ends() -> None:
    tree: dict[str, Any] = {"type": "object", "properties": {"name": {"type": "string"}}}
    tree["properties"]["parent"] = tree
    elements = Elements((), {"content": {"application/json": {"schema": {"allOf": [tree]}}}})
    told = elements.of(elements.in_body("application/json", {"parent": {"parent": {"name": "x"}}}))
    assert [element.name for element in told if element.kind == "member"] == [
        "/parent",
        "/parent/parent",
        "/parent/parent/name",
    ]


def test_a_flood_of_different_queries_is_not_remembered() -> None:
    elements = Elements([{"name": "cursor", "in": "query", "schema": {"type": "string"}}])
    for number in range(3000):
        query = b"cursor=%d" % number
        elements.used(type("Request", (), {"scope": {"query_string": query}, "used": 0, "headers": {}})())
    long = {"scope": {"query_string": b"cursor=" + b"x" * 8000}, "used": 0, "headers": {}}
    elements.used(type("Request", (), long)())
    assert len(elements._known) <= 1024
    assert max(map(len, elements._known)) <= 96
