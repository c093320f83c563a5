"""Rows a second into a filled database: the set-based merge against plain inserts, row by row.

Both write the same tables with the same indexes, at 200,000 articles; a fifth of the rows were seen before. The peer
commits each article, as a loop over a feed's items does, and does less: it recognises no texts, edits or removals, it
only skips known addresses.
"""

import asyncio
import hashlib
import resource
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from statistics import median
from typing import Any
from uuid import UUID

import psycopg

from bench import data
from bench.harness import ROOT
from bench.newsroom import prepare
from bench.report import Row, Section
from core.infra import migrate
from core.infra.db import Connection
from core.infra.embedded import EmbeddedPostgres
from core.infra.pooled_connection import PooledConnection
from core.infra.pools import application_conninfo
from core.ingest.repository import IngestRepository
from core.ingest.types import NormalisedArticle
from core.kit.ids import new_id
from core.kit.principal import NEWSROOM_ID, job

HOME = ROOT / ".bench" / "ingest"
STORED = 200_000
BATCH = 5_000
ROW_BY_ROW = 1_000
Store = Callable[[Connection, UUID, list[NormalisedArticle]], Awaitable[None]]
_NOW = datetime(2026, 11, 21, tzinfo=UTC)
_INSERT_ARTICLE = """
INSERT INTO articles (organization_id, id, source_id, provider_id, url, url_hash, fingerprint, title, summary,
  content_status, content_hash, author, language, category, topics, published_at, content_updated_at, search)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, article_search(%s, %s, %s, NULL))
ON CONFLICT (organization_id, url_hash) DO NOTHING
"""
_INSERT_ORIGIN = """
INSERT INTO article_origins (organization_id, source_id, provider_hash, article_id, provider_id, url, category,
  published_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""


def run(*, rounds: int) -> Section:
    """Medians of interleaved rounds, each in a transaction that is rolled back, so that every round finds the same."""
    HOME.mkdir(parents=True, exist_ok=True)
    with EmbeddedPostgres(HOME) as postgres:
        _take_back(postgres.url)  # what a run that was cut off has left
        prepare(postgres.url, STORED)
        return asyncio.run(_measure(postgres.url, rounds))


async def _measure(url: str, rounds: int) -> Section:
    with psycopg.connect(url) as owner:
        (source,) = owner.execute("SELECT id FROM sources ORDER BY id LIMIT 1").fetchone() or (UUID(int=0),)
        known = [url for (url,) in owner.execute("SELECT url FROM articles ORDER BY id LIMIT %s", (BATCH,))]
    rates: dict[str, list[float]] = {"as a set": [], "row by row": []}
    client: dict[str, list[float]] = {"as a set": [], "row by row": []}
    for number in range(rounds + 1):
        for name, count, store in (("as a set", BATCH, _merge), ("row by row", ROW_BY_ROW, _insert)):
            articles = [_article(number * BATCH + index, known) for index in range(count)]
            rate, cpu_us = await _timed(url, source, articles, store)
            if number:  # the first round warms up
                rates[name].append(rate)
                client[name].append(cpu_us)
    rows = [
        Row("rows a second", {name: median(values) for name, values in rates.items()}),
        Row("client CPU, µs a row", {name: median(values) for name, values in client.items()}),
    ]
    return Section(
        f"Ingest into {STORED:,} articles",
        rows,
        [
            ("rows a second against row by row", median(rates["as a set"]) / median(rates["row by row"]), 4.0),
            ("client CPU saved against row by row", median(client["row by row"]) / median(client["as a set"]), 50.0),
        ],
    )


async def _timed(url: str, source: UUID, articles: list[NormalisedArticle], store: Store) -> tuple[float, float]:
    """Rows a second and client µs a row; taken back afterwards, so that every round finds the same database."""
    async with _connection(url, PooledConnection if store is _merge else psycopg.AsyncConnection) as connection:
        began, cpu = time.perf_counter(), _cpu_s()
        await store(connection, source, articles)
        elapsed, spent = time.perf_counter() - began, _cpu_s() - cpu
    _take_back(url)
    return len(articles) / elapsed, spent / len(articles) * 1e6


def _take_back(url: str) -> None:
    migrate.upgrade(url)
    with psycopg.connect(url) as owner:
        owner.execute("DELETE FROM articles WHERE url LIKE 'https://bench.example/%'")


async def _merge(connection: Connection, source: UUID, articles: list[NormalisedArticle]) -> None:
    await IngestRepository(connection, job(NEWSROOM_ID)).merge(source, articles, now=_NOW)
    await connection.commit()


async def _insert(connection: Connection, source: UUID, articles: list[NormalisedArticle]) -> None:
    for each in articles:
        identity = new_id()
        cursor = await connection.execute(
            _INSERT_ARTICLE,
            (
                NEWSROOM_ID, identity, source, each.provider_id, each.url, each.url_hash, each.fingerprint, each.title,
                each.summary, each.content_status, each.content_hash, each.author, each.language, each.category,
                list(each.topics), each.published_at, _NOW, each.language, each.title, each.summary,
            ),
        )  # fmt: skip
        if cursor.rowcount:
            await connection.execute(
                _INSERT_ORIGIN,
                (
                    NEWSROOM_ID, source, each.provider_hash, identity, each.provider_id, each.url, each.category,
                    each.published_at,
                ),
            )  # fmt: skip
        await connection.commit()


@asynccontextmanager
async def _connection(url: str, kind: type[psycopg.AsyncConnection[Any]]) -> AsyncIterator[Any]:
    connection = await kind.connect(application_conninfo(url))
    connection.prepare_threshold = 0
    try:
        await connection.execute(
            "SELECT set_config('tidings.organization_id', %s, false), set_config('statement_timeout', '0', false)",
            (str(NEWSROOM_ID),),
        )
        await connection.commit()
        yield connection
    finally:
        await connection.close()


def _article(number: int, known: list[str]) -> NormalisedArticle:
    """An article of its own; each fifth has the address of one that is stored."""
    url = f"https://bench.example/{number}" if number % 5 else known[number % len(known)]
    digest = hashlib.blake2b(url.encode(), digest_size=16).digest()
    words = data.SEARCHES["common"]
    return NormalisedArticle(
        provider_id=url,
        provider_hash=hashlib.blake2b(b"bench" + url.encode(), digest_size=16).digest(),
        url=url,
        url_hash=digest,
        fingerprint=hashlib.blake2b(b"text" + url.encode(), digest_size=16).digest(),
        title=f"Town council counts the {words} votes of ward {number} again",
        summary="A recount in the harbour district moved eleven ballots, and with them one seat on the council.",
        content_html=None,
        content_text=None,
        content_status="excerpt",
        content_hash=digest,
        author="Ines Marlowe",
        image_url=None,
        language="en",
        category="politics",
        topics=("politics",),
        sentiment=None,
        publisher=None,
        published_at=_NOW,
    )


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
