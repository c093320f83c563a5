"""The feeds that misbehave, each in its own known way."""

from typing import Any

import feedparser
import httpx
import pytest

from core.sandbox.bait import BAIT, MARKER
from core.sandbox.feeds.catalogue import FEEDS
from core.sandbox.feeds.service import DELAY_S, RETRY_AFTER_S
from core.sandbox.http import Request
from core.sandbox.routes import answer
from tests.support.newsroom import NewsroomControl


def entries_of(newsroom: NewsroomControl, name: str) -> list[Any]:
    entries: list[Any] = feedparser.parse(newsroom.get(FEEDS[name].path).content).entries
    return entries


def test_a_moved_feed_names_its_new_address(newsroom: NewsroomControl) -> None:
    reply = newsroom.get(FEEDS["moved"].path)
    assert reply.status_code == 301
    assert reply.headers["Location"] == newsroom.url(FEEDS["coastal-post"].path)
    assert newsroom.get(reply.headers["Location"]).status_code == 200


def test_a_detour_is_temporary(newsroom: NewsroomControl) -> None:
    reply = newsroom.get(FEEDS["detour"].path)
    assert (reply.status_code, reply.headers["Location"]) == (302, newsroom.url(FEEDS["upland-radio"].path))


@pytest.mark.parametrize(("name", "status"), [("gone", 410), ("shy", 403), ("busy", 429)])
def test_a_refusing_feed_refuses_until_it_is_healed(newsroom: NewsroomControl, name: str, status: int) -> None:
    assert newsroom.get(FEEDS[name].path).status_code == status
    newsroom.heal(f"feed:{name}")
    assert newsroom.get(FEEDS[name].path).status_code == 200


def test_a_moved_feed_that_is_healed_answers_under_its_old_address(newsroom: NewsroomControl) -> None:
    newsroom.heal("feed:moved")
    assert entries_of(newsroom, "moved")


def test_a_busy_feed_says_when_to_come_back(newsroom: NewsroomControl) -> None:
    assert newsroom.get(FEEDS["busy"].path).headers["Retry-After"] == str(RETRY_AFTER_S)


@pytest.mark.parametrize("delay", ["soon", "-1", "121", "1e9", "nan"])
def test_the_slow_feed_refuses_a_delay_that_makes_no_sense(newsroom: NewsroomControl, delay: str) -> None:
    assert newsroom.get(FEEDS["slow"].path, params={"delay": delay}).status_code == 400


def test_the_slow_feed_waits_as_long_as_it_is_told(newsroom: NewsroomControl) -> None:
    path = FEEDS["slow"].path
    assert answer(newsroom.newsroom, Request("GET", path)).delay_s == DELAY_S
    assert answer(newsroom.newsroom, Request("GET", path, "delay=0.25")).delay_s == 0.25
    assert newsroom.get(path, params={"delay": "0"}).status_code == 200
    with pytest.raises(httpx.ReadTimeout):
        newsroom.get(FEEDS["slow"].path, params={"delay": "5"}, timeout=0.1)


def test_the_broken_feed_is_not_well_formed_and_still_has_good_items(newsroom: NewsroomControl) -> None:
    document = feedparser.parse(newsroom.get(FEEDS["broken"].path).content)
    known = next(known for known in newsroom.manifest.feeds if known.name == "broken")
    titles = {listing.article.story.title for listing in newsroom.newsroom.on("feed:broken")}
    assert document.bozo
    assert len(document.entries) >= known.items - 2
    assert len(titles & {entry.get("title") for entry in document.entries}) >= known.items - 3


def test_the_mislabelled_feed_says_utf_8_and_is_not(newsroom: NewsroomControl) -> None:
    reply = newsroom.get(FEEDS["mislabelled"].path)
    assert 'encoding="utf-8"' in reply.content[:60].decode("ascii")
    assert "charset=utf-8" in reply.headers["Content-Type"]
    with pytest.raises(UnicodeDecodeError):
        reply.content.decode("utf-8")
    assert "’" in reply.content.decode("windows-1252")


def test_several_items_share_one_guid(newsroom: NewsroomControl) -> None:
    entries = entries_of(newsroom, "repeats")
    assert len({entry.id for entry in entries}) == len(entries) - 3
    assert len({entry.link for entry in entries}) == len(entries)


def test_relative_links_lead_to_pages(newsroom: NewsroomControl) -> None:
    text = newsroom.get(FEEDS["relative"].path).text
    link = text.split("<item>")[1].partition("<link>")[2].partition("</link>")[0]
    assert link.startswith("/read/parish-wire.example/")
    assert newsroom.get(link).status_code == 200
    assert 'src="/images/' in text
    assert f'src="{newsroom.origin}' not in text


def test_an_article_is_rewritten_when_the_clock_reaches_the_edit(newsroom: NewsroomControl) -> None:
    edits = [edit for edit in newsroom.manifest.edits if edit.channel == "feed:rewrites"]
    for edit in sorted(edits, key=lambda edit: edit.at):
        newsroom.command(clock={"now": edit.at})
        entries = {entry.link.partition("?")[0]: entry for entry in entries_of(newsroom, "rewrites")}
        assert entries[edit.url].title == edit.title_after != edit.title_before
        assert entries[edit.url].updated > entries[edit.url].published
        if edit.at > newsroom.manifest.epoch:
            break
    assert len(edits) >= 4


def test_the_unsafe_feed_holds_every_kind_of_bait(newsroom: NewsroomControl) -> None:
    text = newsroom.get(FEEDS["unsafe"].path).text
    assert all(html in text for html in BAIT.values())
    assert text.count(MARKER) == len(BAIT)


@pytest.mark.parametrize("name", ["harbour-ledger", "circuit-weekly", "field-notes", "elbe-kurier"])
def test_ordinary_feeds_hold_some_bait_too(newsroom: NewsroomControl, name: str) -> None:
    assert MARKER in newsroom.get(FEEDS[name].path).text
