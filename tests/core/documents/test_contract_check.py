"""The check that every test's traffic goes through finds what a document does not allow."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.contract_check import ContractBroken, ContractCheck

BASE = "http://tidings.test"
HEADERS = {"X-Request-Id": "r1", "RateLimit": '"key";r=42;t=1380', "ETag": '"q2Zr0cJ1mWnT8vXyLd4u"'}
LIFECYCLE = {
    "Deprecation": "@1796083200",
    "Sunset": "Wed, 30 Jun 2027 23:59:59 GMT",
    "Link": '</v2/sources>; rel="successor-version"',
}
QUOTA = {"limit": 500, "remaining": 411, "resets_at": None}
SOURCE = {
    "id": "src_034pxgEeWPEELMVFRGRBIz",
    "slug": "guardian",
    "name": "The Guardian",
    "kind": "guardian",
    "state": "healthy",
    "state_reason": None,
    "article_count": 1,
    "last_fetch_at": "2026-11-20T09:31:00.000Z",
    "next_fetch_at": None,
    "quota": QUOTA,
}
PROBLEM = {
    "type": "/problems/source_not_found",
    "title": "There is no such source",
    "status": 404,
    "detail": "There is no such source.",
    "instance": "/v2/sources/x",
    "code": "source_not_found",
    "request_id": "r1",
    "errors": [],
}
PROBLEM_JSON = {"content-type": "application/problem+json"}
ADDRESS = "/v2/sources/src_034pxgEeWPEELMVFRGRBIz"


@pytest.fixture
def check() -> ContractCheck:
    return ContractCheck.load()


def answer(path: str, status: int, body: Any, headers: dict[str, str] | None = None) -> httpx.Response:
    """What a GET of the path might be answered with."""
    return httpx.Response(
        status, json=body, headers={**HEADERS, **(headers or {})}, request=httpx.Request("GET", BASE + path)
    )


def test_an_exchange_that_keeps_the_contract_passes_and_is_remembered(check: ContractCheck) -> None:
    check.examine(answer(ADDRESS, 200, SOURCE))
    assert ("v2.getSource", "200") in check.seen
    assert "v2.getSource 200" not in check.unseen()
    assert "v2.getSource 404" in check.unseen()


BROKEN = {
    "a missing member": (200, {name: value for name, value in SOURCE.items() if name != "slug"}, {}),
    "an undocumented member": (200, {**SOURCE, "secret": 1}, {}),
    "an undocumented member inside": (200, {**SOURCE, "quota": {**QUOTA, "secret": 1}}, {}),
    "a value outside an enum": (200, {**SOURCE, "state": "tired"}, {}),
    "a time that is none": (200, {**SOURCE, "last_fetch_at": "yesterday"}, {}),
    "null where there is none": (200, {**SOURCE, "name": None}, {}),
    "an undocumented status": (418, PROBLEM, PROBLEM_JSON),
    "another media type": (200, SOURCE, {"content-type": "text/plain"}),
    "an undocumented header": (200, SOURCE, {"Location": "/v2/sources"}),
    "a header of the wrong form": (200, SOURCE, {"X-RateLimit-Limit": "many"}),
    "an error that is no problem": (404, {"error": "NOT_FOUND"}, PROBLEM_JSON),
}


@pytest.mark.parametrize("what", BROKEN)
def test_an_answer_that_breaks_the_contract_is_found(check: ContractCheck, what: str) -> None:
    status, body, headers = BROKEN[what]
    with pytest.raises(ContractBroken):
        check.examine(answer(ADDRESS, status, body, headers))


def test_a_missing_header_is_found(check: ContractCheck) -> None:
    with pytest.raises(ContractBroken, match="x-request-id"):
        check.examine(httpx.Response(200, json=SOURCE, request=httpx.Request("GET", BASE + ADDRESS)))


def test_a_body_where_none_belongs_is_found(check: ContractCheck) -> None:
    with pytest.raises(ContractBroken, match="no body"):
        check.examine(answer(ADDRESS, 304, SOURCE))


def test_v1_answers_need_their_version_headers(check: ContractCheck) -> None:
    body = {"data": [], "meta": {"total": 0, "page": 1, "limit": 20, "has_more": False}}
    check.examine(answer("/v1/sources", 200, body, LIFECYCLE))
    with pytest.raises(ContractBroken, match="sunset"):
        check.examine(answer("/v1/sources", 200, body))


@pytest.mark.parametrize(
    ("query", "complaint"),
    [("?colour=red", "unknown"), ("?limit=0", "minimum"), ("?limit=x", "integer"), ("?limit=1&limit=2", "repeated")],
)
def test_a_request_that_should_have_been_refused_is_found(check: ContractCheck, query: str, complaint: str) -> None:
    page = {"data": [], "page": {"next_cursor": None, "has_more": False, "limit": 20}, "warnings": []}
    check.examine(answer("/v2/sources", 200, page))
    with pytest.raises(ContractBroken, match=complaint):
        check.examine(answer(f"/v2/sources{query}", 200, page))


def test_a_body_that_should_have_been_refused_is_found(check: ContractCheck) -> None:
    request = httpx.Request("POST", f"{BASE}/v2/api-keys/key_034r6MH97mxTHOptLzuJJt/rotate", json={"overlap": 1})
    made = httpx.Response(201, json={}, headers={**HEADERS, "Location": "/v2/api-keys/x"}, request=request)
    with pytest.raises(ContractBroken, match="overlap_seconds"):
        check.examine(made)


def test_a_path_that_no_operation_has_is_404_in_the_form_of_its_version(check: ContractCheck) -> None:
    check.examine(answer("/v2/nothing", 404, PROBLEM, PROBLEM_JSON))
    with pytest.raises(ContractBroken):
        check.examine(answer("/v2/nothing", 404, {"error": "NOT_FOUND"}))
    with pytest.raises(ContractBroken):
        check.examine(answer("/v2/nothing", 200, {}))


def test_static_paths_come_before_templates(check: ContractCheck) -> None:
    request = httpx.Request("GET", f"{BASE}/v2/feeds/opml")
    check.examine(
        httpx.Response(200, text="<opml/>", headers={**HEADERS, "content-type": "text/x-opml"}, request=request)
    )
    assert ("v2.exportFeeds", "200") in check.seen


def test_other_addresses_are_not_its_business(check: ContractCheck) -> None:
    check.examine(answer("/health", 200, {"status": "ok"}))
    check.examine(answer("/v2/openapi.json", 200, {}))
    assert check.seen == set()
