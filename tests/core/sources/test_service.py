"""Who sees which sources, and polling them now or when they are due."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from core.errors import InvalidCursor, SourceNotFound
from core.infra.context import Infrastructure
from core.kit.clock import SystemClock
from core.kit.ids import encode, new_id
from core.kit.principal import NEWSROOM_ID, Principal, operator
from core.settings import Settings, load
from core.sources.fetches import ASKED_PRIORITY, FETCH_TASK
from core.sources.service import LEASE, sources
from tests.support.infrastructure import OTHER_ID
from tests.support.process import Database

STRANGER = Principal(OTHER_ID, new_id(), "api_key")
SANDBOX = "http://127.0.0.1:4999"


@pytest.fixture(scope="module")
def process_settings() -> dict[str, Any]:
    return {"sandbox_url": SANDBOX}


def jobs(database: Database) -> list[dict[str, Any]]:
    return database.rows("SELECT * FROM procrastinate_jobs ORDER BY id")


def due(database: Database, source: UUID) -> None:
    database.rows("UPDATE sources SET next_fetch_at = now() - interval '1 second' WHERE id = %s", source)


def feed(database: Database, slug: str, url: str, **where: Any) -> UUID:
    source = database.source(slug, **where)
    database.rows(
        "INSERT INTO feeds (organization_id, id, url, original_url) VALUES (%s, %s, %s, %s)",
        where.get("organization", NEWSROOM_ID), source, url, url,
    )  # fmt: skip
    return source


def configured(**settings: Any) -> Settings:
    return load({}, **settings)


async def test_the_newsrooms_sources_are_everybodys_and_others_are_not(
    infra: Infrastructure, database: Database
) -> None:
    ours, theirs = database.source("ours"), database.source("theirs", organization=OTHER_ID)
    assert [row.id for row in (await sources.list(operator(), limit=10)).rows] == [ours]
    assert [row.id for row in (await sources.list(STRANGER, limit=10)).rows] == [ours, theirs]
    with pytest.raises(SourceNotFound):
        await sources.get(operator(), encode("src", theirs))
    assert (await sources.get(STRANGER, encode("src", ours))).slug == "ours"


@pytest.mark.parametrize("source_id", ["", "guardian", "src_", "feed_0350n7cLFXf17iDglpSO45", "src_" + "0" * 22])
async def test_an_unknown_source_is_not_found(source_id: str, infra: Infrastructure, database: Database) -> None:
    with pytest.raises(SourceNotFound):
        await sources.get(operator(), source_id)


async def test_pages_hold_every_source_once_by_name(infra: Infrastructure, database: Database) -> None:
    expected = [database.source(f"s{number}", name=f"Name {number // 2}") for number in range(7)]
    found, cursor = list[UUID](), None
    while True:
        page = await sources.list(operator(), limit=3, cursor=cursor)
        found += [row.id for row in page.rows]
        cursor = page.next_cursor
        assert page.has_more == (cursor is not None)
        if cursor is None:
            break
    assert sorted(found) == sorted(expected)
    names = [(await sources.get(operator(), encode("src", one))).name for one in found]
    assert names == sorted(names)


async def test_a_cursor_of_another_caller_is_refused(infra: Infrastructure, database: Database) -> None:
    for number in range(3):
        database.source(f"s{number}")
    cursor = (await sources.list(operator(), limit=1)).next_cursor
    assert cursor is not None
    for bad in (cursor, cursor[:-1] + "A", "x"):
        with pytest.raises(InvalidCursor):
            await sources.list(STRANGER, limit=1, cursor=bad)


async def test_numbered_pages_count(infra: Infrastructure, database: Database) -> None:
    for number in range(5):
        database.source(f"s{number}")
    rows, total = await sources.list_numbered(operator(), page=2, limit=2)
    assert ([row.slug for row in rows], total) == (["s2", "s3"], 5)


async def test_another_organisations_source_cannot_be_polled(infra: Infrastructure, database: Database) -> None:
    foreign = database.source("foreign", organization=OTHER_ID)
    for name in ("foreign", encode("src", foreign), "unknown"):
        with pytest.raises(SourceNotFound):
            async with infra.unit_of_work(operator()):
                await sources.poll(operator(), source=name)
    assert jobs(database) == []


async def test_polling_asks_for_all_that_are_not_paused_or_gone(infra: Infrastructure, database: Database) -> None:
    wanted = [database.source("a"), database.source("b", kind="guardian")]
    database.source("c", state="paused")
    database.source("d", state="gone")
    for _ in range(2):  # what waits already is not added again
        async with infra.unit_of_work(operator()):
            rows = await sources.poll(operator())
        assert [row.id for row in rows] == wanted
    queue = jobs(database)
    assert [UUID(job["args"]["source_id"]) for job in queue] == wanted
    assert {(job["task_name"], job["priority"]) for job in queue} == {(FETCH_TASK, ASKED_PRIORITY)}
    assert all(job["args"]["asked_for"] for job in queue)


@pytest.mark.parametrize("by", ["slug", "id"])
async def test_one_source_is_polled_whatever_its_state(by: str, infra: Infrastructure, database: Database) -> None:
    source = database.source("a", state="paused")
    async with infra.unit_of_work(operator()):
        (row,) = await sources.poll(operator(), source="a" if by == "slug" else encode("src", source))
    assert row.id == source
    assert len(jobs(database)) == 1


async def test_a_poll_that_is_rolled_back_was_never_asked_for(infra: Infrastructure, database: Database) -> None:
    database.source("a")

    async def poll_and_stumble() -> None:
        async with infra.unit_of_work(operator()):
            await sources.poll(operator())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await poll_and_stumble()
    assert jobs(database) == []


async def test_what_is_due_is_claimed_once_by_two_schedulers(infra: Infrastructure, database: Database) -> None:
    for number in range(50):
        due(database, database.source(f"s{number}"))
    due(database, database.source("foreign", organization=OTHER_ID))
    now = SystemClock().now()
    claimed = await asyncio.gather(*(sources.schedule(now=now) for _ in range(3)))
    assert sum(claimed) == 51
    queue = jobs(database)
    assert len({job["args"]["source_id"] for job in queue}) == len(queue) == 51
    assert {job["args"]["organization_id"] for job in queue} == {str(NEWSROOM_ID), str(OTHER_ID)}
    assert await sources.schedule(now=now) == 0


async def test_a_claimed_source_is_due_again_when_its_lease_ends(infra: Infrastructure, database: Database) -> None:
    due(database, database.source("a"))
    now = SystemClock().now()
    assert await sources.schedule(now=now) == 1
    assert await sources.schedule(now=now + LEASE - timedelta(seconds=1)) == 0
    assert await sources.schedule(now=now + LEASE) == 1
    assert len(jobs(database)) == 1  # the first one still waits


async def test_paused_and_gone_sources_are_never_due(infra: Infrastructure, database: Database) -> None:
    database.source("a", state="paused")
    assert await sources.schedule(now=SystemClock().now() + timedelta(days=365)) == 0


async def test_fetches_from_one_host_take_turns(infra: Infrastructure, database: Database) -> None:
    for slug, url in (
        ("a", "https://one.example/a.xml"),
        ("b", "https://one.example:8443/b.xml"),
        ("c", "https://two.example/c.xml"),
        ("d", f"{SANDBOX}/d.xml"),
        ("e", f"{SANDBOX}/e.xml"),
    ):
        due(database, feed(database, slug, url))
    due(database, database.source("guardian", kind="guardian"))
    await sources.schedule(now=SystemClock().now())
    locks = [job["lock"] for job in jobs(database)]
    assert sorted(locks)[:4] == ["host:one.example", "host:one.example", "host:two.example", locks[3]]
    assert "upstream:guardian" in locks
    assert len(set(locks)) == 5  # our own sandbox needs no politeness


async def test_what_people_read_at_a_provider_waits_for_nobody(infra: Infrastructure, database: Database) -> None:
    """One slow linked account must not keep the newsroom, or anybody else, from being polled."""
    own = [database.source(f"reddit_{n}", organization=OTHER_ID, kind="reddit") for n in range(2)]
    for source_id in (database.source("reddit", kind="reddit"), *own):
        due(database, source_id)
    await sources.schedule(now=SystemClock().now())
    locks = [job["lock"] for job in jobs(database)]
    assert sorted(locks) == sorted(["upstream:reddit", *(f"source:{source_id}" for source_id in own)])


async def test_providers_are_polled_where_they_are_configured(infra: Infrastructure, database: Database) -> None:
    await sources.ensure_providers(configured(guardian_key="secret-guardian-key"))
    rows = {row["slug"]: row for row in database.rows("SELECT * FROM sources")}
    assert {slug: row["state"] for slug, row in rows.items()} == {"guardian": "pending", "hackernews": "pending"}
    assert "secret" not in str(rows)
    assert rows["hackernews"]["category"] == "technology"


async def test_with_a_sandbox_every_provider_is_polled(infra: Infrastructure, database: Database) -> None:
    for _ in range(2):
        await sources.ensure_providers(configured(sandbox_url=SANDBOX))
    slugs = [row["slug"] for row in database.rows("SELECT slug FROM sources ORDER BY slug")]
    assert slugs == ["guardian", "hackernews", "newsapi", "reddit"]


async def test_a_provider_that_is_no_longer_configured_is_paused_and_says_how_to(
    infra: Infrastructure, database: Database
) -> None:
    await sources.ensure_providers(configured(guardian_key="x"))
    await sources.ensure_providers(configured())
    row = database.row("SELECT * FROM sources WHERE slug = 'guardian'")
    assert (row["state"], row["next_fetch_at"]) == ("paused", None)
    assert row["state_reason"] == "It is not configured: set TIDINGS_GUARDIAN_KEY."
    await sources.ensure_providers(configured(guardian_key="x"))
    row = database.row("SELECT * FROM sources WHERE slug = 'guardian'")
    assert (row["state"], row["state_reason"]) == ("pending", None)
    assert row["next_fetch_at"] is not None


async def test_a_provider_that_is_read_elsewhere_forgets_where_it_was(
    infra: Infrastructure, database: Database
) -> None:
    await sources.ensure_providers(configured(sandbox_url=SANDBOX))
    database.rows("""UPDATE sources SET fetch_cursor = '{"newest": 7}'""")
    await sources.ensure_providers(configured(sandbox_url=SANDBOX, guardian_key="x", hackernews_enabled=False))
    cursors = {row["slug"]: row["fetch_cursor"] for row in database.rows("SELECT slug, fetch_cursor FROM sources")}
    assert cursors["guardian"] == {}
    assert cursors["newsapi"] == {"newest": 7}
