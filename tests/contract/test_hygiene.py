"""What a request must look like: headers, target, media type, JSON. All is the client's fault, none of it a 5xx."""

import gzip
from collections.abc import Iterable

import pytest

from core.contract.edge import Edge
from tests.contract.fixtures.asgi import HOST, JSON, WRITER, Header, call
from tests.contract.fixtures.world import World


@pytest.fixture(scope="module")
def api() -> Edge:
    return World().api()


async def post(api: Edge, body: bytes | Iterable[bytes], *headers: Header) -> tuple[int, list[str]]:
    answer = await call(api, "POST", "/v2/things", headers=(HOST, WRITER, *headers), body=body)
    return answer.status, sorted(answer.codes()) if answer.status == 400 else []


@pytest.mark.parametrize(
    "hosts", [(), (b"a", b"b"), (b"",), (b"a b",), (b"a/b",), (b"user@a",), (b"a:99999999",), (b"[::1",)]
)
async def test_a_request_has_exactly_one_valid_host(api: Edge, hosts: tuple[bytes, ...]) -> None:
    answer = await call(api, "GET", "/v2/things", headers=[WRITER, *((b"host", host) for host in hosts)])
    assert answer.status == 400
    assert answer.header("connection") == "close"


async def test_too_many_header_fields_are_refused(api: Edge) -> None:
    extra = [(b"x-%d" % number, b"a") for number in range(10_000)]
    answer = await call(api, "GET", "/v2/things", headers=[HOST, WRITER, *extra])
    assert (answer.status, answer.json()["code"]) == (431, "headers_too_large")


async def test_too_large_header_fields_are_refused(api: Edge) -> None:
    answer = await call(api, "GET", "/v2/things", headers=[HOST, WRITER, (b"x-a", b"a" * 100_000)])
    assert answer.status == 431


@pytest.mark.parametrize("name", [b"content-type", b"content-length", b"transfer-encoding", b"content-encoding"])
async def test_a_header_that_frames_the_body_stands_once(api: Edge, name: bytes) -> None:
    answer = await call(api, "POST", "/v2/things", headers=[HOST, WRITER, (name, b"1"), (name, b"2")])
    assert answer.status == 400


async def test_a_target_of_more_than_8_kib_is_refused(api: Edge) -> None:
    answer = await call(api, "GET", "/v2/things?q=" + "a" * 8200)
    assert (answer.status, answer.json()["code"]) == (414, "uri_too_long")


@pytest.mark.parametrize("path", ["/v2/things/%ff", "/v2/things/%00", "/v2/things/%", "/v2/things/%c0%af", "/%zz"])
async def test_a_path_is_utf8_without_nul(api: Edge, path: str) -> None:
    assert (await call(api, "GET", path)).status == 400


@pytest.mark.parametrize(
    "path", ["/v2/things/", "//v2/things", "/v2//things", "/v2/things/a/b", "/V2/things", "*", "/v2"]
)
async def test_a_path_that_is_not_exactly_in_the_document_is_not_found(api: Edge, path: str) -> None:
    assert (await call(api, "GET", path)).status == 404


async def test_an_encoded_slash_stays_inside_its_segment(api: Edge) -> None:
    answer = await call(api, "GET", "/v2/things/..%2f..%2fetc")
    assert (answer.status, answer.codes()) == (400, ["pattern"])


@pytest.mark.parametrize("number", ["2147483648", "-2147483649", "1.5", ".", "%D9%A1", "9" * 5000, "+1", "1_0"])
async def test_a_number_in_the_path_is_an_integer_in_its_range(api: Edge, number: str) -> None:
    assert (await call(api, "GET", f"/v2/numbers/{number}")).status == 400


async def test_a_body_without_a_media_type_is_refused(api: Edge) -> None:
    assert await post(api, b'{"name":"a"}') == (415, [])


@pytest.mark.parametrize(
    "media_type",
    [
        b"text/plain",
        b"application/octet-stream",
        b"",
        b";;;;",
        b"application/problem+json",
        b"application/json, text/x",
    ],
)
async def test_a_body_of_a_media_type_that_the_document_does_not_name_is_refused(api: Edge, media_type: bytes) -> None:
    assert (await post(api, b'{"zzz":1}', (b"content-type", media_type)))[0] == 415


@pytest.mark.parametrize("charset", [b"utf-16", b"latin-1", b"nope", b"zlib_codec", b"idna", b'"utf-7"'])
async def test_a_body_in_another_charset_is_refused(api: Edge, charset: bytes) -> None:
    assert (await post(api, b'{"name":"a"}', (b"content-type", b"application/json; charset=" + charset)))[0] == 415


async def test_a_compressed_body_is_refused(api: Edge) -> None:
    body = gzip.compress(b'{"name":"a"}')
    assert (await post(api, body, JSON, (b"content-encoding", b"gzip")))[0] == 415


@pytest.mark.parametrize(
    "media_type",
    [
        b"APPLICATION/JSON",
        b"application/json;",
        b"application/json; charset=UTF-8",
        b'Application/Json;charset="utf-8"',
    ],
)
async def test_a_media_type_is_read_in_any_spelling_and_the_body_is_validated(api: Edge, media_type: bytes) -> None:
    assert await post(api, b'{"name":"a"}', (b"content-type", media_type)) == (201, [])
    assert await post(api, b'{"zzz":1}', (b"content-type", media_type)) == (400, ["required", "unknown_member"])


@pytest.mark.parametrize(
    "body",
    [
        b'{"name":"a","ratio":NaN}',
        b'{"name":"a","ratio":Infinity}',
        b'{"name":"a","ratio":1e400}',
        b'{"name":"a","name":"b"}',
        b'{"name":"\\u0000"}',
        b'{"name":"\\ud800"}',
        b'{"name":"\xff\xfe"}',
        b'{"name":"\xc0\xaf"}',
        b'\xef\xbb\xbf{"name":"a"}',
        '{"name":"a"}'.encode("utf-16"),
        b'{"name":"a","size":9223372036854775808}',
        b'{"name":"a","size":' + b"9" * 5000 + b"}",
        b'{"name":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"name":"a"',
        b"xxxxx",
        b'{"name":"a"}{}',
    ],
)
async def test_what_is_not_json_by_the_letter_is_refused(api: Edge, body: bytes) -> None:
    assert await post(api, body, JSON) == (400, ["invalid_json"])


@pytest.mark.parametrize("body", [b"null", b"[]", b'"name"', b"1"])
async def test_json_of_another_type_is_refused(api: Edge, body: bytes) -> None:
    assert await post(api, body, JSON) == (400, ["type"])


async def test_a_required_body_that_is_missing_is_named(api: Edge) -> None:
    assert await post(api, b"", JSON) == (400, ["required"])


@pytest.mark.parametrize("size", [b"1.0", b"1e0", b"true", b'"1"', b"null"])
async def test_an_integer_in_a_body_is_nothing_else(api: Edge, size: bytes) -> None:
    assert await post(api, b'{"name":"a","size":' + size + b"}", JSON) == (400, ["type"])


async def test_a_member_that_the_server_sets_cannot_be_sent(api: Edge) -> None:
    assert await post(api, b'{"id":"x","name":"a"}', JSON) == (400, ["read_only"])


async def test_a_hostile_text_for_a_nested_pattern_costs_nothing(api: Edge) -> None:
    assert await post(api, b'{"name":"a","code":"' + b"a" * 50_000 + b'!"}', JSON) == (400, ["pattern"])


async def test_a_declared_length_over_the_limit_is_refused_before_the_body_is_read(api: Edge) -> None:
    headers = (HOST, WRITER, JSON, (b"content-length", b"50000000"))
    answer = await call(api, "POST", "/v2/things", headers=headers)
    assert (answer.status, answer.header("connection")) == (413, "close")


async def test_chunks_are_counted_and_refused_at_the_limit(api: Edge) -> None:
    sent = []

    def chunks() -> Iterable[bytes]:
        for _ in range(64):
            sent.append(1)
            yield b"a" * 65_536

    assert await post(api, chunks(), JSON) == (413, [])


async def test_an_operation_may_have_its_own_limit(api: Edge) -> None:
    headers = (HOST, WRITER, (b"content-type", b"text/x-opml"))
    assert (await call(api, "POST", "/v2/things/import", headers=headers, body=b"a" * 2049)).status == 413
    assert (await call(api, "POST", "/v2/things/import", headers=headers, body=[b"a"] * 2049)).status == 413
    assert (await call(api, "POST", "/v2/things/import", headers=headers, body=b"a" * 2048)).json() == {"bytes": 2048}


@pytest.mark.parametrize("media_type", [b"text/x-opml", b"Application/XML; charset=utf-8"])
async def test_a_body_that_is_not_json_reaches_the_handler_as_bytes(api: Edge, media_type: bytes) -> None:
    headers = (HOST, WRITER, (b"content-type", media_type))
    answer = await call(api, "POST", "/v2/things/import", headers=headers, body=b"<opml/>")
    assert answer.json() == {"bytes": 7}


async def test_a_chunked_body_without_content_length_is_read(api: Edge) -> None:
    assert await post(api, [b'{"na', b'me":', b'"a"}'], JSON) == (201, [])
    assert await post(api, [b'{"zz', b'z":1}'], JSON) == (400, ["required", "unknown_member"])


@pytest.mark.parametrize("body", [b"", b"xxxxx"])
async def test_a_body_that_an_operation_does_not_take_is_ignored(api: Edge, body: bytes) -> None:
    assert (await call(api, "GET", "/v2/things", headers=(HOST, WRITER, JSON), body=body)).status == 200


@pytest.mark.parametrize("given", [b"short", b"a b c d e f", b"x" * 200, b"evil\x1b[31m-id-of-a-request"])
async def test_a_request_id_that_is_not_sane_is_replaced(api: Edge, given: bytes) -> None:
    answer = await call(api, "GET", "/v2/free", headers=(HOST, (b"x-request-id", given)))
    assert answer.header("x-request-id") != given.decode()
    assert len(answer.header("x-request-id") or "") == 36


async def test_a_sane_request_id_is_taken_over(api: Edge) -> None:
    answer = await call(api, "GET", "/v2/nothing", headers=(HOST, (b"x-request-id", b"client-0001")))
    assert answer.header("x-request-id") == answer.json()["request_id"] == "client-0001"


async def test_a_repeated_list_header_is_one_list(api: Edge) -> None:
    headers = (HOST, WRITER, (b"accept", b"text/html"), (b"accept", b"application/json"))
    assert (await call(api, "GET", "/v2/things", headers=headers)).status == 200
