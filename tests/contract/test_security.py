"""Who may call what, and how the refusal says so."""

import pytest
from starlette.types import Message

from core.contract.edge import Edge
from tests.contract.fixtures.asgi import HOST, WRITER, Header, call
from tests.contract.fixtures.ports import CountingLimiter
from tests.contract.fixtures.world import World


@pytest.fixture(scope="module")
def api() -> Edge:
    return World().api()


def bearer(token: str) -> Header:
    return (b"authorization", f"Bearer {token}".encode())


async def test_a_call_without_a_credential_is_told_which_one_is_expected(api: Edge) -> None:
    answer = await call(api, "GET", "/v2/things", headers=(HOST,))
    assert (answer.status, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.header("www-authenticate") == 'Bearer realm="tidings"'


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"Bearer",
        b"Bearer ",
        b"Basic d3JpdGVyOg==",
        b"writer",
        b"Bearer a b",
        b"Bearer writer, Bearer writer",
        b"Bearer \xff\xfe",
    ],
)
async def test_an_authorization_header_of_another_form_is_refused(api: Edge, value: bytes) -> None:
    answer = await call(api, "GET", "/v2/things", headers=(HOST, (b"authorization", value)))
    assert answer.status == 401
    assert answer.header("www-authenticate") == 'Bearer realm="tidings", error="invalid_token"'


async def test_an_unknown_key_is_refused(api: Edge) -> None:
    answer = await call(api, "GET", "/v2/things", headers=(HOST, bearer("nobody")))
    assert (answer.status, answer.header("www-authenticate")) == (401, 'Bearer realm="tidings", error="invalid_token"')


@pytest.mark.parametrize("second", [WRITER, bearer("nobody")])
async def test_two_credentials_are_refused_even_if_they_are_equal(api: Edge, second: Header) -> None:
    answer = await call(api, "GET", "/v2/things", headers=(HOST, WRITER, second))
    assert answer.status == 401
    assert answer.header("www-authenticate")


async def test_a_credential_in_the_query_is_refused_beside_a_good_header(api: Edge) -> None:
    answer = await call(api, "GET", "/v2/things?api_key=writer")
    assert (answer.status, answer.codes()) == (400, ["credential"])


async def test_a_key_without_the_scope_is_told_which_one_is_missing(api: Edge) -> None:
    answer = await call(api, "POST", "/v2/things", headers=(HOST, bearer("reader")))
    assert (answer.status, answer.json()["code"]) == (403, "insufficient_scope")
    assert answer.json()["detail"] == "The credential lacks the scope things:write."
    expected = 'Bearer realm="tidings", error="insufficient_scope", scope="things:write"'
    assert answer.header("www-authenticate") == expected


async def test_an_operation_without_security_asks_nobody(api: Edge) -> None:
    assert (await call(api, "GET", "/v2/free", headers=(HOST,))).status == 200
    assert (await call(api, "GET", "/v2/free", headers=(HOST, WRITER))).status == 200


async def test_an_operation_without_security_still_refuses_a_bad_credential(api: Edge) -> None:
    for bad in (bearer("nobody"), (b"authorization", b"Basic d3JpdGVyOg==")):
        answer = await call(api, "GET", "/v2/free", headers=(HOST, bad))
        assert answer.status == 401
        assert answer.header("www-authenticate") == 'Bearer realm="tidings", error="invalid_token"'


async def test_where_a_credential_is_optional_a_bad_one_is_still_refused(api: Edge) -> None:
    assert (await call(api, "GET", "/v2/maybe", headers=(HOST, bearer("nobody")))).status == 401
    assert (await call(api, "GET", "/v2/maybe", headers=(HOST,))).json() == {"known": False}
    assert (await call(api, "GET", "/v2/maybe", headers=(HOST, WRITER))).json() == {"known": True}


async def test_the_word_bearer_is_read_in_any_case(api: Edge) -> None:
    assert (await call(api, "GET", "/v2/things", headers=(HOST, (b"authorization", b"bEARER writer")))).status == 200


async def test_guessing_keys_uses_up_the_budget_of_the_address() -> None:
    api = World(limiter=CountingLimiter(budget=2)).api()
    statuses = [(await call(api, "GET", "/v2/things", headers=(HOST, bearer("guess")))).status for _ in range(3)]
    assert statuses == [401, 401, 429]
    other = await call(api, "GET", "/v2/things", headers=(HOST, bearer("guess")), client="192.0.2.2")
    assert other.status == 401


async def test_behind_tls_the_browser_is_told_to_stay_there(api: Edge) -> None:
    plain = await call(api, "GET", "/v2/free", headers=(HOST,))
    secure = await call(api, "GET", "/v2/free", headers=(HOST,), scheme="https")
    assert plain.header("strict-transport-security") is None
    assert secure.header("strict-transport-security") == "max-age=31536000"


@pytest.mark.parametrize("target", ["/v2/free", "/v2/nothing", "/health", "/docs"])
async def test_no_answer_can_be_sniffed_or_framed(api: Edge, target: str) -> None:
    answer = await call(api, "GET", target, headers=(HOST,))
    assert answer.header("x-content-type-options") == "nosniff"
    assert "frame-ancestors 'none'" in (answer.header("content-security-policy") or "")


async def test_a_websocket_is_closed_politely(api: Edge) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await api({"type": "websocket", "path": "/v2/things", "headers": []}, receive, send)
    assert sent == [{"type": "websocket.close", "code": 1008}]
