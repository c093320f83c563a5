"""Subscriptions."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from core.errors import FeedAlreadyExists, FeedNotFound, InvalidCursor, InvalidOpml, LimitReached, UrlNotAllowed
from core.feeds.service import NO_SANDBOX, PAUSED, feeds
from core.feeds.types import FeedRow
from core.infra.context import Infrastructure, use
from core.infra.db import connection
from core.ingest.repository import IngestRepository
from core.kit.ids import encode, new_id
from core.kit.principal import NEWSROOM_ID, Principal, job
from core.sandbox.feeds.catalogue import HEALTHY
from core.settings import load
from tests.support.drafts import NOW, distinct
from tests.support.infrastructure import OTHER_ID
from tests.support.process import Database

SCOPES = frozenset({"feeds:read", "feeds:write"})
ME = Principal(NEWSROOM_ID, new_id(), "api_key", SCOPES)
STRANGER = Principal(OTHER_ID, new_id(), "api_key", SCOPES)
URL = "https://93.184.216.34/battery-weekly.xml"


@pytest.fixture(scope="module")
def process_settings() -> dict[str, Any]:
    return {"feeds_per_organization": 5, "sandbox_url": "http://127.0.0.1:4999"}


async def create(infra: Infrastructure, url: str = URL, principal: Principal = ME, **members: Any) -> FeedRow:
    async with infra.unit_of_work(principal):
        return await feeds.create(principal, url, **members)


def address(feed: FeedRow) -> str:
    return encode("feed", feed.id)


def jobs(database: Database) -> list[dict[str, Any]]:
    return database.rows("SELECT * FROM procrastinate_jobs ORDER BY id")


def work_done(database: Database) -> None:
    """As if a worker had taken the waiting jobs."""
    database.rows("DELETE FROM procrastinate_jobs")


async def test_another_organisations_feed_is_not_found(infra: Infrastructure, database: Database) -> None:
    theirs = await create(infra, principal=STRANGER)
    async with infra.unit_of_work(ME):
        for call in (feeds.get, feeds.delete, feeds.refresh, feeds.health):
            with pytest.raises(FeedNotFound):
                await call(ME, address(theirs))
        with pytest.raises(FeedNotFound):
            await feeds.update(ME, address(theirs), {"paused": True})
        assert (await feeds.list(ME, limit=10)).rows == ()
        assert b"93.184" not in await feeds.export_opml(ME)
    assert database.row("SELECT state FROM sources")["state"] == "pending"


@pytest.mark.parametrize("feed_id", ["", "x", "feed_", "src_0350n7cLFXf17iDglpSO45", "feed_" + "0" * 22])
async def test_an_unknown_feed_is_not_found(feed_id: str, infra: Infrastructure, database: Database) -> None:
    async with infra.unit_of_work(ME):
        for call in (feeds.get, feeds.delete, feeds.refresh, feeds.health):
            with pytest.raises(FeedNotFound):
                await call(ME, feed_id)


async def test_a_provider_is_no_feed(infra: Infrastructure, database: Database) -> None:
    guardian = database.source("guardian", kind="guardian")
    async with infra.unit_of_work(ME):
        for call in (feeds.get, feeds.delete, feeds.refresh, feeds.health):
            with pytest.raises(FeedNotFound):
                await call(ME, encode("feed", guardian))
    assert database.count("sources") == 1


async def test_an_address_that_must_not_be_fetched_is_no_feed(infra: Infrastructure, database: Database) -> None:
    with pytest.raises(UrlNotAllowed, match="private_address"):
        await create(infra, "http://10.0.0.1/feed")
    assert database.count("sources") == 0


async def test_an_organisation_has_an_address_once(infra: Infrastructure, database: Database) -> None:
    first = await create(infra)
    with pytest.raises(FeedAlreadyExists) as refusal:
        await create(infra, URL.replace("https://", "HTTPS://") + "#x")
    assert refusal.value.headers["Location"] == f"/v2/feeds/{address(first)}"
    await create(infra, principal=STRANGER)
    assert database.count("feeds") == 2


async def test_a_plan_allows_so_many_feeds(infra: Infrastructure, database: Database) -> None:
    for number in range(5):
        await create(infra, f"{URL}?{number}")
    with pytest.raises(LimitReached, match="5 feeds"):
        await create(infra, f"{URL}?5")
    await create(infra, principal=STRANGER)


async def test_a_new_feed_waits_for_its_first_fetch(infra: Infrastructure, database: Database) -> None:
    feed = await create(infra, URL + "#x", title="Mine", category="science")
    assert (feed.url, feed.slug, feed.title, feed.category) == (URL, "mine", "Mine", "science")
    assert (feed.state, feed.state_reason, feed.paused) == ("pending", None, False)
    assert (feed.article_count, feed.last_fetch_at, feed.format) == (0, None, None)
    (queued,) = jobs(database)
    assert queued["args"]["source_id"] == str(feed.id)
    stored = database.row("SELECT original_url, title_is_custom, created_by FROM feeds")
    assert stored == {"original_url": URL + "#x", "title_is_custom": True, "created_by": ME.principal_id}


async def test_short_names_are_unique_among_all_sources(infra: Infrastructure, database: Database) -> None:
    database.source("battery-weekly")
    slugs = [(await create(infra, f"{URL}?{number}")).slug for number in range(2)]
    assert slugs == ["battery-weekly-2", "battery-weekly-3"]


async def test_pages_hold_every_feed_once_newest_first(infra: Infrastructure, database: Database) -> None:
    made = [(await create(infra, f"{URL}?{number}")).id for number in range(5)]
    async with infra.unit_of_work(ME):
        first = await feeds.list(ME, limit=3)
        second = await feeds.list(ME, limit=3, cursor=first.next_cursor)
        assert [row.id for row in first.rows + second.rows] == made[::-1]
        assert (first.has_more, second.has_more) == (True, False)
        for bad in (first.next_cursor, "x"):
            with pytest.raises(InvalidCursor):
                await feeds.list(STRANGER, limit=3, cursor=bad)


async def test_a_change_touches_only_what_it_names(infra: Infrastructure, database: Database) -> None:
    feed = await create(infra, title="Mine", category="science")
    async with infra.unit_of_work(ME):
        changed = await feeds.update(ME, address(feed), {"category": "health"})
    assert (changed.title, changed.category, changed.paused) == ("Mine", "health", False)
    assert changed.updated_at > feed.updated_at
    async with infra.unit_of_work(ME):
        changed = await feeds.update(ME, address(feed), {"category": None, "title": "Other"})
    assert (changed.title, changed.category) == ("Other", None)
    assert database.row("SELECT name FROM sources")["name"] == "Other"


async def test_a_cleared_title_is_read_from_the_feed_again(infra: Infrastructure, database: Database) -> None:
    feed = await create(infra, title="Mine")
    work_done(database)
    database.rows("""UPDATE sources SET fetch_cursor = '{"etag": "x"}'""")
    async with infra.unit_of_work(ME):
        assert (await feeds.update(ME, address(feed), {"title": None})).title is None
    assert database.row("SELECT fetch_cursor FROM sources")["fetch_cursor"] == {}
    assert len(jobs(database)) == 1


async def test_a_paused_feed_is_not_polled_until_it_goes_on(infra: Infrastructure, database: Database) -> None:
    feed = await create(infra)
    work_done(database)
    async with infra.unit_of_work(ME):
        paused = await feeds.update(ME, address(feed), {"paused": True})
    assert (paused.paused, paused.state_reason, paused.next_fetch_at) == (True, PAUSED, None)
    async with infra.unit_of_work(ME):
        assert await feeds.update(ME, address(feed), {"title": "x", "paused": True})
    assert jobs(database) == []
    async with infra.unit_of_work(ME):
        resumed = await feeds.update(ME, address(feed), {"paused": False})
    assert (resumed.state, resumed.state_reason, resumed.paused) == ("pending", None, False)
    assert resumed.next_fetch_at is not None
    assert len(jobs(database)) == 1


async def test_a_refresh_is_queued_once(infra: Infrastructure, database: Database) -> None:
    feed = await create(infra)
    work_done(database)
    statuses = []
    for _ in range(2):
        async with infra.unit_of_work(ME):
            refresh = await feeds.refresh(ME, address(feed))
        statuses.append(refresh.status)
        assert refresh.feed_id == feed.id
        assert abs((datetime.now(UTC) - refresh.requested_at).total_seconds()) < 60
    assert statuses == ["queued", "already_queued"]


async def test_health_tells_the_latest_fetches_first(infra: Infrastructure, database: Database) -> None:
    feed = await create(infra)
    for number in range(25):
        database.rows(
            "INSERT INTO fetch_log (organization_id, source_id, started_at, duration_ms, outcome, state) "
            "VALUES (%s, %s, now() + %s * interval '1 second', %s, %s, 'failing')",
            NEWSROOM_ID, feed.id, number, number, "failed" if number % 4 else "ok",
        )  # fmt: skip
    async with infra.unit_of_work(ME):
        health = await feeds.health(ME, address(feed))
    assert (health.state, health.poll_interval_seconds, health.consecutive_failures) == ("pending", 300, 0)
    assert [fetch.duration_ms for fetch in health.fetches] == list(range(24, 4, -1))


async def test_a_feed_that_was_never_fetched_has_no_fetches(infra: Infrastructure, database: Database) -> None:
    feed = await create(infra)
    async with infra.unit_of_work(ME):
        assert (await feeds.health(ME, address(feed))).fetches == ()


async def test_a_feed_takes_its_own_articles_with_it(infra: Infrastructure, database: Database) -> None:
    feed, other = await create(infra), database.source("other")
    shared, own = distinct(1), distinct(2)
    for source, articles in ((feed.id, [shared, own]), (other, [shared])):
        async with infra.unit_of_work(job(NEWSROOM_ID)):
            await IngestRepository(await connection(), job(NEWSROOM_ID)).merge(source, articles, now=NOW)
    async with infra.unit_of_work(ME):
        await feeds.delete(ME, address(feed))
    stored = database.row("SELECT title, source_id FROM articles")
    assert stored == {"title": shared.title, "source_id": other}
    assert database.count("feeds") == database.count("fetch_log") == 0
    assert database.count("sources") == 1


async def test_what_one_exports_another_can_import(infra: Infrastructure, database: Database) -> None:
    await create(infra, f"{URL}?1", title="One", category="science")
    await create(infra, f"{URL}?2", title="Two")
    async with infra.unit_of_work(ME):
        document = await feeds.export_opml(ME)
    async with infra.unit_of_work(STRANGER):
        results = await feeds.import_opml(STRANGER, document)
        copies = {row.url: (row.title, row.category) for row in (await feeds.list(STRANGER, limit=10)).rows}
    assert [result.status for result in results] == ["created", "created"]
    assert copies == {f"{URL}?1": ("One", "science"), f"{URL}?2": ("Two", None)}


async def test_one_bad_feed_of_a_document_never_stops_the_others(infra: Infrastructure, database: Database) -> None:
    known = await create(infra, f"{URL}?known")
    urls = ["http://10.0.0.1/x", f"{URL}?1", f"{URL}?known", "javascript:alert(1)", f"{URL}?1", f"{URL}?2", f"{URL}?3"]
    urls += [f"{URL}?4", f"{URL}?5"]
    body = "".join(f'<outline text="t" xmlUrl="{url}"/>' for url in urls)
    async with infra.unit_of_work(ME):
        results = await feeds.import_opml(ME, f"<opml><body>{body}</body></opml>".encode())
    assert [result.status for result in results] == [
        "rejected", "created", "existing", "rejected", "existing", "created", "created", "created", "rejected",
    ]  # fmt: skip
    assert [result.code for result in results if result.code] == ["url_not_allowed"] * 2 + ["limit_reached"]
    assert results[2].feed_id == known.id
    assert all((result.feed_id is None) == (result.status == "rejected") for result in results)
    assert all((result.detail is None) == (result.code is None) for result in results)
    assert database.count("feeds") == 5


async def test_a_document_that_is_none_subscribes_to_nothing(infra: Infrastructure, database: Database) -> None:
    async with infra.unit_of_work(ME):
        with pytest.raises(InvalidOpml):
            await feeds.import_opml(ME, b"<html/>")
    assert database.count("feeds") == 0


async def test_the_sandbox_is_subscribed_to_wherever_it_runs(infra: Infrastructure, database: Database) -> None:
    origins = [f"http://127.0.0.1:{port}" for port in (4999, 5000)]
    plenty = replace(infra, settings=infra.settings.model_copy(update={"feeds_per_organization": 100}))
    with use(plenty):
        for origin in origins:
            await feeds.ensure_sandbox(load({}, sandbox_url=origin))
    urls = {row["url"] for row in database.rows("SELECT url FROM feeds")}
    assert urls == {origins[1] + feed.path for feed in HEALTHY}
    await feeds.ensure_sandbox(load({}))
    states = database.rows("SELECT DISTINCT state, state_reason FROM sources")
    assert states == [{"state": "paused", "state_reason": NO_SANDBOX}]
    await feeds.ensure_sandbox(load({}, sandbox_url=origins[0]))
    assert database.rows("SELECT DISTINCT state FROM sources") == [{"state": "pending"}]
