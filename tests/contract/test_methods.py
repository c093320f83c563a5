"""Methods, content negotiation and conditional requests."""

import pytest

from core.contract.edge import Edge
from tests.contract.fixtures.asgi import HOST, JSON, WRITER, call
from tests.contract.fixtures.world import World


@pytest.fixture(scope="module")
def api() -> Edge:
    return World().api()


@pytest.mark.parametrize("method", ["DELETE", "PUT", "TRACE", "FOO"])
async def test_a_method_that_the_path_does_not_take_is_told_which_it_takes(api: Edge, method: str) -> None:
    answer = await call(api, method, "/v2/things", headers=(HOST,))
    assert (answer.status, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.header("allow") == "GET, HEAD, POST, OPTIONS"


async def test_options_needs_no_credential_and_lists_the_methods(api: Edge) -> None:
    answer = await call(api, "OPTIONS", "/v2/things/a", headers=(HOST,))
    assert (answer.status, answer.header("allow"), answer.body) == (204, "GET, HEAD, PATCH, DELETE, OPTIONS", b"")
    assert answer.header("access-control-allow-origin") is None


async def test_a_preflight_of_a_browser_is_answered(api: Edge) -> None:
    headers = (HOST, (b"origin", b"https://app.example"), (b"access-control-request-method", b"PATCH"))
    answer = await call(api, "OPTIONS", "/v2/things/a", headers=headers)
    assert answer.header("access-control-allow-origin") == "*"
    assert "PATCH" in (answer.header("access-control-allow-methods") or "")
    assert "Authorization" in (answer.header("access-control-allow-headers") or "")


async def test_a_browser_may_read_the_headers_of_every_answer(api: Edge) -> None:
    for target in ("/v2/things", "/v2/nothing", "/v2/things?zzz=1"):
        answer = await call(api, "GET", target, headers=(HOST, WRITER, (b"origin", b"https://app.example")))
        assert answer.header("access-control-allow-origin") == "*"
        assert "RateLimit" in (answer.header("access-control-expose-headers") or "")


async def test_head_is_get_without_the_body(api: Edge) -> None:
    head, get = await call(api, "HEAD", "/v2/things/a"), await call(api, "GET", "/v2/things/a")
    assert (head.status, head.body) == (200, b"")
    for name in ("content-length", "content-type", "etag"):
        assert head.header(name) == get.header(name) is not None


async def test_head_of_nothing_has_no_body_either(api: Edge) -> None:
    answer = await call(api, "HEAD", "/v2/nothing")
    assert (answer.status, answer.body) == (404, b"")


@pytest.mark.parametrize(
    "accept", [b"text/html", b"application/xml, text/*;q=0.5", b"application/json;q=0", b"*/*;q=0"]
)
async def test_a_caller_that_accepts_nothing_of_the_operation_is_told_what_there_is(api: Edge, accept: bytes) -> None:
    answer = await call(api, "GET", "/v2/things", headers=(HOST, WRITER, (b"accept", accept)))
    assert (answer.status, answer.json()["detail"]) == (406, "This operation answers with application/json.")


@pytest.mark.parametrize(
    "accept", [b"*/*", b"application/*", b"text/html, */*;q=0.1", b"Application/JSON;q=0.2", b"junk", b"a/b;q=x, */*"]
)
async def test_a_caller_that_accepts_the_operations_media_type_gets_it(api: Edge, accept: bytes) -> None:
    answer = await call(api, "GET", "/v2/things", headers=(HOST, WRITER, (b"accept", accept)))
    assert answer.status == 200


async def test_an_operation_that_answers_without_a_body_accepts_every_accept(api: Edge) -> None:
    answer = await call(api, "DELETE", "/v2/things/a", headers=(HOST, WRITER, (b"accept", b"text/html")))
    assert (answer.status, answer.body, answer.header("content-length")) == (204, b"", None)


async def test_a_static_path_wins_over_a_template_that_stands_first(api: Edge) -> None:
    answer = await call(api, "GET", "/v2/things/special", headers=(HOST, WRITER))
    assert (answer.header("content-type"), answer.body) == ("text/csv", b"id,name\na,a\n")
    assert (await call(api, "GET", "/v2/things/specia%6c")).header("content-type") == "text/csv"


@pytest.mark.parametrize("held", ["{etag}", "W/{etag}", '"other", {etag}', "*"])
async def test_a_representation_that_the_caller_holds_is_not_sent_again(api: Edge, held: str) -> None:
    etag = (await call(api, "GET", "/v2/things/a")).header("etag")
    headers = (HOST, WRITER, (b"if-none-match", held.format(etag=etag).encode()))
    assert (await call(api, "GET", "/v2/things/a", headers=headers)).status == 304
    assert (await call(api, "HEAD", "/v2/things/a", headers=headers)).status == 304


async def test_an_etag_does_not_depend_on_the_credential_and_changes_with_the_bytes(api: Edge) -> None:
    reader = await call(api, "GET", "/v2/things/a", headers=(HOST, (b"authorization", b"Bearer reader")))
    writer, other = await call(api, "GET", "/v2/things/a"), await call(api, "GET", "/v2/things/b")
    assert reader.header("etag") == writer.header("etag") != other.header("etag")
    assert (writer.header("etag") or "").startswith('"')


async def test_a_change_that_starts_from_another_state_is_refused(api: Edge) -> None:
    headers = (HOST, WRITER, JSON, (b"if-match", b'"other"'))
    answer = await call(api, "PATCH", "/v2/things/a", headers=headers, body=b'{"url":"https://example.com"}')
    assert (answer.status, answer.json()["code"]) == (412, "precondition_failed")


async def test_a_change_that_starts_from_the_present_state_is_made(api: Edge) -> None:
    etag = ((await call(api, "GET", "/v2/things/a")).header("etag") or "").encode()
    for held in (etag, b"*", b'"other", ' + etag):
        headers = (HOST, WRITER, JSON, (b"if-match", held))
        answer = await call(api, "PATCH", "/v2/things/a", headers=headers, body=b'{"url":"https://example.com"}')
        assert answer.status == 200
    weak = (HOST, WRITER, JSON, (b"if-match", b"W/" + etag))
    assert (await call(api, "PATCH", "/v2/things/a", headers=weak)).status == 412, "If-Match compares strongly"


async def test_an_optional_body_may_be_absent(api: Edge) -> None:
    assert (await call(api, "PATCH", "/v2/things/a")).status == 200


async def test_what_is_not_a_representation_has_no_etag(api: Edge) -> None:
    created = await call(api, "POST", "/v2/things", headers=(HOST, WRITER, JSON), body=b'{"name":"a"}')
    assert (created.status, created.header("location"), created.header("etag")) == (201, "/v2/things/a", None)
    assert created.header("cache-control") == "no-store"
