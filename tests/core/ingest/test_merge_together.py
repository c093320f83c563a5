"""Several workers that merge at once."""

import asyncio
from datetime import timedelta
from uuid import UUID

from core.infra.context import Infrastructure
from core.infra.db import connection
from core.ingest.repository import IngestRepository
from core.ingest.types import MergeResult, NormalisedArticle
from core.kit.principal import NEWSROOM_ID, job
from tests.support.drafts import NOW, article, distinct
from tests.support.process import Database

PRINCIPAL = job(NEWSROOM_ID)


async def merge(infra: Infrastructure, source: UUID, articles: list[NormalisedArticle]) -> MergeResult:
    async with infra.unit_of_work(PRINCIPAL):
        return await IngestRepository(await connection(), PRINCIPAL).merge(source, articles, now=NOW)


async def test_two_workers_with_the_same_articles_store_each_once(infra: Infrastructure, database: Database) -> None:
    sources = [database.source(f"source-{number}") for number in range(4)]
    batch = [distinct(number) for number in range(100)]
    orders = [batch, batch[::-1], batch[50:] + batch[:50], batch[1::2] + batch[::2]]
    results = await asyncio.gather(*(merge(infra, *pair) for pair in zip(sources, orders, strict=True)))
    assert sorted(result.new for result in results) == [0, 0, 0, 100]
    assert sum(result.duplicate for result in results) == 300
    assert database.rows("SELECT DISTINCT origin_count FROM articles") == [{"origin_count": 4}]
    assert database.count("articles") == 100


async def test_two_workers_with_the_same_text_store_it_once(infra: Infrastructure, database: Database) -> None:
    """No unique index forbids it: only that they take turns."""
    sources = [database.source(f"source-{number}") for number in range(4)]
    copies = [
        article(str(n), url=f"https://site-{n}.example/", published_at=NOW - timedelta(hours=n)) for n in range(4)
    ]
    results = await asyncio.gather(
        *(merge(infra, source, [copy]) for source, copy in zip(sources, copies, strict=True))
    )
    assert sum((result for result in results), MergeResult()) == MergeResult(new=1, duplicate=3)
    assert database.row("SELECT origin_count FROM articles")["origin_count"] == 4


async def test_edits_and_removals_at_once_end_in_one_of_the_orders(infra: Infrastructure, database: Database) -> None:
    source = database.source("a")
    await merge(infra, source, [distinct(number) for number in range(20)])

    async def edit(version: int) -> MergeResult:
        titles = [f"Version {version} of headline number {number} in the paper" for number in range(20)]
        return await merge(infra, source, [distinct(n, title=title) for n, title in enumerate(titles)])

    results = await asyncio.gather(*(edit(version) for version in range(5)))
    assert [result.updated for result in results] == [20] * 5
    assert database.rows("SELECT DISTINCT revision FROM articles") == [{"revision": 6}]
    assert database.count("article_revisions") == 100


async def test_a_failed_merge_leaves_nothing_behind(infra: Infrastructure, database: Database) -> None:
    source = database.source("a")
    try:
        async with infra.unit_of_work(PRINCIPAL):
            await IngestRepository(await connection(), PRINCIPAL).merge(source, [article()], now=NOW)
            raise RuntimeError("the worker stumbles")
    except RuntimeError:
        pass
    assert database.count("articles") == 0
    assert await merge(infra, source, [article()]) == MergeResult(new=1)
