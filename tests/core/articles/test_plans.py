"""Each kind of list is answered by its index: what PostgreSQL plans for 20,000 articles, under row-level security."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import psycopg
import pytest

from core.articles import queries
from core.articles.queries import Shape
from core.infra.context import Infrastructure
from core.kit.ids import new_id
from core.kit.principal import NEWSROOM_ID, Principal
from tests.support.articles import NOON, Shelf
from tests.support.infrastructure import OTHER_ID, opened

PLAIN = Shape(1, False, False, False, False, False, False, False)
BOTH = PLAIN._replace(organizations=2)

_FILL = """
WITH made AS (
  INSERT INTO articles (organization_id, id, source_id, provider_id, url, url_hash, fingerprint, title, content_status,
    content_hash, language, category, topics, published_at, ingested_at, content_updated_at, search)
  SELECT s.organization_id, gen_random_uuid(), s.id, n, 'https://news.example.org/' || n,
    decode(md5(s.slug || n), 'hex'), '', 'Title ' || n, 'excerpt', '', (ARRAY['en', 'de', 'fr', 'es'])[1 + n %% 4],
    (ARRAY['business', 'culture', 'health', 'politics', 'science', 'sports', 'technology', 'world'])[1 + n / 4 %% 8],
    '{}',
    %s + n * interval '1 minute', %s + n * interval '1 minute', now(), article_search('en', 'Title ' || n, NULL, NULL)
  FROM sources s, generate_series(1, 2000) n RETURNING *)
INSERT INTO article_origins
  (organization_id, source_id, provider_hash, article_id, provider_id, url, category, published_at)
SELECT organization_id, source_id, url_hash, id, provider_id, url, category, published_at FROM made
"""


@pytest.fixture(scope="module")
async def stocked(postgres_url: str, redis_url: str) -> AsyncIterator[tuple[Infrastructure, UUID]]:
    """Ten sources of 2,000 articles each, three of them another organisation's; and the id of one of the newsroom's."""
    async with opened(postgres_url, redis_url) as infra:
        shelf = Shelf(infra.db.url)
        source, *_ = [shelf.source(f"source-{number}") for number in range(7)]
        for number in range(3):
            shelf.of(OTHER_ID).source(f"private-{number}")
        shelf.execute(_FILL, NOON, NOON)
        shelf.execute("VACUUM ANALYZE articles, article_origins, sources")
        shelf.close()
        yield infra, source


async def _plan(stocked: tuple[Infrastructure, UUID], text: str, *, skip: int = 0) -> list[dict[str, Any]]:
    """The nodes of the plan, for a key of the newsroom or, where the text asks for it, of the other organisation."""
    infra, source = stocked
    own = OTHER_ID if "%(own)s" in text else NEWSROOM_ID
    values = {
        "newsroom": NEWSROOM_ID, "own": own, "organizations": [NEWSROOM_ID], "category": "science", "language": "de",
        "since": NOON, "until": NOON.replace(year=2027), "after_at": NOON.replace(hour=22), "after_id": new_id(),
        "source": source, "source_organization": NEWSROOM_ID, "limit": 21, "skip": skip, "id": new_id(),
        "most": None, "words": "title",
    }  # fmt: skip
    async with infra.db.reads(Principal(own, new_id(), "api_key")) as connection:
        cursor = await connection.execute("EXPLAIN (FORMAT JSON) " + text, values)
        row = await cursor.fetchone()
    assert row is not None
    return list(_nodes(row[0][0]["Plan"]))


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", ()) for node in _nodes(child))]


def _indexes(nodes: list[dict[str, Any]]) -> set[str]:
    return {node["Index Name"] for node in nodes if "Index Name" in node}


def _sorts_articles(nodes: list[dict[str, Any]]) -> bool:
    return any(node["Node Type"] == "Sort" for node in nodes)


@pytest.mark.parametrize(
    ("shape", "index"),
    [
        (PLAIN, "ix_articles_published"),
        (PLAIN._replace(ascending=True), "ix_articles_published"),
        (PLAIN._replace(after=True), "ix_articles_published"),
        (PLAIN._replace(since=True, until=True), "ix_articles_published"),
        (PLAIN._replace(by_ingestion=True), "ix_articles_ingested"),
        (PLAIN._replace(by_ingestion=True, ascending=True, after=True), "ix_articles_ingested"),
        (PLAIN._replace(category=True), "ix_articles_category"),
        (PLAIN._replace(category=True, after=True), "ix_articles_category"),
        (PLAIN._replace(language=True), "ix_articles_language"),
        (PLAIN._replace(language=True, ascending=True, after=True), "ix_articles_language"),
    ],
)
async def test_a_page_is_one_scan_of_its_index_in_order(
    stocked: tuple[Infrastructure, UUID], shape: Shape, index: str
) -> None:
    nodes = await _plan(stocked, queries.page(shape))
    assert index in _indexes(nodes)
    assert not _sorts_articles(nodes)
    both = await _plan(stocked, queries.page(shape._replace(organizations=2)))
    assert [node.get("Index Name") for node in both].count(index) == 2  # one for each organisation


@pytest.mark.parametrize("shape", [PLAIN, PLAIN._replace(category=True), PLAIN._replace(language=True)])
async def test_a_deep_numbered_page_passes_over_an_index_only(
    stocked: tuple[Infrastructure, UUID], shape: Shape
) -> None:
    nodes = await _plan(stocked, queries.numbered_page(shape), skip=2000)
    assert [node["Node Type"] for node in nodes].count("Index Only Scan") == 1
    assert "pk_articles" in _indexes(nodes)


async def test_a_page_of_a_source_is_one_scan_in_order(stocked: tuple[Infrastructure, UUID]) -> None:
    for shape in (PLAIN, PLAIN._replace(ascending=True), PLAIN._replace(after=True, language=True)):
        nodes = await _plan(stocked, queries.page_of_source(shape))
        assert {"ix_article_origins_published", "pk_articles"} <= _indexes(nodes)
        assert not _sorts_articles(nodes)


async def test_one_article_and_its_revisions_are_looked_up_by_key(stocked: tuple[Infrastructure, UUID]) -> None:
    assert "pk_articles" in _indexes(await _plan(stocked, queries.ARTICLE))
    text = queries.REVISIONS.replace("%(below)s", "NULL")
    assert {"pk_articles", "pk_article_revisions"} <= _indexes(await _plan(stocked, text))


async def test_words_are_looked_up_in_the_gin_index_behind_the_door(stocked: tuple[Infrastructure, UUID]) -> None:
    """The door works as the owner; straight through the wall the same question reads every row."""
    infra, _ = stocked
    rare = (
        "SELECT id FROM articles WHERE removed_at IS NULL AND search @@ article_query('1234', NULL)"
        f" AND organization_id = '{NEWSROOM_ID}'"
    )
    with psycopg.connect(infra.db.url) as owner:
        row = owner.execute("EXPLAIN (FORMAT JSON) " + rare).fetchone()
    assert row is not None
    assert "ix_articles_search" in _indexes(_nodes(row[0][0]["Plan"]))
    assert "ix_articles_search" not in _indexes(await _plan(stocked, rare))
