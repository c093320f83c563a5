"""Translating requests of v1."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from core.app import read_documents
from core.translation.service import TranslationService
from tests.handlers.conftest import KeyFor
from tests.support.raw_requests import send_head

TRANSLATE = "/v2/migrations/translate"
HAR = "application/har+json"
ITEM = "itm_0350oCqTdZRkfakP5xfzv3"
PASSWORD = "a long walk by the sea"
TOKEN = "tdk_live_ThisIsOnlyAnExampleOfAKeyNotARealKey"


@pytest.fixture
def key(key_for: KeyFor) -> dict[str, str]:
    """The header of a key without any scope: whoever has a key may ask."""
    return key_for("articles:read")


async def translated(api: httpx.AsyncClient, key: dict[str, str], method: str, url: str, **more: Any) -> dict[str, Any]:
    answer = await api.post(TRANSLATE, json={"request": {"method": method, "url": url, **more}}, headers=key)
    assert answer.status_code == 200, answer.text
    report: dict[str, Any] = answer.json()
    return report


async def refused(api: httpx.AsyncClient, key: dict[str, str], body: Any) -> dict[str, Any]:
    answer = await api.post(TRANSLATE, json=body, headers=key)
    assert answer.status_code in (400, 422), answer.text
    problem: dict[str, Any] = answer.json()
    return problem


def archive(*entries: Any, **log: Any) -> dict[str, Any]:
    return {"har": {"log": {"version": "1.2", "entries": list(entries), **log}}}


def entry(method: str, url: str, text: str | None = None, **headers: str) -> dict[str, Any]:
    request: dict[str, Any] = {
        "method": method,
        "url": url,
        "headers": [{"name": name, "value": value} for name, value in headers.items()],
        "cookies": [{"name": "session", "value": "a-cookie"}],
    }
    if text is not None:
        request["postData"] = {"mimeType": "application/json; charset=utf-8", "text": text}
    return {"request": request, "response": {"content": {"text": "never read"}}, "time": 12.5}


async def send_file(
    api: httpx.AsyncClient, key: dict[str, str], file: bytes, *, params: dict[str, str] | None = None
) -> httpx.Response:
    return await api.post(TRANSLATE, content=file, params=params, headers={**key, "Content-Type": HAR})


async def test_nobody_translates_without_a_key(api: httpx.AsyncClient) -> None:
    assert (await api.post(TRANSLATE, json={"request": {"method": "GET", "url": "/v1/sources"}})).status_code == 401


@pytest.mark.parametrize(
    ("request_", "code", "pointer", "words"),
    [
        ({"method": "GET", "url": "/v1/stories"}, "unknown_path", "/request/url", "no operation of v1"),
        ({"method": "GET", "url": "/v2/articles"}, "unknown_path", "/request/url", "does not begin with /v1/"),
        ({"method": "GET", "url": "articles"}, "unknown_path", "/request/url", "does not begin with /v1/"),
        ({"method": "PUT", "url": "/v1/articles"}, "unknown_method", "/request/method", "takes GET only"),
        (
            {"method": "GET", "url": "https://other.example/v1/articles"},
            "foreign_origin",
            "/request/url",
            "another host",
        ),
        ({"method": "GET", "url": "http://[::1/v1/articles"}, "invalid_url", "/request/url", "not a URL"),
        ({"method": "GET", "url": "http://h:port/v1/articles"}, "invalid_url", "/request/url", "not a URL"),
        ({"method": "GET", "url": "/v1/articles/%zz"}, "encoding", "/request/url", "%"),
        ({"method": "GET", "url": "/v1/articles?q=%zz"}, "encoding", "/request/url", "`q`"),
        ({"method": "GET", "url": f"/v1/articles?q={'x' * 9000}"}, "max_length", "/request/url", "too long"),
        ({"method": "GET", "url": "/v1/articles?limit=0"}, "minimum", "/request/url", "`limit` must be 1 or more"),
        ({"method": "GET", "url": "/v1/articles?feed=x"}, "unknown_parameter", "/request/url", "`feed`"),
        ({"method": "POST", "url": "/v1/collections"}, "required", "/request/body", "needs a body"),
        ({"method": "POST", "url": "/v1/collections", "body": {"name": ""}}, "min_length", "/request/body/name", "1"),
    ],
)
async def test_a_request_that_v1_would_not_take_has_no_translation(
    api: httpx.AsyncClient, key: dict[str, str], request_: dict[str, Any], code: str, pointer: str, words: str
) -> None:
    problem = await refused(api, key, {"request": request_})
    assert (problem["status"], problem["code"]) == (422, "untranslatable_request")
    (fault,) = problem["errors"]
    assert (fault["code"], fault["pointer"]) == (code, pointer)
    assert words in fault["detail"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"request": {"method": "GET"}}, "/request/url"),
        ({"request": {"method": "G E T", "url": "/v1/sources"}}, "/request/method"),
        ({"request": {"method": "GET", "url": ""}}, "/request/url"),
        ({"request": {"method": "GET", "url": "/v1/sources", "body": []}}, "/request/body"),
        ({"har": []}, "/har"),
        ({"log": {"entries": []}}, "/log"),
    ],
)
async def test_a_body_that_breaks_its_schema_is_refused(
    api: httpx.AsyncClient, key: dict[str, str], body: Any, pointer: str
) -> None:
    problem = await refused(api, key, body)
    assert (problem["status"], [fault["pointer"] for fault in problem["errors"]]) == (400, [pointer])


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/request"),
        ({"request": {"method": "GET", "url": "/v1/sources"}, "har": {}}, "/request"),
        ({"request": {"method": "GET", "url": "/v1/sources"}, "origin": "here"}, "/origin"),
        ({"request": {"method": "GET", "url": "/v1/sources"}, "origin": "http://[::1"}, "/origin"),
        ({"har": {}}, "/har/log/entries"),
        ({"har": {"log": {"entries": {}}}}, "/har/log/entries"),
        (archive(version="2.0"), "/har/log/version"),
        (archive(*[{}] * 2001), "/har/log/entries"),
    ],
)
async def test_a_body_that_is_neither_a_request_nor_an_archive_is_refused(
    api: httpx.AsyncClient, key: dict[str, str], body: Any, pointer: str
) -> None:
    problem = await refused(api, key, body)
    assert (problem["status"], problem["code"]) == (422, "unprocessable")
    assert [fault["pointer"] for fault in problem["errors"]] == [pointer]


@pytest.mark.parametrize("media_type", ["application/json", HAR])
async def test_an_archive_of_50_megabytes_is_refused_by_its_size(
    address: str, key: dict[str, str], media_type: str
) -> None:
    declared = {"Content-Type": media_type, "Content-Length": str(50 * 2**20), "Host": "127.0.0.1"}
    answer = await send_head(httpx.Request("POST", f"{address}{TRANSLATE}", headers={**key, **declared}))
    assert answer.status_code == 413
    assert answer.json()["detail"] == "The body may hold 8,388,608 bytes."


async def test_an_archive_of_6_megabytes_is_read(api: httpx.AsyncClient, key: dict[str, str]) -> None:
    large = entry("GET", "/v1/articles")
    large["response"]["content"]["text"] = '{"a": ["x"]}' * 400_000
    answer = await api.post(TRANSLATE, json=archive(large, large["request"]), headers=key)
    assert answer.status_code == 200
    assert answer.json()["translated"] == 1


async def test_the_file_of_an_archive_is_a_body_as_it_is(api: httpx.AsyncClient, key: dict[str, str]) -> None:
    own = str(api.base_url).rstrip("/")
    recorded = archive(entry("GET", f"{own}/v1/sources"), entry("GET", "https://news.example/v1/articles?page=2"))
    recorded["har"]["log"] |= {"creator": {"name": "Firefox", "version": "132.0"}, "pages": []}
    file = json.dumps(recorded["har"], indent=2).encode()
    answer = await send_file(api, key, file)
    assert [result["outcome"] for result in answer.json()["results"]] == ["translated", "foreign"]
    answer = await send_file(api, key, file, params={"origin": "https://news.example"})
    assert [result["outcome"] for result in answer.json()["results"]] == ["translated", "translated"]
    in_a_member = await api.post(TRANSLATE, json=recorded, headers=key, params={"origin": "https://news.example"})
    assert in_a_member.json() == answer.json()


@pytest.mark.parametrize(
    ("file", "status", "pointer"),
    [
        (b"", 400, ""),
        (b'{"log": ', 400, ""),
        (b"{}", 400, "/log"),
        (b'{"har": {"log": {"entries": []}}}', 400, "/log"),
        (b'{"log": []}', 400, "/log"),
        (b'{"log": {}}', 422, "/log/entries"),
        (b'{"log": {"version": "2.0", "entries": []}}', 422, "/log/version"),
    ],
)
async def test_a_file_that_is_no_archive_is_refused(
    api: httpx.AsyncClient, key: dict[str, str], file: bytes, status: int, pointer: str
) -> None:
    answer = await send_file(api, key, file)
    assert answer.status_code == status, answer.text
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]


async def test_an_origin_in_the_query_that_is_no_address_is_refused(
    api: httpx.AsyncClient, key: dict[str, str]
) -> None:
    answer = await send_file(api, key, b'{"log": {"entries": []}}', params={"origin": "here"})
    assert answer.status_code == 422
    assert [(fault["parameter"], fault["code"]) for fault in answer.json()["errors"]] == [("origin", "format")]


async def test_sort_and_direction_become_one_word_and_a_page_a_way(api: httpx.AsyncClient, key: dict[str, str]) -> None:
    report = await translated(api, key, "get", "/v1/articles?q=a%20b&sort=created_at&dir=asc&page=3&limit=5")
    (result,), (mapping,) = report["results"], report["operations"]
    assert (report["translated"], result["outcome"], result["operation"]) == (1, "translated", "listArticles")
    assert result["request"] == {
        "method": "GET",
        "url": "/v2/articles?q=a%20b&sort=ingested_at&limit=5&count=exact",
        "headers": [],
        "body": None,
        "pages": {"parameter": "cursor", "pointer": "/page/next_cursor", "times": 2},
        "needed": [],
    }
    assert [note["code"] for note in result["notes"]] == ["added", "pages"]
    assert mapping["guide_url"] == "/migration#listarticles"
    moved = {move["source"]: (move["target"], move["by"]) for move in mapping["response"]}
    assert moved["/data/*/source"] == ("/data/*/source/slug", "copy")
    assert moved["/data/*/published_at"] == ("/data/*/published_at", "seconds")


async def test_a_default_of_v1_is_sent_where_v2_has_none(api: httpx.AsyncClient, key: dict[str, str]) -> None:
    report = await translated(api, key, "POST", "/v1/api-keys", body={"name": "Nightly"})
    assert report["results"][0]["request"]["body"] == {"name": "Nightly", "scopes": ["articles:read"]}
    report = await translated(api, key, "GET", "/v1/articles")
    assert report["results"][0]["request"]["url"] == "/v2/articles?count=exact"


async def test_a_value_that_v2_wants_on_top_is_named_with_its_place(
    api: httpx.AsyncClient, key: dict[str, str]
) -> None:
    report = await translated(api, key, "PATCH", f"/v1/items/{ITEM}", body={"status": "done"})
    request = report["results"][0]["request"]
    assert request["url"] == f"/v2/collections/{{collection_id}}/items/{ITEM}"
    assert [(need["parameter"], need["pointer"]) for need in request["needed"]] == [("collection_id", "/collection_id")]


async def test_what_has_nowhere_to_go_is_named_and_the_rest_is_translated(
    api: httpx.AsyncClient, key: dict[str, str]
) -> None:
    whole = await translated(api, key, "PATCH", f"/v1/items/{ITEM}", body={"status": "done", "position": 4})
    assert (whole["partial"], whole["results"][0]["request"]["body"]) == (1, {"status": "done"})
    assert ("lost", "/position") in [(note["code"], note["place"]) for note in whole["results"][0]["notes"]]
    alone = await translated(api, key, "PATCH", f"/v1/items/{ITEM}", body={"position": 4})
    assert (alone["partial"], alone["results"][0]["request"]) == (1, None)


async def test_headers_are_carried_over_or_named(api: httpx.AsyncClient, key: dict[str, str]) -> None:
    sent = {"idempotency-key": "nightly-7", "If-Match": '"abc"', "X-Other": "1", "Authorization": f"Bearer {TOKEN}"}
    headers = [{"name": name, "value": value} for name, value in sent.items()]
    url = "/v1/collections/col_0350oBqTdZRkfakP5xfzv3"
    report = await translated(api, key, "PATCH", url, headers=headers, body={"name": "x"})
    result = report["results"][0]
    assert result["request"]["headers"] == [
        {"name": "Idempotency-Key", "value": "nightly-7"},
        {"name": "Content-Type", "value": "application/json"},
    ]
    assert [(note["code"], note["place"]) for note in result["notes"]] == [
        ("reissued", "If-Match"),
        ("credential", "Authorization"),
    ]


async def test_a_scope_and_a_form_of_ids_that_v2_adds_are_named(api: httpx.AsyncClient, key: dict[str, str]) -> None:
    sources = await translated(api, key, "GET", "/v1/sources")
    assert "sources:read" in sources["results"][0]["notes"][-1]["detail"]
    article = await translated(api, key, "GET", "/v1/articles/17")
    assert [note["code"] for note in article["results"][0]["notes"]] == ["id_form"]


async def test_credentials_are_not_repeated(api: httpx.AsyncClient, key: dict[str, str]) -> None:
    report = await translated(api, key, "POST", "/v1/auth/login", body={"email": "a@b.example", "password": PASSWORD})
    assert report["results"][0]["request"]["body"] == {"email": "a@b.example", "password": "<password>"}
    login = json.dumps({"email": "a@b.example", "password": PASSWORD, "extra": PASSWORD})
    entries = (
        entry("GET", f"http://user:{TOKEN}@other.example/{TOKEN}", Authorization=TOKEN, Cookie=f"a={TOKEN}"),
        entry("GET", f"/v1/articles?api_key={TOKEN}", Authorization=TOKEN),
        entry("GET", f"/v1/articles/{TOKEN}x?{TOKEN}=1"),
        entry("POST", "/v1/auth/login", login),
        entry("GET", f"/v2/public-feeds/{TOKEN}/json"),
    )
    answer = await api.post(TRANSLATE, json=archive(*entries[:2], *entries[3:]), headers=key)
    assert answer.status_code == 200
    assert TOKEN not in answer.text
    assert PASSWORD not in answer.text
    assert "a-cookie" not in answer.text


async def test_every_entry_of_an_archive_has_its_result(api: httpx.AsyncClient, key: dict[str, str]) -> None:
    own = str(api.base_url).rstrip("/")
    entries: tuple[Any, ...] = (
        entry("GET", f"{own}/v1/articles?page=2"),
        entry("GET", "https://cdn.example/logo.png"),
        entry("GET", f"{own}/docs"),
        entry("DELETE", f"{own}/v1/articles"),
        entry("POST", f"{own}/v1/collections", '{"name": '),
        entry("POST", f"{own}/v1/collections", '{"name": "Mine"}'),
        entry("POST", "https://tracker.example/", "a=1&b=2"),
        {"request": {"method": "GET"}},
        "nothing",
        entry("GET", f"{own}/v1/articles"),
        entry("HEAD", f"{own}/v1/articles"),
    )
    answer = await api.post(TRANSLATE, json=archive(*entries), headers=key)
    report = answer.json()
    assert [result["outcome"] for result in report["results"]] == [
        *("translated", "foreign", "unknown", "unknown", "refused", "translated", "foreign", "refused", "refused"),
        *("translated", "translated"),
    ]
    assert [result["index"] for result in report["results"]] == list(range(11))
    assert [report[name] for name in ("translated", "partial", "refused", "unknown", "foreign")] == [4, 0, 3, 2, 2]
    assert [mapping["operation"] for mapping in report["operations"]] == ["listArticles", "createCollection"]
    assert report["results"][10]["request"]["method"] == "HEAD"
    assert report["results"][4]["errors"][0]["code"] == "invalid_json"
    assert report["results"][1]["path"] is None


async def test_another_address_of_v1_can_be_named(api: httpx.AsyncClient, key: dict[str, str]) -> None:
    body = {
        "request": {"method": "GET", "url": "https://News.example:443/v1/sources"},
        "origin": "https://news.example",
    }
    answer = await api.post(TRANSLATE, json=body, headers=key)
    assert answer.status_code == 200
    assert answer.json()["results"][0]["request"]["url"] == "/v2/sources"


async def test_a_body_that_is_not_json_is_refused_where_v1_wants_json(
    api: httpx.AsyncClient, key: dict[str, str]
) -> None:
    form = entry("POST", "/v1/collections", '{"name": "Mine"}')
    form["request"]["postData"]["mimeType"] = "text/plain"
    half = entry("POST", "/v1/collections", '{"name": "\\ud800"}')
    answer = await api.post(TRANSLATE, json=archive(form, half), headers=key)
    assert [result["errors"][0]["code"] for result in answer.json()["results"]] == ["media_type", "invalid_json"]


async def test_the_address_that_the_operator_names_is_the_instance_s_own() -> None:
    service = TranslationService()
    service.configure(read_documents(), "https://news.example")
    report = await service.translate(request={"method": "GET", "url": "https://news.example/v1/sources"})
    assert [translation.outcome for translation in report.translations] == ["translated"]
