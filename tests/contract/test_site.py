"""The documents that stand beside the operations, and how pages are served and errors shown to people."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from core.contract import bundle
from core.contract.api import Options
from core.contract.edge import Edge
from core.contract.exchange import Exchange
from core.contract.pages import HTML, PAGE_CONTENT_POLICY, Fixed, fixed, made_once
from core.contract.responses import Response
from core.errors import TidingsError
from core.kit.clock import FixedClock
from tests.contract.fixtures.asgi import HOST, call
from tests.contract.fixtures.world import World, documents

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def api() -> Edge:
    return World(clock=FixedClock(NOW), options=Options(contact="mailto:security@example.com")).api()


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_the_served_document_is_the_bundle_byte_for_byte(api: Edge, version: str) -> None:
    expected = documents()[version]
    as_json = await call(api, "GET", f"/{version}/openapi.json", headers=(HOST,))
    as_yaml = await call(api, "GET", f"/{version}/openapi.yaml", headers=(HOST,))
    assert (as_json.body, as_json.header("content-type")) == (bundle.to_json(expected), "application/json")
    assert (as_yaml.body, as_yaml.header("content-type")) == (bundle.to_yaml(expected), "application/yaml")
    assert yaml.safe_load(as_yaml.body) == as_json.json()
    assert as_json.json() == expected, "no template engine and no dereferencing in between"


async def test_a_served_document_that_the_client_holds_is_not_sent_again(api: Edge) -> None:
    etag = ((await call(api, "GET", "/v2/openapi.json")).header("etag") or "").encode()
    answer = await call(api, "GET", "/v2/openapi.json", headers=(HOST, (b"if-none-match", etag)))
    assert (answer.status, answer.body) == (304, b"")
    assert (await call(api, "HEAD", "/v2/openapi.json")).body == b""


async def test_a_page_that_many_ask_for_at_once_is_made_once_and_a_failure_is_not_kept() -> None:
    made: list[None] = []

    def make() -> Fixed:
        made.append(None)
        if len(made) == 1:
            raise OSError("the disk is away")
        return Fixed(b"<!doctype html>", HTML)

    api = World(options=Options(pages={"/about": made_once("portal.test", make)})).api()
    assert (await call(api, "GET", "/about", headers=(HOST,))).status == 500
    answers = await asyncio.gather(*(call(api, "GET", "/about", headers=(HOST,)) for _ in range(8)))
    assert [answer.body for answer in answers] == [b"<!doctype html>"] * 8
    assert len(made) == 2


async def test_a_page_is_served_and_not_sent_again_to_who_holds_it() -> None:
    page = fixed("portal.test", Fixed(b"<!doctype html>", HTML), content_policy=PAGE_CONTENT_POLICY)
    api = World(options=Options(pages={"/about": page})).api()
    answer = await call(api, "GET", "/about", headers=(HOST,))
    assert (answer.status, answer.body, answer.header("content-type")) == (200, b"<!doctype html>", HTML)
    assert "script-src 'self';" in (answer.header("content-security-policy") or "")
    etag = (answer.header("etag") or "").encode()
    assert (await call(api, "GET", "/about", headers=(HOST, (b"if-none-match", etag)))).status == 304
    assert (await call(api, "HEAD", "/about", headers=(HOST,))).body == b""
    assert (await call(api, "POST", "/about", headers=(HOST,))).header("allow") == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    ("method", "target", "accept", "media_type"),
    [
        ("GET", "/nothing", b"text/html,application/xhtml+xml,*/*;q=0.8", HTML),
        ("HEAD", "/nothing", b"text/html", HTML),
        ("GET", "/v9/things", b"text/html", HTML),
        ("GET", "/nothing", b"*/*", "application/problem+json"),
        ("GET", "/nothing", b"application/json", "application/problem+json"),
        ("POST", "/nothing", b"text/html", "application/problem+json"),
        ("GET", "/v2/nothing", b"text/html", "application/problem+json"),
        ("GET", "/v1/nothing", b"text/html", "application/json"),
    ],
)
async def test_only_a_browser_outside_of_the_versions_is_refused_by_a_page(
    method: str, target: str, accept: bytes, media_type: str
) -> None:
    def refusal(error: TidingsError, _: Exchange) -> Response:
        return Response(error.status, b"<!doctype html>", HTML)

    api = World(options=Options(refusal_page=refusal)).api()
    answer = await call(api, method, target, headers=(HOST, (b"accept", accept)))
    assert (answer.status, answer.header("content-type")) == (404, media_type)
    assert answer.header("x-request-id")
    policy = answer.header("content-security-policy") or ""
    assert ("style-src 'self'" in policy) == (media_type == HTML)


@pytest.mark.parametrize("path", ["/", "/docs", "/nothing", "/docs/v9"])
async def test_what_is_not_there_is_not_found(api: Edge, path: str) -> None:
    answer = await call(api, "GET", path, headers=(HOST,))
    assert (answer.status, answer.header("content-type")) == (404, "application/problem+json")


async def test_the_api_catalogue_is_a_linkset_of_every_version(api: Edge) -> None:
    answer = await call(api, "GET", "/.well-known/api-catalog", headers=(HOST,))
    assert (answer.header("content-type") or "").startswith("application/linkset+json; profile=")
    assert 'rel="api-catalog"' in (answer.header("link") or "")
    anchors = [entry["anchor"] for entry in answer.json()["linkset"]]
    assert anchors == ["http://tidings.test/v1", "http://tidings.test/v2"]
    assert answer.json()["linkset"][1]["service-desc"][0]["href"] == "http://tidings.test/v2/openapi.json"


async def test_a_configured_address_wins_over_the_host_of_the_request() -> None:
    api = World(options=Options(public_url="https://news.example")).api()
    answer = await call(api, "GET", "/.well-known/api-catalog", headers=(HOST,))
    assert answer.json()["linkset"][0]["anchor"] == "https://news.example/v1"


async def test_security_txt_has_a_contact_and_ends_within_a_year(api: Edge) -> None:
    answer = await call(api, "GET", "/.well-known/security.txt", headers=(HOST,))
    fields = dict(line.split(": ", 1) for line in answer.body.decode().splitlines())
    assert answer.header("content-type") == "text/plain; charset=utf-8"
    assert fields["Contact"] == "mailto:security@example.com"
    assert NOW < datetime.fromisoformat(fields["Expires"]) < NOW + timedelta(days=365)
    assert fields["Canonical"] == "http://tidings.test/.well-known/security.txt"


async def test_a_probe_is_answered_without_a_credential(api: Edge) -> None:
    answer = await call(api, "GET", "/health", headers=(HOST,))
    assert (answer.status, answer.json(), answer.header("cache-control")) == (200, {"status": "ok"}, "no-store")
