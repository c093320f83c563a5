"""The documents and pages that stand beside the operations."""

import gzip
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
import yaml

from core.contract import bundle
from core.contract.api import Options
from core.contract.edge import Edge
from core.kit.clock import FixedClock
from tests.contract.fixtures.asgi import HOST, call
from tests.contract.fixtures.world import World, documents

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
GZIP = (b"accept-encoding", b"gzip, br")
PAGES = (
    "/",
    "/docs",
    "/docs/v1",
    "/docs/v2",
    "/docs/v1/try",
    "/docs/v2/try",
    "/problems",
    "/problems/not_found",
    "/sunset-policy",
)


@pytest.fixture(scope="module")
def api() -> Edge:
    return World(clock=FixedClock(NOW), options=Options(contact="mailto:security@example.com")).api()


class Links(HTMLParser):
    """Everything that a page loads, and everything in it that runs."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.inline: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.loads += [str(given[name]) for name in ("src", "href", "data-document") if given.get(name)]
        if (tag == "script" and "src" not in given) or tag == "style" or any(name.startswith("on") for name in given):
            self.inline.append(tag)


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


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_runs_no_inline_script_and_loads_nothing_foreign(api: Edge, path: str) -> None:
    answer = await call(api, "GET", path, headers=(HOST,))
    assert (answer.status, answer.header("content-type")) == (200, "text/html; charset=utf-8")
    links = Links(answer.body.decode())
    assert links.inline == []
    assert [link for link in links.loads if not re.match(r"/(?!/)|data:,$", link)] == []
    policy = answer.header("content-security-policy") or ""
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy
    assert not re.search(r"https?:|\*", policy)


@pytest.mark.parametrize("path", PAGES)
async def test_everything_that_a_page_loads_is_served_here(api: Edge, path: str) -> None:
    page = (await call(api, "GET", path, headers=(HOST,))).body.decode()
    for link in set(Links(page).loads) - {"data:,"}:
        assert (await call(api, "GET", link, headers=(HOST, GZIP))).status == 200, link


@pytest.mark.parametrize("name", ["redoc.js", "swagger-ui.js", "swagger-ui.css"])
async def test_an_asset_is_sent_compressed_to_those_who_can_read_it(api: Edge, name: str) -> None:
    packed = await call(api, "GET", f"/docs/assets/{name}", headers=(HOST, GZIP))
    plain = await call(api, "GET", f"/docs/assets/{name}", headers=(HOST,))
    assert (packed.header("content-encoding"), plain.header("content-encoding")) == ("gzip", None)
    assert gzip.decompress(packed.body) == plain.body
    assert packed.header("etag") != plain.header("etag")
    assert packed.header("vary") == "Accept-Encoding"


async def test_no_asset_asks_its_makers_server_for_a_picture(api: Edge) -> None:
    for name in ("redoc.js", "swagger-ui.js", "swagger-ui.css"):
        content = (await call(api, "GET", f"/docs/assets/{name}", headers=(HOST,))).body
        assert not re.search(rb"https?://[^\"' )]*(?:cdn|fonts)[^\"' )]*\.(?:svg|png|woff2?|js|css)", content)


async def test_the_licence_of_everything_vendored_is_served(api: Edge) -> None:
    for name in (
        "redoc.LICENSE",
        "redoc.js.LICENSE",
        "swagger-ui.LICENSE",
        "swagger-ui.NOTICE",
        "swagger-ui.js.LICENSE",
    ):
        assert (await call(api, "GET", f"/docs/assets/{name}", headers=(HOST,))).status == 200


@pytest.mark.parametrize(
    "path", ["/docs/assets/..%2f..%2fapi.py", "/docs/assets/nothing.js", "/problems/nothing", "/docs/v9"]
)
async def test_what_is_not_there_is_not_found(api: Edge, path: str) -> None:
    assert (await call(api, "GET", path, headers=(HOST,))).status == 404


async def test_the_page_of_a_problem_says_what_to_do(api: Edge) -> None:
    page = (await call(api, "GET", "/problems/not_found", headers=(HOST,))).body.decode()
    assert "There is nothing at this address" in page
    assert "Look it up." in page


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
