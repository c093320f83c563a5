"""Every page of the portal as it is sent: whole, by the rules, and leading only to what is there."""

from __future__ import annotations

import gzip
from urllib.parse import urlsplit

import httpx
import pytest

from core.app import read_documents
from tests.core.portal.conftest import Outline

DOCUMENTS = read_documents()
STATIC = (
    "/quickstart",
    "/docs",
    "/migration",
    "/changelog",
    "/sunset-policy",
    "/limits",
    "/webhooks",
    "/problems",
    "/problems/rate_limited",
    "/problems/validation_failed",
)
TOOLS = tuple(f"/docs/{version}{tail}" for version in DOCUMENTS for tail in ("", "/try"))
PAGES = ("/", "/status", *STATIC, *TOOLS)
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


async def outline(portal: httpx.AsyncClient, path: str) -> Outline:
    answer = await portal.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    return Outline(answer.text)


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_is_well_formed_and_has_its_landmarks_and_headings_in_order(
    portal: httpx.AsyncClient, path: str
) -> None:
    page = await outline(portal, path)
    assert page.faults == []
    assert len(page.ids) == len(set(page.ids))
    assert {"header", "nav", "main"} <= set(page.landmarks)
    assert page.landmarks.count("main") == 1
    if path not in TOOLS:  # Redoc and Swagger UI write the headings of theirs
        assert page.headings[0] == 1
        assert page.headings.count(1) == 1
        assert all(after - before <= 1 for before, after in zip(page.headings, page.headings[1:], strict=False))
    assert "OriginOfThisInstance" not in page.page


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_runs_nothing_inline_and_loads_only_what_is_served_here(
    portal: httpx.AsyncClient, path: str
) -> None:
    answer = await portal.get(path)
    page = Outline(answer.text)
    assert page.inline == []
    for load in set(page.loads):
        assert load.startswith("/"), load
        assert not load.startswith("//"), load
        assert (await portal.get(load)).status_code == 200, load
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert "http" not in answer.headers["content-security-policy"]
    if path not in TOOLS:
        assert "connect-src" not in policy, "a script could send away the key that a reader fills in"
        assert policy["style-src"] == "'self'"


async def test_every_link_of_every_page_leads_to_something(portal: httpx.AsyncClient) -> None:
    targets: dict[str, Outline | None] = {}
    for path in PAGES:
        for link in set((await outline(portal, path)).links):
            parts = urlsplit(link)
            assert parts.netloc == "", f"{path} leads to {link}"
            target = parts.path or path
            if target not in targets:
                answer = await portal.get(target)
                assert answer.status_code == 200, f"{path} leads to {link}"
                targets[target] = Outline(answer.text) if "html" in answer.headers["content-type"] else None
            page = targets[target]
            if parts.fragment and target not in TOOLS:
                assert page is not None
                assert parts.fragment in page.ids, f"{path} leads to {link}"


@pytest.mark.parametrize("path", STATIC)
async def test_a_page_that_stays_the_same_is_not_sent_again(portal: httpx.AsyncClient, path: str) -> None:
    first = await portal.get(path)
    again = await portal.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = await portal.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(first.content))
    refused = await portal.post(path)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


async def test_every_problem_has_the_page_that_its_type_names(portal: httpx.AsyncClient) -> None:
    catalogue = DOCUMENTS["v2"]["x-problems"]
    index = await outline(portal, "/problems")
    for code, entry in catalogue.items():
        assert code in index.ids
        page = await outline(portal, f"/problems/{code}")
        assert entry["title"] in page.text
        assert f"{code}, HTTP status {entry['status']}" in page.text
        assert f'"type": "/problems/{code}"' in page.text
        assert f'"error": "{code.upper()}"' in page.text
    refused = await portal.get("/v2/articles")
    assert (await portal.get(refused.json()["type"])).status_code == 200


@pytest.mark.parametrize("path", ["/nothing", "/problems/nothing", "/docs/v9", "/docs/assets/..%2fservice.py"])
async def test_an_address_without_a_page_is_a_page_for_a_browser_and_a_problem_for_a_program(
    portal: httpx.AsyncClient, path: str
) -> None:
    page = await portal.get(path, headers=BROWSER)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["vary"] == "Accept"
    assert page.headers["x-request-id"] in page.text
    assert Outline(page.text).faults == []
    problem = await portal.get(path)
    assert (problem.status_code, problem.headers["content-type"]) == (404, "application/problem+json")
    assert problem.json()["code"] == "not_found"


@pytest.mark.parametrize("path", ["/v1/nothing", "/v2/nothing", "/v2/articles"])
async def test_a_browser_inside_a_version_is_answered_by_its_contract(portal: httpx.AsyncClient, path: str) -> None:
    answer = await portal.get(path, headers=BROWSER)
    assert answer.status_code in (401, 404, 406)
    assert "json" in answer.headers["content-type"]


async def test_a_page_that_is_refused_for_its_host_shows_no_word_of_it(portal: httpx.AsyncClient) -> None:
    answer = await portal.get("/quickstart", headers={**BROWSER, "Host": "a<script>alert(1)</script>"})
    assert answer.status_code == 400
    assert "<script>alert" not in answer.text


async def test_the_examples_carry_the_address_that_the_reader_used(portal: httpx.AsyncClient) -> None:
    page = Outline((await portal.get("/quickstart", headers={"Host": "news.example:8443"})).text)
    assert '"http://news.example:8443/v2/articles?category=technology&limit=2"' in page.text
    assert "127.0.0.1:8080" not in page.text


@pytest.mark.parametrize("name", ["redoc.js", "swagger-ui.js", "swagger-ui.css"])
async def test_what_is_vendored_is_sent_compressed_to_those_who_can_read_it(
    portal: httpx.AsyncClient, name: str
) -> None:
    async with portal.stream("GET", f"/docs/assets/{name}") as answer:
        packed = b"".join([chunk async for chunk in answer.aiter_raw()])
    plain = await portal.get(f"/docs/assets/{name}", headers={"Accept-Encoding": "identity"})
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed) == plain.content
    assert answer.headers["etag"] != plain.headers["etag"]
    assert answer.headers["vary"] == "Accept-Encoding"


async def test_the_licence_of_everything_vendored_is_served(portal: httpx.AsyncClient) -> None:
    for name in (
        "redoc.LICENSE",
        "redoc.js.LICENSE",
        "swagger-ui.LICENSE",
        "swagger-ui.NOTICE",
        "swagger-ui.js.LICENSE",
        "newsreader.LICENSE",
        "plex-sans.LICENSE",
        "plex-mono.LICENSE",
    ):
        assert (await portal.get(f"/docs/assets/{name}")).status_code == 200


async def test_no_asset_asks_its_makers_server_for_a_picture(portal: httpx.AsyncClient) -> None:
    for name in ("redoc.js", "swagger-ui.js", "swagger-ui.css", "portal.css", "portal.js"):
        content = (await portal.get(f"/docs/assets/{name}")).text
        assert "cdn.redoc.ly" not in content
        assert "fonts.googleapis" not in content
