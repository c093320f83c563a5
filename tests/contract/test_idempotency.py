"""Requests that are repeated under one key: what the engine answers, whatever remembers the answers."""

from typing import Any, Final
from uuid import uuid4

import pytest

from core.contract.edge import Edge
from core.contract.ports import Keyed
from tests.contract.fixtures.asgi import HOST, JSON, WRITER, Answer, Header, call
from tests.contract.fixtures.handlers.v2.orders import REFUSALS, done
from tests.contract.fixtures.ports import WRITER as PRINCIPAL
from tests.contract.fixtures.world import World

READER = (b"authorization", b"Bearer reader")


@pytest.fixture(params=["compiled", "stock"])
def world(request: pytest.FixtureRequest) -> World:
    return World(stock_only=request.param == "stock")


@pytest.fixture
def api(world: World) -> Edge:
    done.clear()
    return world.api()


async def order(
    api: Edge, item: str, key: str | None = None, *, target: str = "/v2/orders", who: Header = WRITER, **options: Any
) -> Answer:
    headers = [HOST, who, JSON]
    if key is not None:
        headers.append((b"idempotency-key", key.encode()))
    return await call(api, "POST", target, headers=headers, body=b'{"item":"%b"}' % item.encode(), **options)


def replayed(answer: Answer) -> str | None:
    return answer.header("idempotency-replayed")


async def test_callers_without_a_credential_share_no_answer_without_the_same_body(api: Edge) -> None:
    key = (b"idempotency-key", b"k-1")
    first, again, other = [
        await call(api, "POST", "/v2/registrations", headers=(HOST, JSON, key), body=b'{"item":"%b"}' % item)
        for item in (b"ann", b"ann", b"bob")
    ]
    assert (first.status, again.status, other.status) == (201, 201, 422)
    assert again.body == first.body
    assert (done["ann"], done["bob"]) == (1, 0)


async def test_another_callers_key_is_another_key(api: Edge) -> None:
    answers = [await order(api, "pen", "k-1", who=who) for who in (WRITER, READER)]
    assert [answer.json()["done"] for answer in answers] == [1, 2]
    assert [replayed(answer) for answer in answers] == [None, None]


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "x" * 256, '"', '""', '"a', '"a"b', '"%s"' % ("x" * 256)])
async def test_a_key_that_is_no_key_is_refused(api: Edge, key: str) -> None:
    assert (await order(api, "pen", key)).status == 400
    assert done["pen"] == 0


async def test_a_key_is_demanded_where_the_document_says_so(api: Edge) -> None:
    answer = await call(api, "PATCH", "/v2/orders", headers=(HOST, WRITER))
    assert answer.status == 400
    assert (await call(api, "PATCH", "/v2/orders", headers=(HOST, WRITER, (b"idempotency-key", b"k")))).status == 204


@pytest.mark.parametrize(("key", "code"), [((), "required"), (((b"idempotency-key", b"x" * 11),), "max_length")])
async def test_a_bad_key_is_named(key: tuple[Header, ...], code: str) -> None:
    answer = await call(World().api(), "PATCH", "/v2/orders", headers=(HOST, WRITER, *key))
    (fault,) = answer.json()["errors"]
    assert (answer.status, fault["parameter"], fault["code"]) == (400, "Idempotency-Key", code)


@pytest.mark.parametrize(
    ("item", "target"), [("ink", "/v2/orders"), ("pen", "/v2/orders?limit=3"), ("pen", "/v2/orders?limit=20")]
)
async def test_a_key_belongs_to_one_request(api: Edge, item: str, target: str) -> None:
    await order(api, "pen", "k-1", target="/v2/orders")
    answer = await order(api, item, "k-1", target=target)
    assert (answer.status, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert replayed(answer) is None
    assert done.total() == 1


async def test_while_the_first_is_answered_a_repetition_has_to_wait(world: World, api: Edge) -> None:
    world.answers.held.add((PRINCIPAL.principal_id, "k-1"))
    answer = await order(api, "pen", "k-1")
    assert (answer.status, answer.json()["code"]) == (409, "idempotency_in_progress")
    assert answer.header("retry-after") == "1"
    world.answers.held.clear()
    assert (await order(api, "pen", "k-1")).status == 201


LATER: Final = [None, *REFUSALS.values(), RuntimeError("a fault")]
"""What the handler may say to a request that it has answered already: it may run before that is known."""


@pytest.mark.parametrize("later", LATER, ids=repr)
async def test_what_was_answered_before_is_the_answer_whatever_the_handler_says_now(
    world: World, api: Edge, monkeypatch: pytest.MonkeyPatch, later: Exception | None
) -> None:
    first = await order(api, "pen", "k-1")
    world.answers.expected = False
    if later is not None:
        monkeypatch.setitem(REFUSALS, "pen", later)
    again = await order(api, "pen", "k-1")
    assert (again.status, again.body, replayed(again)) == (201, first.body, "true")
    assert world.units_of_work.ends.count("committed") == 1
    world.answers.expected = False
    other = await order(api, "pen", "k-1", target="/v2/orders?limit=3")
    assert (other.status, other.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("later", LATER, ids=repr)
async def test_while_the_first_is_answered_a_repetition_has_to_wait_whatever_the_handler_says(
    world: World, api: Edge, monkeypatch: pytest.MonkeyPatch, later: Exception | None
) -> None:
    world.answers.held.add((PRINCIPAL.principal_id, "k-1"))
    if later is not None:
        monkeypatch.setitem(REFUSALS, "pen", later)
    answer = await order(api, "pen", "k-1")
    assert (answer.status, answer.json()["code"]) == (409, "idempotency_in_progress")
    assert "committed" not in world.units_of_work.ends
    assert world.answers.kept == {}


async def test_an_answer_that_is_removed_while_it_is_looked_for_is_asked_for_again(
    world: World, api: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    await order(api, "pen", "k-1")
    world.answers.expected = False

    async def nothing(_: Keyed) -> None:
        return None

    monkeypatch.setattr(world.answers, "find", nothing)
    answer = await order(api, "pen", "k-1")
    assert (answer.status, answer.header("retry-after")) == (409, "1")


async def test_without_a_key_everything_is_done_again(api: Edge) -> None:
    assert [(await order(api, "pen")).json()["done"] for _ in range(2)] == [1, 2]


async def test_a_repetition_gets_the_first_answer_and_changes_nothing(world: World, api: Edge) -> None:
    first = await order(api, "pen", "k-1", target="/v2/orders?limit=3")
    again = await order(api, "pen", "k-1", target="/v2/orders?limit=3")
    assert (first.status, first.body, first.header("location")) == (again.status, again.body, again.header("location"))
    assert (replayed(first), replayed(again)) == (None, "true")
    assert first.header("x-request-id") != again.header("x-request-id")
    assert done["pen"] == 1
    assert world.units_of_work.ends == ["committed"]


async def test_quotation_marks_are_not_part_of_the_key(api: Edge) -> None:
    first, again = await order(api, "pen", "k-1"), await order(api, "pen", '"k-1"')
    assert (replayed(again), again.body) == ("true", first.body)


@pytest.mark.parametrize(
    ("item", "status"), [("missing", 404), ("twice", 409), ("gone", 410), ("changed", 412), ("odd", 422)]
)
async def test_a_refusal_that_would_not_change_is_kept_without_its_effects(
    world: World, api: Edge, item: str, status: int
) -> None:
    first, again = [await order(api, item, "k-1") for _ in range(2)]
    assert (first.status, again.status, done[item]) == (status, status, 1)
    assert first.body == again.body
    assert first.header("location") == again.header("location")
    assert first.json()["request_id"] == first.header("x-request-id") == again.json()["request_id"]
    assert (replayed(first), replayed(again)) == (None, "true")
    assert world.units_of_work.ends == ["rolled back", "committed"]


@pytest.mark.parametrize(("item", "status"), [("forbidden", 403), ("away", 503), ("fault", 500)])
async def test_a_refusal_that_may_pass_is_not_kept(world: World, api: Edge, item: str, status: int) -> None:
    answers = [await order(api, item, "k-1") for _ in range(2)]
    assert [answer.status for answer in answers] == [status, status]
    assert [replayed(answer) for answer in answers] == [None, None]
    assert done[item] == 2
    assert world.answers.kept == {}


async def test_what_never_reached_the_handler_is_not_kept(world: World, api: Edge) -> None:
    key = (b"idempotency-key", b"k-1")
    bad = await call(api, "POST", "/v2/orders?limit=0", headers=(HOST, WRITER, JSON, key), body=b'{"item":"pen"}')
    unknown = await call(api, "POST", "/v2/orders", headers=(HOST, JSON, key), body=b'{"item":"pen"}')
    text = await call(
        api, "POST", "/v2/orders", headers=(HOST, WRITER, key, (b"content-type", b"text/plain")), body=b"x"
    )
    assert (bad.status, unknown.status, text.status) == (400, 401, 415)
    assert world.answers.kept == {}
    assert (await order(api, "pen", "k-1")).status == 201


async def test_a_repetition_costs_as_much_as_the_first(world: World, api: Edge) -> None:
    for _ in range(2):
        await order(api, "pen", "k-1")
    assert [made.cost for made in world.limiter.calls] == [1, 1]


async def test_a_change_knows_the_request_that_it_comes_from(api: Edge) -> None:
    answer = await order(api, "pen", client="192.0.2.7")
    assert answer.json()["origin"] == [answer.header("x-request-id"), "192.0.2.7", "v2.placeOrder", "tidings.test"]


async def test_an_upload_that_the_stock_stack_serves_is_repeated_too() -> None:
    api = World().api()
    form = b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\n%b\r\n--b--\r\n'
    headers = (
        HOST,
        WRITER,
        (b"content-type", b"multipart/form-data; boundary=b"),
        (b"idempotency-key", str(uuid4()).encode()),
    )
    first, again, other = [
        await call(api, "POST", "/v2/uploads", headers=headers, body=form % n) for n in (b"x", b"x", b"y")
    ]
    assert (first.status, again.status, other.status) == (200, 200, 422)
    assert (replayed(first), replayed(again)) == (None, "true")
