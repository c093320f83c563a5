"""The newsroom of test keys is the same one everywhere."""

import asyncio
from typing import Any
from uuid import UUID

import psycopg

from core.kit.principal import NEWSROOM_ID, SANDBOX_NEWSROOM_ID
from core.sandbox.archive import Archive
from core.sandbox.clock import EPOCH
from core.sandboxes import newsroom
from core.sandboxes.service import sandboxes
from tests.support.infrastructure import opened

_TABLES = {
    "sources": "slug",
    "articles": "id",
    "article_origins": "source_id, provider_hash",
    "article_revisions": "article_id, revision",
}


def everything(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of the newsroom, every column."""
    with psycopg.connect(url) as owner:
        return {
            table: owner.execute(
                f"SELECT * FROM {table} WHERE organization_id = %s ORDER BY {order}",
                [SANDBOX_NEWSROOM_ID],
            ).fetchall()
            for table, order in _TABLES.items()
        }


def one(url: str, query: str, *values: object) -> Any:
    with psycopg.connect(url) as owner:
        row = owner.execute(query, values).fetchone()
    return None if row is None else row[0]


async def test_two_instances_have_the_same_newsroom_to_the_last_column(postgres_url: str, redis_url: str) -> None:
    filled = []
    for settings in ({}, {"poll_interval_seconds": 7, "reddit_subreddits": ("elsewhere",), "user_agent": "Other"}):
        async with opened(postgres_url, redis_url, **settings) as infra:
            assert await sandboxes.fill_newsroom()
            filled.append(everything(infra.db.url))
    for table in _TABLES:
        assert filled[0][table] == filled[1][table], table
    assert len(filled[0]["articles"]) > 0.7 * len(Archive().articles)
    assert filled[0]["article_revisions"]


async def test_filling_it_again_changes_nothing_and_another_edition_takes_its_place(
    postgres_url: str, redis_url: str
) -> None:
    async with opened(postgres_url, redis_url) as infra:
        assert await sandboxes.fill_newsroom()
        before = everything(infra.db.url)
        assert not await sandboxes.fill_newsroom()
        with psycopg.connect(infra.db.url) as owner:
            owner.execute(
                "UPDATE sources SET fetch_cursor = '{\"edition\": \"an older one\"}', name = 'Renamed'"
                " WHERE organization_id = %s AND slug = 'guardian'",
                [SANDBOX_NEWSROOM_ID],
            )
        assert await sandboxes.fill_newsroom()
        assert everything(infra.db.url) == before


async def test_it_shows_what_a_client_has_to_deal_with_and_is_never_polled(postgres_url: str, redis_url: str) -> None:
    async with opened(postgres_url, redis_url) as infra:
        await sandboxes.fill_newsroom()
        url = infra.db.url
        states = "SELECT array_agg(DISTINCT state ORDER BY state) FROM sources WHERE organization_id = %s"
        assert one(url, states, SANDBOX_NEWSROOM_ID) == ["gone", "healthy", "throttled"]
        due = "SELECT count(*) FROM sources WHERE organization_id = %s AND next_fetch_at IS NOT NULL"
        assert one(url, due, SANDBOX_NEWSROOM_ID) == 0
        for trait in ("content_status = 'removed'", "revision > 1", "origin_count > 1", "language = 'ja'"):
            found = f"SELECT count(*) FROM articles WHERE organization_id = %s AND {trait}"
            assert one(url, found, SANDBOX_NEWSROOM_ID) > 0, trait
        newest = "SELECT max(published_at) <= %s AND max(ingested_at) <= %s FROM articles WHERE organization_id = %s"
        assert one(url, newest, EPOCH, EPOCH, SANDBOX_NEWSROOM_ID)
        assert one(url, "SELECT count(*) FROM articles WHERE organization_id = %s", NEWSROOM_ID) == 0


def test_a_frozen_id_is_a_uuid_of_its_time_and_depends_on_the_name_alone() -> None:
    first, same = newsroom.frozen_id("a", EPOCH), newsroom.frozen_id("a", EPOCH)
    assert first == same != newsroom.frozen_id("b", EPOCH)
    assert (first.version, first.variant) == (7, UUID(int=first.int).variant)
    assert first.int >> 80 == int(EPOCH.timestamp() * 1000)


async def test_several_that_fill_it_at_once_fill_it_once(postgres_url: str, redis_url: str) -> None:
    async with opened(postgres_url, redis_url) as infra:
        assert sorted(await asyncio.gather(*(sandboxes.fill_newsroom() for _ in range(3)))) == [False, False, True]
        assert len(everything(infra.db.url)["articles"]) > 500
