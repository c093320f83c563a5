"""A whole poll on its way into the store."""

from uuid import UUID

import pytest

from core.infra.cache import ARTICLES, generation_key
from core.infra.context import Infrastructure
from core.ingest import service
from core.ingest.service import ingest
from core.ingest.types import MergeResult, SourceProfile
from core.kit.principal import NEWSROOM_ID, job
from core.upstreams.types import Draft
from tests.support.drafts import LEAD, NOW, draft
from tests.support.process import Database

PRINCIPAL = job(NEWSROOM_ID)


def some(count: int, **members: object) -> list[Draft]:
    return [
        draft(str(n), title=f"Number {n} of many headlines that differ", summary=f"Lead number {n}. {LEAD}", **members)
        for n in range(count)
    ]


async def store(source: UUID, drafts: list[Draft]) -> tuple[MergeResult, tuple[str, ...]]:
    return await ingest.store(PRINCIPAL, SourceProfile(source, "A source"), drafts, now=NOW)


async def generation(infra: Infrastructure) -> bytes | None:
    value = await infra.redis.call("GET", generation_key(ARTICLES))
    return value if value is None else bytes(value)


async def test_bad_items_are_reported_and_their_neighbours_stored(infra: Infrastructure, database: Database) -> None:
    drafts = some(5)
    drafts[1] = draft("1", url="javascript:alert(1)")
    drafts[3] = draft("3", title="", summary=None)
    result, rejected = await store(database.source("a"), drafts)
    assert result == MergeResult(new=3)
    assert [reason.split(":")[0] for reason in rejected] == ["item 2", "item 4"]


async def test_what_the_database_refuses_is_found_and_left_out(infra: Infrastructure, database: Database) -> None:
    """A check of the database's own stands for whatever else it may refuse."""
    database.rows("ALTER TABLE articles ADD CONSTRAINT no_poison CHECK (title !~ '^Poison')")
    try:
        drafts = some(40)
        drafts[17] = draft("17", title="Poison that the database does not take")
        drafts[30] = draft("30", title="Poison of another kind, and a longer title")
        result, rejected = await store(database.source("a"), drafts)
    finally:
        database.rows("ALTER TABLE articles DROP CONSTRAINT no_poison")
    assert result == MergeResult(new=38)
    assert rejected == ("the database does not take it",) * 2
    assert database.row("SELECT article_count FROM sources")["article_count"] == 38


async def test_a_long_poll_is_stored_slice_by_slice(
    infra: Infrastructure, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "SLICE_DRAFTS", 7)
    source = database.source("a")
    assert await store(source, some(20)) == (MergeResult(new=20), ())
    transactions = database.rows("SELECT xmin::text, count(*) AS n FROM articles GROUP BY xmin ORDER BY n")
    assert [row["n"] for row in transactions] == [6, 7, 7]


def test_slices_are_neither_too_many_nor_too_long() -> None:
    long = draft("x", content_html="x" * (service.SLICE_CHARACTERS // 2))
    lengths = [len(slice_) for slice_ in service.slices([long] * 4 + [draft("y")] * 1_200)]
    assert lengths == [2, 2, 500, 500, 200]


async def test_hostile_items_lose_none_of_a_thousand_neighbours(infra: Infrastructure, database: Database) -> None:
    hostile = [
        draft("h0", url="https://www.example.org/" + "a" * 5_000),
        draft("h1", content_html="<div>" * 40_000),
        draft("h2", title="\x00\ud800\u202e" * 100, summary=None),
        draft("h3", published_at=NOW.replace(year=9999), title="A headline from the year of the last date there is"),
        draft("h4", title="word" * 10_000, summary="w" * 100_000, content_html="x" * 3_000_000),
        draft(
            "h5", sections=tuple("s" * 1_000 for _ in range(1_000)), title="An item of a thousand sections, all of s"
        ),
        draft("h6", url="https://xn--" + "a" * 300 + ".example/"),
        draft("h7", title="' OR 1=1; DROP TABLE articles; --", summary="$$; COPY articles FROM PROGRAM 'id'; $$ \\."),
    ]
    drafts = some(1_000)
    for number, item in enumerate(hostile):
        drafts.insert(number * 120, item)
    result, rejected = await store(database.source("a"), drafts)
    assert len(rejected) == 3
    assert result.new == 1_000 + len(hostile) - 3


async def test_cached_pages_are_dropped_when_something_changed_and_only_then(
    infra: Infrastructure, database: Database
) -> None:
    source = database.source("a")
    before = await generation(infra)
    await store(source, some(3))
    after = await generation(infra)
    assert before != after
    await store(source, some(3))
    assert await generation(infra) == after


async def test_several_items_under_one_guid_are_several_articles(infra: Infrastructure, database: Database) -> None:
    drafts = [
        draft("1", url=f"https://www.example.org/{n}", title=f"Headline number {n} of the feed") for n in range(4)
    ]
    source = database.source("a")
    assert (await store(source, drafts))[0] == MergeResult(new=4)
    assert (await store(source, drafts))[0] == MergeResult()


async def test_forgetting_needs_a_unit_of_work_and_drops_cached_pages(
    infra: Infrastructure, database: Database
) -> None:
    source = database.source("a")
    await store(source, some(2))
    before = await generation(infra)
    async with infra.unit_of_work(PRINCIPAL):
        await ingest.forget(PRINCIPAL, source)
    assert database.count("articles") == 0
    assert await generation(infra) != before
