"""Polling the sandbox newsroom over HTTP: what arrives, and what is written down about it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from core.feeds.service import feeds
from core.infra.context import Infrastructure
from core.infra.http import Egress
from core.infra.notifications import FETCHED, listening
from core.ingest.clients import Clients
from core.ingest.polling import GIVEN_UP, OWN_FAULT, give_up, poll_source
from core.ingest.repository import REMOVED_TITLE
from core.kit.ids import new_id
from core.kit.principal import NEWSROOM_ID, operator
from core.sandbox.bait import MARKER
from core.sandbox.server import NewsroomServer
from core.sources.service import sources
from core.upstreams.types import Upstream
from tests.support.infrastructure import OTHER_ID
from tests.support.newsroom import NewsroomControl
from tests.support.process import Database

SILENT = {"guardian", "hackernews", "newsapi"}
"""What they take back is not listed any more, names nothing but "[Removed]", or is not read a second time."""


@pytest.fixture(scope="module")
def process_settings(newsroom_server: NewsroomServer) -> dict[str, Any]:
    return {"sandbox_url": newsroom_server.origin}


@pytest.fixture
async def clients(infra: Infrastructure) -> AsyncIterator[Clients]:
    async with Egress.from_settings(infra.settings) as egress:
        yield Clients(infra.settings, egress)


@pytest.fixture
async def everything(infra: Infrastructure, database: Database, newsroom: NewsroomControl) -> None:
    """All of the newsroom's sources and healthy feeds, not polled yet."""
    await sources.ensure_providers(infra.settings)
    await feeds.ensure_sandbox(infra.settings)


async def subscribe(infra: Infrastructure, url: str) -> UUID:
    async with infra.unit_of_work(operator()):
        return (await feeds.create(operator(), url)).id


async def poll_all(clients: Clients, database: Database) -> None:
    for row in database.rows("SELECT id FROM sources ORDER BY slug"):
        await poll_source(clients, NEWSROOM_ID, row["id"])


def state(database: Database, source: UUID) -> dict[str, Any]:
    return database.row("SELECT * FROM sources WHERE id = %s", source)


async def test_another_organisations_source_is_not_polled(
    clients: Clients, database: Database, newsroom: NewsroomControl
) -> None:
    foreign = database.source("guardian", organization=OTHER_ID, kind="guardian")
    await poll_source(clients, NEWSROOM_ID, foreign)
    assert newsroom.requests() == []
    assert database.count("fetch_log") == 0


async def test_a_source_that_was_deleted_is_not_polled(clients: Clients, database: Database) -> None:
    await poll_source(clients, NEWSROOM_ID, new_id())
    assert database.count("fetch_log") == 0


async def test_a_paused_source_is_polled_only_when_asked_for(
    clients: Clients, database: Database, newsroom: NewsroomControl
) -> None:
    source = database.source("guardian", kind="guardian", state="paused")
    await poll_source(clients, NEWSROOM_ID, source)
    assert database.count("fetch_log") == 0
    await poll_source(clients, NEWSROOM_ID, source, asked_for=True)
    assert database.count("articles") > 0
    assert state(database, source)["state"] == "paused"
    assert state(database, source)["next_fetch_at"] is None


@pytest.mark.usefixtures("everything")
async def test_everything_that_the_newsroom_published_is_here_once(
    clients: Clients, database: Database, newsroom: NewsroomControl
) -> None:
    await poll_all(clients, database)
    assert {row["state"] for row in database.rows("SELECT DISTINCT state FROM sources")} == {"healthy"}
    polled = {row["channel"] for row in _channels(database)}
    for same in newsroom.manifest.same_url:
        if set(same.channels) <= polled:
            stored = database.row("SELECT origin_count FROM articles WHERE url = %s", same.url)
            assert stored["origin_count"] == len(same.channels), same.url
    for copies in newsroom.manifest.same_text:
        (stored,) = database.rows("SELECT origin_count FROM articles WHERE url = ANY(%s)", list(copies.urls))
        assert stored["origin_count"] == 2, copies.title
    counts = database.rows(
        "SELECT s.slug, s.article_count, count(o.*) AS n FROM sources s "
        "LEFT JOIN article_origins o ON o.source_id = s.id AND o.removed_at IS NULL GROUP BY s.slug, s.article_count"
    )
    assert all(row["article_count"] == row["n"] for row in counts)
    languages = {row["language"] for row in database.rows("SELECT DISTINCT language FROM articles")}
    assert languages == set(newsroom.manifest.articles_by_language)


@pytest.mark.usefixtures("everything")
async def test_polling_again_changes_nothing(clients: Clients, database: Database) -> None:
    await poll_all(clients, database)
    before = database.rows("SELECT id, revision, xmin FROM articles ORDER BY id")
    await poll_all(clients, database)
    assert database.rows("SELECT id, revision, xmin FROM articles ORDER BY id") == before


@pytest.mark.usefixtures("everything")
async def test_known_edits_and_removals_arrive(clients: Clients, database: Database, newsroom: NewsroomControl) -> None:
    await poll_all(clients, database)
    newsroom.advance(seconds=4 * 3600)
    for _ in range(8):  # NewsAPI's quota is small: a poll reads one of its categories
        await poll_all(clients, database)
    now = newsroom.newsroom.now
    polled = {row["channel"] for row in _channels(database)}
    last = {edit.url: edit for edit in newsroom.manifest.edits if datetime.fromisoformat(edit.at) <= now}
    seen = 0
    for edit in last.values():
        for row in database.rows("SELECT title FROM articles WHERE url = %s", edit.url):
            assert row["title"] == edit.title_after
            seen += edit.channel in polled
    assert seen >= 4
    buried = 0
    for removal in newsroom.manifest.removals:
        for row in database.rows("SELECT title FROM articles WHERE url = %s", removal.url):
            buried += row["title"] == REMOVED_TITLE
            assert row["title"] == REMOVED_TITLE or removal.channel in SILENT
    assert buried >= 1


@pytest.mark.parametrize(
    ("name", "expected", "words"),
    [
        ("gone", "gone", "removed for good"),
        ("busy", "throttled", "429"),
        ("shy", "throttled", "403"),
        ("moved", "moved", "coastal-post.xml"),
        ("detour", "healthy", None),
        ("slow", "slow", "3 s"),
        ("broken", "healthy", None),
        ("repeats", "healthy", None),
        ("relative", "healthy", None),
        ("mislabelled", "healthy", None),
        ("unsafe", "healthy", None),
    ],
)
async def test_a_feed_has_the_state_that_it_deserves(
    name: str, expected: str, words: str | None, infra: Infrastructure, clients: Clients, database: Database,
    newsroom: NewsroomControl,
) -> None:  # fmt: skip
    source = await subscribe(infra, newsroom.url(f"/feeds/{name}.xml"))
    await poll_source(clients, NEWSROOM_ID, source)
    now = state(database, source)
    assert now["state"] == expected
    assert (words or "") in (now["state_reason"] or "")
    assert (now["state_reason"] is None) == (expected == "healthy")
    assert (now["next_fetch_at"] is None) == (expected == "gone")
    known = {feed.name: feed for feed in newsroom.manifest.feeds}[name]
    if expected in {"healthy", "moved", "slow"}:
        assert database.count("articles") == known.items - (name == "broken")  # the one in the damage
    assert MARKER not in "".join(
        row["content_html"] or "" for row in database.rows("SELECT content_html FROM articles")
    )


async def test_a_moved_feed_is_fetched_from_its_new_address_and_is_then_healthy(
    infra: Infrastructure, clients: Clients, database: Database, newsroom: NewsroomControl
) -> None:
    source = await subscribe(infra, newsroom.url("/feeds/moved.xml"))
    await poll_source(clients, NEWSROOM_ID, source)
    feed = database.row("SELECT url, original_url FROM feeds")
    assert feed == {
        "url": newsroom.url("/feeds/coastal-post.xml"),
        "original_url": newsroom.url("/feeds/moved.xml"),
    }
    await poll_source(clients, NEWSROOM_ID, source)
    assert state(database, source)["state"] == "healthy"
    assert database.row("SELECT article_count FROM sources")["article_count"] == 12


async def test_a_feed_that_moves_to_another_subscription_stays_where_it_is(
    infra: Infrastructure, clients: Clients, database: Database, newsroom: NewsroomControl
) -> None:
    await subscribe(infra, newsroom.url("/feeds/coastal-post.xml"))
    source = await subscribe(infra, newsroom.url("/feeds/moved.xml"))
    await poll_source(clients, NEWSROOM_ID, source)
    assert "subscribed to as well" in state(database, source)["state_reason"]
    assert database.count("feeds") == 2


async def test_a_feed_tells_its_title_and_format(
    infra: Infrastructure, clients: Clients, database: Database, newsroom: NewsroomControl
) -> None:
    source = await subscribe(infra, newsroom.url("/feeds/field-notes.json"))
    await poll_source(clients, NEWSROOM_ID, source)
    feed = database.row("SELECT f.title, f.format, s.name, s.language FROM feeds f JOIN sources s USING (id)")
    assert feed == {"title": "Field Notes", "format": "json", "name": "Field Notes", "language": "en"}


async def test_an_upstream_that_fails_backs_off_and_recovers(
    infra: Infrastructure, clients: Clients, database: Database, newsroom: NewsroomControl
) -> None:
    source = database.source("guardian", kind="guardian")
    newsroom.fail("guardian", status=503, times=2)
    for failures in (1, 2):
        await poll_source(clients, NEWSROOM_ID, source)
        now = state(database, source)
        assert (now["state"], now["consecutive_failures"]) == ("failing", failures)
        assert "503" in now["state_reason"]
        assert now["next_fetch_at"] > now["last_fetch_at"]
        assert now["last_success_at"] is None
    await poll_source(clients, NEWSROOM_ID, source)
    now = state(database, source)
    assert (now["state"], now["state_reason"], now["consecutive_failures"]) == ("healthy", None, 0)
    assert [row["outcome"] for row in database.rows("SELECT outcome FROM fetch_log ORDER BY id")] == [
        "failed", "failed", "ok",
    ]  # fmt: skip


async def test_a_used_up_quota_throttles_until_it_starts_again(
    infra: Infrastructure, clients: Clients, database: Database, newsroom: NewsroomControl
) -> None:
    source = database.source("newsapi", kind="newsapi")
    newsroom.limit("newsapi", 0)
    await poll_source(clients, NEWSROOM_ID, source)
    now = state(database, source)
    assert (now["state"], now["quota_remaining"]) == ("throttled", 0)
    assert now["quota_resets_at"] > datetime.now(UTC)
    assert now["next_fetch_at"] >= now["quota_resets_at"] - timedelta(seconds=1)


async def test_a_quota_is_counted(clients: Clients, database: Database, newsroom: NewsroomControl) -> None:
    source = database.source("guardian", kind="guardian")
    await poll_source(clients, NEWSROOM_ID, source)
    now = state(database, source)
    assert now["quota_limit"] == 500
    assert now["quota_remaining"] == 500 - len(newsroom.requests("guardian"))


async def test_a_fault_of_our_own_is_written_down_and_stops_nobody(
    infra: Infrastructure, clients: Clients, database: Database, newsroom: NewsroomControl
) -> None:
    class Stumbling(Clients):
        def of(self, kind: str) -> Upstream:
            raise RuntimeError("a bug")

    source = database.source("guardian", kind="guardian")
    async with Egress.from_settings(infra.settings) as egress:
        await poll_source(Stumbling(infra.settings, egress), NEWSROOM_ID, source)
    now = state(database, source)
    assert (now["state"], now["state_reason"]) == ("failing", OWN_FAULT)
    await poll_source(clients, NEWSROOM_ID, source)
    assert state(database, source)["state"] == "healthy"


async def test_articles_that_cannot_be_stored_are_a_fault_of_our_own(
    clients: Clients, database: Database, newsroom: NewsroomControl
) -> None:
    source = database.source("guardian", kind="guardian")
    database.rows("ALTER FUNCTION article_search RENAME TO article_search_gone")
    try:
        await poll_source(clients, NEWSROOM_ID, source)
    finally:
        database.rows("ALTER FUNCTION article_search_gone RENAME TO article_search")
    now = state(database, source)
    assert (now["state"], now["state_reason"], now["fetch_cursor"]) == ("failing", OWN_FAULT, {})
    await poll_source(clients, NEWSROOM_ID, source)
    assert state(database, source)["state"] == "healthy"
    assert database.count("articles") > 0


async def test_a_provider_without_credential_and_sandbox_says_so(infra: Infrastructure, database: Database) -> None:
    source = database.source("guardian", kind="guardian")
    settings = infra.settings.model_copy(update={"sandbox_url": None})
    async with Egress.from_settings(settings) as egress:
        await poll_source(Clients(settings, egress), NEWSROOM_ID, source)
    assert state(database, source)["state_reason"] == "No credential for guardian is configured."


async def test_a_source_that_kills_workers_is_given_up_with_a_reason(infra: Infrastructure, database: Database) -> None:
    source = database.source("guardian", kind="guardian")
    await give_up(NEWSROOM_ID, source, attempts=3)
    now = state(database, source)
    assert (now["state"], now["state_reason"]) == ("failing", GIVEN_UP.format(attempts=3))
    assert now["next_fetch_at"] - now["last_fetch_at"] >= timedelta(hours=6)
    await give_up(NEWSROOM_ID, new_id(), attempts=3)


async def test_the_end_of_a_fetch_is_heard(
    infra: Infrastructure, clients: Clients, database: Database, newsroom: NewsroomControl
) -> None:
    source = database.source("guardian", kind="guardian")
    async with listening(infra.db.url, FETCHED) as news:
        await poll_source(clients, NEWSROOM_ID, source)
        assert await news.next(5.0) == str(source)


async def test_a_feed_that_its_owner_pauses_while_it_is_fetched_stays_paused(
    infra: Infrastructure, clients: Clients, database: Database, newsroom: NewsroomControl
) -> None:
    source = await subscribe(infra, newsroom.url("/feeds/elbe-kurier.xml"))

    class Pausing(Clients):
        def of(self, kind: str) -> Upstream:
            database.rows("UPDATE sources SET state = 'paused', state_reason = 'x', next_fetch_at = NULL")
            return clients.of(kind)

    async with Egress.from_settings(infra.settings) as egress:
        await poll_source(Pausing(infra.settings, egress), NEWSROOM_ID, source)
    now = state(database, source)
    assert (now["state"], now["state_reason"], now["next_fetch_at"]) == ("paused", "x", None)
    assert now["article_count"] == 20


def _channels(database: Database) -> list[dict[str, Any]]:
    """The newsroom's names of what is polled."""
    return database.rows(
        "SELECT CASE kind WHEN 'feed' THEN 'feed:' || regexp_replace(url, '.*/([^/]*)[.][a-z]+$', '\\1') ELSE kind END "
        "AS channel FROM sources LEFT JOIN feeds USING (id)"
    )
