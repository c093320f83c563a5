"""The feeds that work: formats, languages, conditional GET, discovery."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import feedparser
import pytest

from core.sandbox.feeds.catalogue import FEEDS, HEALTHY, Feed
from tests.support.newsroom import NewsroomControl

VERSIONS = {"rss20": "rss20", "rss092": "rss092", "rss091": "rss091u", "rdf": "rss10", "atom": "atom10"}
XML_FEEDS = [feed for feed in HEALTHY if feed.format != "json"]


def parsed(newsroom: NewsroomControl, feed: Feed) -> Any:
    response = newsroom.get(feed.path)
    assert response.status_code == 200
    return feedparser.parse(response.content, response_headers=dict(response.headers))


def named(feed: Feed) -> str:
    return feed.name


def outlines(element: ElementTree.Element) -> Iterator[ElementTree.Element]:
    return (outline for outline in element.iter("outline") if outline.get("xmlUrl"))


def test_an_unknown_feed_is_not_found(newsroom: NewsroomControl) -> None:
    assert newsroom.get("/feeds/no-such-feed.xml").status_code == 404
    assert newsroom.get("/feeds/field-notes.xml").status_code == 404
    assert newsroom.http.post("/feeds/elbe-kurier.xml").status_code == 404


@pytest.mark.parametrize("feed", XML_FEEDS, ids=named)
def test_a_feed_parses_without_complaint_in_its_format_and_language(newsroom: NewsroomControl, feed: Feed) -> None:
    document = parsed(newsroom, feed)
    known = next(known for known in newsroom.manifest.feeds if known.name == feed.name)
    assert not document.bozo, document.get("bozo_exception")
    assert document.version == VERSIONS[feed.format]
    assert document.feed.language.startswith(feed.outlet.language)
    assert len(document.entries) == known.items > 0
    assert all(entry.title and entry.link.startswith("https://") for entry in document.entries)


def test_the_json_feed_has_the_members_of_its_version(newsroom: NewsroomControl) -> None:
    document = newsroom.get(FEEDS["field-notes"].path).json()
    assert document["version"] == "https://jsonfeed.org/version/1.1"
    assert len(document["items"]) == 20
    assert all(item["id"] and item["content_html"] and item["date_published"] for item in document["items"])


def test_the_feeds_cover_every_format_and_seven_languages() -> None:
    assert {feed.format for feed in HEALTHY} == {"rss20", "rss092", "rss091", "rdf", "atom", "json"}
    assert {feed.outlet.language for feed in HEALTHY} == {"en", "de", "fr", "es", "it", "pt", "ja"}
    assert len(HEALTHY) >= 10


def test_a_declared_charset_is_kept(newsroom: NewsroomControl) -> None:
    japanese = newsroom.get(FEEDS["minato-shimbun"].path)
    assert "shift_jis" in japanese.headers["Content-Type"]
    assert "港新聞" in japanese.content.decode("shift_jis")


def test_items_are_newest_first(newsroom: NewsroomControl) -> None:
    entries = parsed(newsroom, FEEDS["harbour-ledger"]).entries
    assert all(newer.published_parsed >= older.published_parsed for newer, older in pairwise(entries))


def test_some_links_carry_tracking_parameters(newsroom: NewsroomControl) -> None:
    links = [entry.link for entry in parsed(newsroom, FEEDS["harbour-ledger"]).entries]
    assert any("utm_source=" in link for link in links)
    assert any("?" not in link for link in links)


@pytest.mark.parametrize("feed", HEALTHY, ids=named)
def test_an_unchanged_feed_is_304_for_its_validators(newsroom: NewsroomControl, feed: Feed) -> None:
    first = newsroom.get(feed.path)
    by_tag = newsroom.get(feed.path, headers={"If-None-Match": first.headers["ETag"]})
    by_date = newsroom.get(feed.path, headers={"If-Modified-Since": first.headers["Last-Modified"]})
    assert (by_tag.status_code, by_tag.content) == (304, b"")
    assert by_tag.headers["ETag"] == first.headers["ETag"]
    assert by_date.status_code == 304


@pytest.mark.parametrize(
    "headers",
    [
        {"If-None-Match": '"something-else"'},
        {"If-Modified-Since": "Fri, 20 Nov 2020 00:00:00 GMT"},
        {"If-Modified-Since": "not a date"},
        {"If-None-Match": '"something-else"', "If-Modified-Since": "Fri, 20 Nov 2099 00:00:00 GMT"},
    ],
)
def test_stale_validators_get_the_feed(newsroom: NewsroomControl, headers: dict[str, str]) -> None:
    assert newsroom.get(FEEDS["elbe-kurier"].path, headers=headers).status_code == 200


def test_a_new_article_changes_the_validators(newsroom: NewsroomControl) -> None:
    path = FEEDS["elbe-kurier"].path
    before = newsroom.get(path).headers
    newsroom.advance(seconds=60)
    newsroom.publish("feed:elbe-kurier", "Eilmeldung aus dem Prüfstand")
    after = newsroom.get(path, headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert after.headers["Last-Modified"] != before["Last-Modified"]
    assert "Eilmeldung aus dem Prüfstand" in after.text


def test_a_feed_is_compressed_only_for_clients_that_ask(newsroom: NewsroomControl) -> None:
    path = FEEDS["harbour-ledger"].path
    plain = newsroom.get(path, headers={"Accept-Encoding": "identity"})
    packed = newsroom.get(path, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"])
    assert packed.content == plain.content


def test_the_opml_file_lists_every_feed(newsroom: NewsroomControl) -> None:
    response = newsroom.get("/feeds/subscriptions.opml")
    document = ElementTree.fromstring(response.text)
    assert response.headers["Content-Type"].startswith("text/x-opml")
    assert {outline.get("xmlUrl") for outline in outlines(document)} == {
        newsroom.url(feed.path) for feed in FEEDS.values()
    }


def test_pages_announce_their_feeds(newsroom: NewsroomControl) -> None:
    assert f'href="{FEEDS["field-notes"].path}"' in newsroom.get("/feeds/").text
    front = newsroom.get("/sites/elbe-kurier").text
    assert '<link rel="alternate" type="application/rss+xml"' in front
    assert 'href="/feeds/elbe-kurier.xml"' in front
    assert newsroom.get("/sites/nobody").status_code == 404


def test_every_article_has_a_page_and_its_image_is_served(newsroom: NewsroomControl) -> None:
    entry = next(entry for entry in parsed(newsroom, FEEDS["harbour-ledger"]).entries if entry.get("media_content"))
    address = entry.link.partition("?")[0].removeprefix("https://")
    page = newsroom.get(f"/read/{address}")
    picture = newsroom.get(entry.media_content[0]["url"])
    assert page.status_code == 200
    assert f'<link rel="canonical" href="https://{address}">' in page.text
    assert picture.headers["Content-Type"] in ("image/svg+xml", "image/png")
    assert newsroom.get("/read/nobody.example/nothing").status_code == 404
    assert newsroom.get("/images/picture.gif").status_code == 404


def test_png_images_are_real(newsroom: NewsroomControl) -> None:
    picture = newsroom.get("/images/any-name.png").content
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert picture.endswith(b"IEND\xaeB`\x82")
