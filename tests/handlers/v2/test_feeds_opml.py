"""OPML in v2: a list of feeds in, and out again."""

from xml.etree import ElementTree

import httpx
import pytest

from tests.handlers.conftest import KeyFor

OPML = "/v2/feeds/opml"

DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0"><head><title>Mine</title></head><body>
  <outline text="science"><outline text="Stars" xmlUrl="http://127.0.0.1/opml/stars.xml"/></outline>
  <outline text="Inside" xmlUrl="http://169.254.169.254/feed"/>
  <outline text="Rivers" xmlUrl="http://127.0.0.1/opml/rivers.xml"/>
  <outline text="Rivers again" xmlUrl="http://127.0.0.1/opml/rivers.xml"/>
</body></opml>"""


@pytest.fixture
def keeper(key_for: KeyFor) -> dict[str, str]:
    return key_for("feeds:read", "feeds:write")


def sent_as(media_type: str, headers: dict[str, str]) -> dict[str, str]:
    return {**headers, "Content-Type": media_type}


async def test_nobody_imports_without_a_key(api: httpx.AsyncClient) -> None:
    assert (await api.post(OPML, content=DOCUMENT, headers=sent_as("text/x-opml", {}))).status_code == 401


async def test_another_organisation_s_feeds_are_not_exported(
    api: httpx.AsyncClient, keeper: dict[str, str], stranger: dict[str, str]
) -> None:
    own, theirs = await api.get(OPML, headers=keeper), await api.get(OPML, headers=stranger)
    assert "private.xml" not in own.text
    assert "private.xml" in theirs.text


@pytest.mark.parametrize(
    "document",
    [
        "no XML at all",
        "<opml><body>",
        "<rss version='2.0'/>",
        "<opml version='2.0'><body/></opml>",
        "<!DOCTYPE opml [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><opml version='2.0'><body>&b;</body></opml>",
        "<opml version='2.0'><body>" + "<outline xmlUrl='http://127.0.0.1/x.xml'/>" * 1001 + "</body></opml>",
    ],
)
async def test_what_is_no_list_of_feeds_is_refused(
    api: httpx.AsyncClient, keeper: dict[str, str], document: str
) -> None:
    response = await api.post(OPML, content=document, headers=sent_as("application/xml", keeper))
    assert (response.status_code, response.json()["code"]) == (422, "invalid_opml")


@pytest.mark.parametrize("media_type", ["text/x-opml", "application/xml", "text/xml"])
async def test_each_feed_of_a_document_gets_its_own_result(
    api: httpx.AsyncClient, keeper: dict[str, str], media_type: str
) -> None:
    response = await api.post(OPML, content=DOCUMENT, headers=sent_as(media_type, keeper))
    report = response.json()
    assert response.status_code == 200
    assert report["created"] + report["existing"] == 3
    assert report["rejected"] == 1
    stars, inside, *rivers = report["results"]
    assert (inside["status"], inside["code"], inside["feed_id"]) == ("rejected", "url_not_allowed", None)
    assert rivers[0]["feed_id"] == rivers[1]["feed_id"]
    made = (await api.get(f"/v2/feeds/{stars['feed_id']}", headers=keeper)).json()
    assert (made["title"], made["category"]) == ("Stars", "science")


async def test_an_export_is_what_an_import_takes(api: httpx.AsyncClient, keeper: dict[str, str]) -> None:
    await api.post(OPML, content=DOCUMENT, headers=sent_as("text/x-opml", keeper))
    exported = await api.get(OPML, headers=keeper)
    assert exported.headers["content-type"] == "text/x-opml"
    urls = {outline.get("xmlUrl") for outline in ElementTree.fromstring(exported.content).iter("outline")}
    assert "http://127.0.0.1/opml/stars.xml" in urls
    again = await api.post(OPML, content=exported.content, headers=sent_as("text/x-opml", keeper))
    assert again.json()["created"] == 0
