"""What the newsroom publishes: how much, how varied, how deterministic, and that the manifest tells the truth."""

from dataclasses import asdict
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from core.sandbox.archive import Archive
from core.sandbox.bait import BAIT, MARKER
from core.sandbox.clock import EPOCH, FrozenClock
from core.sandbox.content.languages import LANGUAGES
from core.sandbox.content.types import Language
from core.sandbox.feeds.catalogue import FEEDS
from core.sandbox.http import Request
from core.sandbox.manifest import manifest_of
from core.sandbox.newsroom import Newsroom
from core.sandbox.routes import answer
from core.sandbox.writing import write

PATHS = (
    "/newsapi/v2/everything?q=the&apiKey=sandbox-newsapi-key",
    "/guardian/search?api-key=test&show-fields=all&show-tags=all&page-size=200",
    "/hackernews/v0/newstories.json",
    "/feeds/subscriptions.opml",
    "/feeds/",
    *(feed.path for feed in FEEDS.values()),
    "/images/guardian-0000.png",
    "/images/guardian-0000.svg",
)


@pytest.fixture(scope="module")
def archive() -> Archive:
    return Archive()


def test_there_are_enough_articles_outlets_and_languages(archive: Archive) -> None:
    facts = manifest_of(archive)
    assert facts.articles >= 500
    assert facts.outlets >= 12
    assert len(facts.articles_by_language) >= 5
    assert {"technology", "world", "business", "politics", "science", "sports", "culture", "health", "general"} <= set(
        facts.articles_by_desk
    )
    assert sum(facts.articles_by_language.values()) == facts.articles


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=lambda language: language.code)
def test_every_beat_of_a_language_can_be_written_without_a_slot_left_open(language: Language) -> None:
    for beat in language.beats:
        for take in range(12):
            story = write(language, beat, f"test/{take}", version=take % 2)
            texts = (story.title, story.standfirst, *story.paragraphs)
            assert not any("{" in text or "}" in text for text in texts)
            assert len(beat.titles) >= 2


def test_titles_and_addresses_are_distinct_except_for_wire_copy(archive: Archive) -> None:
    facts = manifest_of(archive)
    articles = archive.articles.values()
    assert len({article.url for article in articles}) == facts.articles
    assert len({article.story.title for article in articles}) == facts.articles - len(facts.same_text)


def test_every_address_is_in_a_reserved_domain(archive: Archive) -> None:
    hosts = {urlsplit(article.url).hostname or "" for article in archive.articles.values()}
    assert all(host.endswith(".example") for host in hosts)


def test_everything_was_published_in_the_ten_days_before_the_edition_closed(archive: Archive) -> None:
    ages = [archive.epoch - article.published_at for article in archive.articles.values()]
    assert timedelta(0) < min(ages) < timedelta(minutes=15)
    assert timedelta(days=5) < max(ages) < timedelta(days=11)


@pytest.fixture(scope="module")
def twins() -> tuple[Newsroom, Newsroom]:
    """Two newsrooms that know nothing of each other."""
    return Newsroom(), Newsroom()


@pytest.mark.parametrize("path", PATHS)
def test_a_frozen_newsroom_gives_the_same_bytes_twice(twins: tuple[Newsroom, Newsroom], path: str) -> None:
    target, _, query = path.partition("?")
    request = Request("GET", target, query_string=query)
    first, second = (answer(newsroom, request) for newsroom in twins)
    assert first == second
    assert first.body or first.status in (301, 302)


def test_a_restarted_newsroom_publishes_the_same_on_the_way_to_an_instant() -> None:
    later = EPOCH + timedelta(hours=5)
    walked = Newsroom()
    for minutes in range(0, 301, 20):
        walked.clock.set(EPOCH + timedelta(minutes=minutes))
        walked.on("guardian")
    jumped = Newsroom()
    jumped.clock.set(later)
    assert [listing.url for listing in walked.on("guardian")] == [listing.url for listing in jumped.on("guardian")]


def test_another_edition_has_other_articles(archive: Archive) -> None:
    other = Newsroom(FrozenClock(EPOCH + timedelta(days=8))).archive
    assert other.edition == 1
    assert not {article.url for article in other.articles.values()} & {
        article.url for article in archive.articles.values()
    }


def test_known_duplicates_share_a_url_under_different_queries(archive: Archive) -> None:
    facts = manifest_of(archive)
    assert len(facts.same_url) >= 10
    for known in facts.same_url:
        assert len(set(known.channels)) == len(known.channels) >= 2
        assert len(set(known.listed_as)) == len(known.listed_as)
        assert {listed.partition("?")[0] for listed in known.listed_as} == {known.url}


def test_known_wire_copy_is_the_same_text_under_another_url(archive: Archive) -> None:
    by_url = {article.url: article for article in archive.articles.values()}
    for known in manifest_of(archive).same_text:
        first, second = (by_url[url] for url in known.urls)
        assert first.story.text == second.story.text
        assert first.url != second.url
        assert second.published_at - first.published_at == timedelta(minutes=25)


def test_known_edits_change_title_and_text_at_their_instant(archive: Archive) -> None:
    by_url = {article.url: article for article in archive.articles.values()}
    facts = manifest_of(archive)
    assert {edit.at > facts.epoch for edit in facts.edits} == {True, False}
    for known in facts.edits:
        article = by_url[known.url]
        edit = next(edit for edit in article.edits if edit.at.isoformat() == known.at)
        before, after = article.story_at(edit.at - timedelta(seconds=1)), article.story_at(edit.at)
        assert (before.title, after.title) == (known.title_before, known.title_after)
        assert before.title != after.title
        assert before.text != after.text
        assert article.updated_at(edit.at) == edit.at


def test_known_removals_happen_at_their_instant(archive: Archive) -> None:
    by_url = {article.url: article for article in archive.articles.values()}
    removals = manifest_of(archive).removals
    assert {known.channel for known in removals} == {"newsapi", "guardian", "reddit", "hackernews"}
    for known in removals:
        article = by_url[known.url]
        assert article.removed_at is not None
        assert article.published_at < article.removed_at
        assert not article.removed_by(article.removed_at - timedelta(seconds=1))


def test_every_kind_of_bait_is_used_and_marked(archive: Archive) -> None:
    assert {known.kind for known in manifest_of(archive).bait} == set(BAIT)
    assert all(html.count(MARKER) == 1 for html in BAIT.values())


def test_the_manifest_is_served_as_json_to_tests_in_other_languages(archive: Archive) -> None:
    reply = answer(Newsroom(), Request("GET", "/control/manifest"))
    assert reply.status == 200
    assert f'"articles":{asdict(manifest_of(archive))["articles"]}'.encode() in reply.body
