"""Every operation through both stacks: compiled, and Connexion's own with the compiler switched off.

Good and bad input must give the same status, media type and body. Bodies of errors are compared by their code, because
Connexion stops at the first fault and says it in other words. Where Connexion is wrong the case stands in
`STOCK_IS_WRONG` with the reason; whatever else differs is a bug of ours.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from core.contract.edge import Edge
from core.contract.lifecycle import operations
from tests.contract.fixtures.asgi import HOST, JSON, WRITER, Answer, Header, call
from tests.contract.fixtures.world import STOCK, World, documents

XML = (b"content-type", b"application/xml")
MULTIPART = (b"content-type", b"multipart/form-data; boundary=b")
FORM = b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nx\r\n--b--\r\n'


@dataclass(frozen=True)
class Case:
    operation: str
    method: str
    target: str
    headers: tuple[Header, ...] = (HOST, WRITER)
    body: bytes = b""

    def __str__(self) -> str:
        return f"{self.method} {self.target} {self.body[:40]!r} {dict(self.headers[2:])}"


def things(query: str) -> Case:
    return Case("v2.listThings", "GET", f"/v2/things?{query}")


def post(body: bytes, version: str = "v2") -> Case:
    return Case(f"{version}.createThing", "POST", f"/{version}/things", (HOST, WRITER, JSON), body)


GOOD_QUERIES = (
    *("", "limit=1", "kind=small", "score=0.25", "score=1", "active=true", "q=a%20b+c%E2%82%AC", "q=", "ids=1,2,-3"),
    *("from=2026-01-01T00:00:00Z", "day=2026-01-01", "link=https://example.com/a", "tag=a&tag=b", "limit=5&kind=large"),
    "ref=123e4567-e89b-12d3-a456-426614174000",
)
BAD_QUERIES = (
    *(
        "limit=0",
        "limit=101",
        "limit=x",
        "limit=",
        "limit",
        "kind=medium",
        "score=2",
        "score=x",
        "active=maybe",
        "zzz=1",
    ),
    *("tag=a&tag=b&tag=c&tag=d", "tag=toolong", "ids=1,x", "q=" + "x" * 51, "limit=1&limit=x"),
)
BODIES = (
    *(b'{"name":"a"}', b'{"name":"a","kind":null}', b'{"name":"a","parts":[{"url":"https://example.com"}]}'),
    *(b"{}", b"null", b"[]", b"1", b'{"name":""}', b'{"name":1}', b'{"name":"a","zzz":1}', b'{"name":"a","size":-1}'),
    *(b'{"name":"a","size":"1"}', b'{"name":"a","kind":"medium"}', b'{"name":"a","parts":[{}]}', b"{", b"", b"x"),
)
CASES = (
    *(things(query) for query in (*GOOD_QUERIES, *BAD_QUERIES)),
    *(post(body) for body in BODIES),
    *(post(body, "v1") for body in BODIES),
    Case("v2.createThing", "POST", "/v2/things", (HOST, WRITER, (b"content-type", b"text/plain")), b"{}"),
    Case("v2.createThing", "POST", "/v2/things", (HOST, JSON), b"{}"),
    Case("v1.listThings", "GET", "/v1/things?limit=7"),
    Case("v1.listThings", "GET", "/v1/things?limit=0"),
    Case("v1.getThing", "GET", "/v1/things/a"),
    Case("v1.getThing", "GET", "/v1/things/missing"),
    Case("v2.getThing", "GET", "/v2/things/a"),
    Case("v2.getThing", "HEAD", "/v2/things/a"),
    Case("v2.getThing", "GET", "/v2/things/UPPER"),
    Case("v2.getThing", "GET", "/v2/things/missing"),
    Case("v2.updateThing", "PATCH", "/v2/things/a", (HOST, WRITER, JSON), b'{"url":"https://example.com"}'),
    Case(
        "v2.updateThing", "PATCH", "/v2/things/a", (HOST, WRITER, JSON, (b"if-match", b'"x"')), b'{"url":"https://a"}'
    ),
    Case("v2.updateThing", "PATCH", "/v2/things/a", (HOST, WRITER, JSON), b'{"zzz":1}'),
    Case("v2.deleteThing", "DELETE", "/v2/things/a"),
    Case("v2.getSpecialThing", "GET", "/v2/things/special"),
    Case("v2.importThings", "POST", "/v2/things/import", (HOST, WRITER, XML), b"<opml/>"),
    Case("v2.importThings", "POST", "/v2/things/import", (HOST, WRITER, JSON), b"{}"),
    Case("v2.getNumber", "GET", "/v2/numbers/-5"),
    Case("v2.getNumber", "GET", "/v2/numbers/0"),
    Case("v2.listSecrets", "GET", "/v2/secrets"),
    Case("v2.listSecrets", "GET", "/v2/secrets", (HOST,)),
    Case("v2.getFree", "GET", "/v2/free", (HOST,)),
    Case("v2.getShare", "GET", "/v2/shares/sesameok/page", (HOST,)),
    Case("v2.getShare", "GET", "/v2/shares/sesameopen/page", (HOST,)),
    Case("v2.getMaybe", "GET", "/v2/maybe", (HOST,)),
    Case("v2.getMaybe", "GET", "/v2/maybe"),
    Case("v2.placeOrder", "POST", "/v2/orders", (HOST, WRITER, JSON, (b"idempotency-key", b"p")), b'{"item":"twice"}'),
    Case("v2.placeOrder", "POST", "/v2/orders", (HOST, WRITER, JSON, (b"idempotency-key", b"p")), b'{"item":"odd"}'),
    Case(
        "v2.placeOrder", "POST", "/v2/orders", (HOST, WRITER, JSON, (b"idempotency-key", b"q" * 256)), b'{"item":"a"}'
    ),
    Case("v2.changeOrders", "PATCH", "/v2/orders"),
    Case("v2.changeOrders", "PATCH", "/v2/orders", (HOST, WRITER, (b"idempotency-key", b"p"))),
    Case("v2.registerBuyer", "POST", "/v2/registrations", (HOST, JSON), b"{"),
    Case("v2.getFault", "GET", "/v2/fault"),
    Case("v2.getAway", "GET", "/v2/away"),
    *(Case("v2.getDrift", "GET", f"/v2/drift?how={how}") for how in ("", "type", "header", "status")),
    Case("v2.uploadThing", "POST", "/v2/uploads", (HOST, WRITER, MULTIPART), FORM),
)
STOCK_IS_WRONG: dict[Case, str] = {
    Case("v2.getNumber", "GET", "/v2/numbers/x"): "its router has no route for it and answers as for an unknown path",
    Case(
        "v2.getMaybe", "GET", "/v2/maybe", (HOST, (b"authorization", b"Bearer nobody"))
    ): "it takes a bad credential for none",
    post(b'{"id":"x","name":"a"}'): "it takes a member that only the server sets",
    Case("v2.importThings", "POST", "/v2/things/import", (HOST, WRITER, XML)): "it hands an empty required body on",
}


@pytest.fixture(scope="module")
def compiled() -> Edge:
    return World().api()


@pytest.fixture(scope="module")
def stock() -> Edge:
    return World(stock_only=True).api()


async def send(api: Edge, case: Case) -> Answer:
    return await call(api, case.method, case.target, headers=case.headers, body=case.body)


def comparable(answer: Answer) -> tuple[Any, ...]:
    media_type = answer.header("content-type")
    body: Any = answer.body
    if answer.status >= 400 and body:
        body = answer.json().get("code") or answer.json().get("error")
    etag, allow = answer.header("etag"), answer.header("www-authenticate")
    return answer.status, media_type, body, etag, allow, answer.header("location"), answer.header("retry-after")


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_both_stacks_answer_alike(compiled: Edge, stock: Edge, case: Case) -> None:
    assert comparable(await send(compiled, case)) == comparable(await send(stock, case))


@pytest.mark.parametrize("case", STOCK_IS_WRONG, ids=str)
async def test_a_named_exception_still_differs(compiled: Edge, stock: Edge, case: Case) -> None:
    """When Connexion mends one of these, its line is taken out of the list."""
    assert comparable(await send(compiled, case)) != comparable(await send(stock, case)), STOCK_IS_WRONG[case]


def test_every_operation_is_compared_and_only_the_expected_ones_are_not_compiled() -> None:
    def names() -> Iterator[str]:
        for version, document in documents().items():
            yield from (f"{version}.{operation['operationId']}" for _, _, operation in operations(document))

    assert {case.operation for case in CASES} == set(names())
    assert World().api() is not None, "the start asserts the list of stock operations"
    assert {"v2.uploadThing"} == STOCK


@pytest.mark.parametrize(
    "media_type",
    [
        b"multipart/form-data",
        b"multipart/form-data; boundary=other",
        b'multipart/form-data; boundary=""',
        b"multipart/form-data; boundary=b; charset=utf-16",
    ],
)
async def test_a_multipart_body_without_its_boundary_is_the_clients_fault(compiled: Edge, media_type: bytes) -> None:
    headers = (HOST, WRITER, (b"content-type", media_type))
    answer = await call(compiled, "POST", "/v2/uploads", headers=headers, body=FORM)
    assert answer.status in (400, 415)


@pytest.mark.parametrize("body", [b"garbage", b"--b\r\n\r\nx\r\n--b--\r\n", b"", FORM[:-20]])
async def test_a_broken_multipart_body_is_the_clients_fault(compiled: Edge, body: bytes) -> None:
    answer = await call(compiled, "POST", "/v2/uploads", headers=(HOST, WRITER, MULTIPART), body=body)
    assert answer.status == 400


async def test_a_multipart_body_of_a_thousand_fields_is_the_clients_fault(compiled: Edge) -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="f%d"\r\n\r\nx\r\n'
    body = b"".join(part % number for number in range(2000)) + b"--b--\r\n"
    answer = await call(compiled, "POST", "/v2/uploads", headers=(HOST, WRITER, MULTIPART), body=body)
    assert answer.status == 400


async def test_a_chunked_multipart_body_reaches_the_stock_stack(compiled: Edge) -> None:
    headers = (HOST, WRITER, MULTIPART)
    answer = await call(compiled, "POST", "/v2/uploads?limit=3", headers=headers, body=[FORM[:30], FORM[30:]])
    assert answer.json() == {"limit": 3, "name": "x"}


async def test_the_stock_stack_reads_parameters_as_strictly(compiled: Edge) -> None:
    for query in ("limit=1_0", "limit=%D9%A1", "limit=1&limit=2", "zzz=1"):
        answer = await call(compiled, "POST", f"/v2/uploads?{query}", headers=(HOST, WRITER, MULTIPART), body=FORM)
        assert answer.status == 400, query
