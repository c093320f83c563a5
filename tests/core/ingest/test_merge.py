"""One poll's articles against what is stored."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from core.infra.context import Infrastructure
from core.infra.db import connection
from core.ingest.repository import REMOVED_TITLE, IngestRepository
from core.ingest.types import MergeResult, NormalisedArticle
from core.kit.principal import NEWSROOM_ID, job
from tests.support.drafts import LEAD, NOW, article, distinct
from tests.support.infrastructure import OTHER_ID
from tests.support.process import Database

LATER = NOW + timedelta(hours=2)


async def merge(
    infra: Infrastructure,
    source: UUID,
    articles: Sequence[NormalisedArticle] = (),
    *,
    removals: Sequence[NormalisedArticle] = (),
    organization: UUID = NEWSROOM_ID,
    now: Any = NOW,
) -> MergeResult:
    """Merge in a transaction of its own."""
    principal = job(organization)
    async with infra.unit_of_work(principal):
        repository = IngestRepository(await connection(), principal)
        hashes = [one.provider_hash for one in removals]
        return await repository.merge(source, articles, removals=hashes, now=now)


async def test_nothing_to_merge_is_no_work(infra: Infrastructure, database: Database) -> None:
    assert await merge(infra, database.source("a")) == MergeResult()


async def test_a_job_of_one_organisation_cannot_write_for_another(infra: Infrastructure, database: Database) -> None:
    foreign = database.source("foreign", organization=OTHER_ID)
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        await merge(infra, foreign, [article()])
    assert database.count("articles") == 0


async def test_organisations_do_not_recognise_each_others_articles(infra: Infrastructure, database: Database) -> None:
    ours, theirs = database.source("ours"), database.source("theirs", organization=OTHER_ID)
    assert (await merge(infra, ours, [article()])).new == 1
    assert (await merge(infra, theirs, [article()], organization=OTHER_ID)).new == 1
    assert database.rows("SELECT origin_count FROM articles") == [{"origin_count": 1}] * 2


async def test_a_job_cannot_bury_another_organisations_articles(infra: Infrastructure, database: Database) -> None:
    ours = database.source("ours")
    await merge(infra, ours, [article()])
    result = await merge(infra, ours, removals=[article()], organization=OTHER_ID)
    assert result == MergeResult()
    assert database.row("SELECT content_status FROM articles")["content_status"] == "excerpt"


async def test_a_new_article_is_stored_whole(infra: Infrastructure, database: Database) -> None:
    source = database.source("a")
    given = article(content_html=f"<p>{LEAD}</p>", author="Ada", sections=("Science",), language="en", publisher="P")
    assert await merge(infra, source, [given]) == MergeResult(new=1)
    stored = database.row("SELECT * FROM articles")
    for name in (
        "provider_id", "url", "url_hash", "fingerprint", "title", "summary", "content_html", "content_text",
        "content_status", "content_hash", "author", "image_url", "language", "category", "sentiment", "publisher",
        "published_at",
    ):  # fmt: skip
        assert stored[name] == getattr(given, name), name
    assert stored["topics"] == list(given.topics)
    assert (stored["revision"], stored["origin_count"], stored["removed_at"]) == (1, 1, None)
    assert stored["ingested_at"] == stored["content_updated_at"] == NOW
    assert "'batteri':4A" in stored["search"]
    origin = database.row("SELECT * FROM article_origins")
    assert origin["article_id"] == stored["id"]
    assert (origin["category"], origin["published_at"]) == (stored["category"], stored["published_at"])
    assert database.row("SELECT article_count FROM sources")["article_count"] == 1


async def test_the_same_poll_again_changes_nothing(infra: Infrastructure, database: Database) -> None:
    source = database.source("a")
    batch = [distinct(number) for number in range(5)]
    assert await merge(infra, source, batch) == MergeResult(new=5)
    before = database.rows("SELECT xmin, * FROM articles ORDER BY id")
    assert await merge(infra, source, batch, now=LATER) == MergeResult()
    assert database.rows("SELECT xmin, * FROM articles ORDER BY id") == before


async def test_an_article_is_recognised_by_its_providers_id(infra: Infrastructure, database: Database) -> None:
    source = database.source("a")
    await merge(infra, source, [article("7")])
    moved = article("7", url="https://www.example.org/new-slug", title="Another title for the very same article here")
    assert await merge(infra, source, [moved], now=LATER) == MergeResult(updated=1)
    stored = database.row("SELECT * FROM articles")
    assert (stored["url"], stored["url_hash"], stored["title"]) == (moved.url, moved.url_hash, moved.title)


async def test_an_article_is_recognised_by_its_address(infra: Infrastructure, database: Database) -> None:
    first, second = database.source("a"), database.source("b")
    await merge(infra, first, [article("7")])
    copy = article("other-id", url="http://www.example.org/7?utm_source=b", title="Their own headline for it, no less")
    assert await merge(infra, second, [copy]) == MergeResult(duplicate=1)
    stored = database.row("SELECT * FROM articles")
    assert (stored["source_id"], stored["origin_count"], stored["title"]) == (first, 2, article().title)
    counts = database.rows("SELECT article_count FROM sources")
    assert counts == [{"article_count": 1}] * 2


async def test_an_article_is_recognised_by_its_text(infra: Infrastructure, database: Database) -> None:
    first, second = database.source("a"), database.source("b")
    await merge(infra, first, [article("7")])
    copy = article("x", url="https://b.example/x", title=article().title.upper(), published_at=NOW - timedelta(days=7))
    assert await merge(infra, second, [copy]) == MergeResult(duplicate=1)
    assert database.row("SELECT origin_count FROM articles")["origin_count"] == 2


async def test_the_same_words_a_week_later_are_another_article(infra: Infrastructure, database: Database) -> None:
    source = database.source("a")
    await merge(infra, source, [article("7")])
    again = article("8", published_at=NOW - timedelta(days=7, seconds=1))
    assert await merge(infra, source, [again]) == MergeResult(new=1)


async def test_duplicates_inside_a_batch_become_one_article(infra: Infrastructure, database: Database) -> None:
    source = database.source("a")
    batch = [
        article("1"),
        article("1"),  # the same id
        article("2", url="https://www.example.org/1?utm_source=x", title="Same address, own headline, and long enough"),
        article("3", url="https://www.example.org/copy"),  # the same text
        distinct(4),
    ]
    assert await merge(infra, source, batch) == MergeResult(new=2, duplicate=3)
    assert database.count("article_origins") == 2
    assert database.row("SELECT article_count FROM sources")["article_count"] == 2
    assert await merge(infra, source, batch) == MergeResult()


async def test_a_batch_of_nothing_but_one_article_is_one_article(infra: Infrastructure, database: Database) -> None:
    assert await merge(infra, database.source("a"), [article("1")] * 500) == MergeResult(new=1, duplicate=499)


async def test_a_duplicate_may_stand_before_what_is_known(infra: Infrastructure, database: Database) -> None:
    source = database.source("a")
    await merge(infra, source, [article("1")])
    renamed = "The very same article, under its second headline of the day"
    batch = [
        article("2", url="https://www.example.org/new", title=renamed),
        article("1", url="https://www.example.org/new", title=renamed),
    ]
    assert await merge(infra, source, batch, now=LATER) == MergeResult(updated=1)
    assert database.count("articles") == 1


async def test_an_edit_is_a_revision_and_not_an_article(infra: Infrastructure, database: Database) -> None:
    source = database.source("a")
    await merge(infra, source, [article(sections=("Science",))])
    edited = article(title="Solid-state batteries leave the laboratory at last", sections=("Business",))
    assert await merge(infra, source, [edited], now=LATER) == MergeResult(updated=1)
    stored = database.row("SELECT * FROM articles")
    assert (stored["title"], stored["revision"], stored["content_updated_at"]) == (edited.title, 2, LATER)
    assert (stored["ingested_at"], stored["published_at"]) == (NOW, NOW)
    assert "'last':9A" in stored["search"]
    old = database.row("SELECT * FROM article_revisions")
    assert (old["revision"], old["title"], old["seen_from"], old["replaced_at"]) == (1, article().title, NOW, LATER)
    assert database.row("SELECT category FROM article_origins")["category"] == "business"


async def test_every_edit_keeps_the_text_before_it(infra: Infrastructure, database: Database) -> None:
    source = database.source("a")
    titles = [f"Version {number} of the headline that we keep changing" for number in range(4)]
    for title in titles:
        await merge(infra, source, [article(title=title)])
    kept = database.rows("SELECT title FROM article_revisions ORDER BY revision")
    assert [row["title"] for row in kept] == titles[:3]
    assert database.row("SELECT title, revision FROM articles") == {"title": titles[3], "revision": 4}


async def test_another_sources_wording_is_no_edit(infra: Infrastructure, database: Database) -> None:
    first, second = database.source("a"), database.source("b")
    await merge(infra, first, [article("1")])
    theirs = article("1", title="What the other source calls the very same article")
    assert await merge(infra, second, [theirs]) == MergeResult(duplicate=1)
    assert await merge(infra, second, [theirs], now=LATER) == MergeResult()
    assert database.count("article_revisions") == 0


async def test_a_bare_link_gives_way_to_the_article_itself(infra: Infrastructure, database: Database) -> None:
    forum, paper = database.source("forum", kind="reddit"), database.source("paper", kind="guardian")
    await merge(infra, forum, [article("post", url="https://paper.example/a", title="lol batteries", summary=None)])
    own = article("a", url="https://paper.example/a")
    assert await merge(infra, paper, [own], now=LATER) == MergeResult(updated=1, duplicate=1)
    stored = database.row("SELECT * FROM articles")
    assert (stored["source_id"], stored["title"], stored["summary"]) == (paper, own.title, own.summary)
    assert await merge(infra, forum, [article("post", url="https://paper.example/a", summary=None)]) == MergeResult()


async def test_an_edited_address_that_another_article_has_stays_its_own(
    infra: Infrastructure, database: Database
) -> None:
    source = database.source("a")
    one, other = distinct(1), distinct(2)
    await merge(infra, source, [one, other])
    confused = distinct(2, url=one.url, title="The second article claims the address of the first one now")
    assert await merge(infra, source, [confused]) == MergeResult(updated=1)
    assert {row["url"] for row in database.rows("SELECT url FROM articles")} == {one.url, other.url}


async def test_a_removal_leaves_a_tombstone_without_text(infra: Infrastructure, database: Database) -> None:
    source = database.source("a")
    await merge(infra, source, [article(content_html="<p>x</p>", author="A", image_url="https://i.example/a.png")])
    await merge(infra, source, [article(content_html="<p>y</p>")])
    result = await merge(infra, source, removals=[article()], now=LATER)
    assert result == MergeResult(removed=1)
    grave = database.row("SELECT * FROM articles")
    assert (grave["content_status"], grave["title"], grave["removed_at"]) == ("removed", REMOVED_TITLE, LATER)
    texts = ("summary", "content_html", "content_text", "author", "image_url", "sentiment")
    assert [grave[name] for name in texts] == [None] * 6
    assert grave["search"] == ""
    revisions = database.rows("SELECT title, summary, content_text, content_status FROM article_revisions")
    blank = {"title": REMOVED_TITLE, "summary": None, "content_text": None, "content_status": "removed"}
    assert revisions == [blank, blank]
    assert database.row("SELECT article_count FROM sources")["article_count"] == 0


async def test_a_removal_is_counted_once(infra: Infrastructure, database: Database) -> None:
    source = database.source("a")
    await merge(infra, source, [article()])
    assert (await merge(infra, source, removals=[article()])).removed == 1
    assert await merge(infra, source, removals=[article(), article("unknown")]) == MergeResult()


async def test_what_was_removed_can_come_back(infra: Infrastructure, database: Database) -> None:
    source = database.source("a")
    await merge(infra, source, [article()])
    await merge(infra, source, removals=[article()])
    assert await merge(infra, source, [article()], now=LATER) == MergeResult(updated=1)
    stored = database.row("SELECT * FROM articles")
    assert (stored["title"], stored["removed_at"], stored["revision"]) == (article().title, None, 3)
    assert database.row("SELECT article_count FROM sources")["article_count"] == 1
    assert database.row("SELECT removed_at FROM article_origins")["removed_at"] is None


async def test_an_article_outlives_its_first_source(infra: Infrastructure, database: Database) -> None:
    first, second = database.source("a"), database.source("b")
    await merge(infra, first, [article("1")])
    theirs = article("their-id", url=article("1").url)
    await merge(infra, second, [theirs])
    assert (await merge(infra, first, removals=[article("1")])).removed == 1
    stored = database.row("SELECT * FROM articles")
    assert (stored["source_id"], stored["provider_id"], stored["origin_count"]) == (second, "their-id", 1)
    assert (stored["content_status"], stored["removed_at"]) == ("excerpt", None)
    edited = article("their-id", url=article("1").url, title="The second source speaks for itself from here on")
    assert (await merge(infra, second, [edited])).updated == 1


async def test_the_loss_of_a_second_source_takes_nothing_away(infra: Infrastructure, database: Database) -> None:
    first, second = database.source("a"), database.source("b")
    await merge(infra, first, [article("1")])
    await merge(infra, second, [article("2", url=article("1").url)])
    await merge(infra, second, removals=[article("2")])
    stored = database.row("SELECT * FROM articles")
    assert (stored["source_id"], stored["origin_count"], stored["content_status"]) == (first, 1, "excerpt")


async def test_forgetting_a_source_takes_its_own_articles_only(infra: Infrastructure, database: Database) -> None:
    first, second = database.source("a"), database.source("b")
    shared, own = distinct(1), distinct(2)
    await merge(infra, first, [shared, own])
    await merge(infra, first, [distinct(2, title="The second article was edited before it was forgotten")])
    await merge(infra, second, [shared])
    async with infra.unit_of_work(job(NEWSROOM_ID)):
        assert await IngestRepository(await connection(), job(NEWSROOM_ID)).forget(first) == 2
    stored = database.row("SELECT * FROM articles")
    assert (stored["title"], stored["source_id"], stored["origin_count"]) == (shared.title, second, 1)
    assert database.count("article_revisions") == 0
