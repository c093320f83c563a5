"""What the database writes when an article is stored is what the handlers write from its columns, byte for byte."""

from datetime import UTC, datetime, timedelta
from itertools import product
from types import ModuleType
from typing import Any
from uuid import UUID

import psycopg
import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from core.articles.service import articles
from core.articles.types import ArticleQuery
from core.infra import migrate
from core.infra.context import Infrastructure
from core.infra.db import connection
from core.ingest.repository import IngestRepository
from core.ingest.sentiment import sentiment_of
from core.kit import ids, json
from core.kit.principal import NEWSROOM_ID, Principal, job
from handlers.v1.shapes import articles as v1
from handlers.v2.shapes import articles as v2
from handlers.v2.shapes.lists import page
from tests.support.articles import NOON, Shelf
from tests.support.drafts import NOW, article
from tests.support.infrastructure import OTHER_ID

pytestmark = pytest.mark.usefixtures("infra")

ODD_TEXTS = (
    "".join(map(chr, range(1, 32))),
    "\x01 and \x02 are where the source goes",
    '"quoted", \\backslashed\\ and /slashed/',
    "\x7f\x80\x9f\u2028\u2029\ufeff\ufffd\uffff",
    "Ein Fluß, 河流, نهر, \U0001f30a\U0010ffff e\u0301",
    "%s %(name)s {} $1 \\u0001 </script>",
    "",
    "long " * 4000,
)
ODD_TIMES = (
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC),
    datetime(2026, 3, 1, 0, 0, 0, 1, UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999_500, UTC),
)
SENTIMENTS = (
    None,
    '{"label": "neutral", "score": 0.0, "model": "vader-3.3.2"}',
    '{"label": "negative", "score": -0.9999, "model": "vader-3.3.2"}',
    '{"label": "positive", "score": 1, "model": "vader-3.3.2"}',
    json.dumps(sentiment_of("What a wonderful, happy and great day", None, language="en")).decode(),
)


@pytest.fixture
def odd(shelf: Shelf) -> tuple[UUID, UUID]:
    """Two sources, a feed and none, whose articles hold what is easily written wrongly."""
    feed = shelf.source("feed-1", name='The "Feed" \x02\\ \U0001f4f0')
    other = shelf.source("guardian", kind="guardian", name="The Guardian")
    for text, optional in product(ODD_TEXTS, (True, False)):
        values: dict[str, Any] = {"title": text, "content_text": text, "url": f"https://x.example/{text}{optional}"}
        if optional:
            values["summary"] = text
        row = shelf.article(feed, also_in=[other], **values)
        if optional:
            shelf.execute(
                "UPDATE articles SET author = %s, image_url = %s, publisher = %s, provider_id = %s, topics = %s,"
                " origin_count = 2, revision = 2147483647 WHERE id = %s",
                text, text, text, text, [text, "world", text], row,
            )  # fmt: skip
    for at, sentiment in product(ODD_TIMES, SENTIMENTS):
        shelf.article(other, published_at=at, sentiment=sentiment)
    shelf.article(other, id=UUID(int=1), category="science")
    shelf.article(other, id=UUID(int=2**128 - 1), language="de")
    shelf.article(feed, content_status="full", content_html="<p>x</p>")
    shelf.of(OTHER_ID).article(shelf.of(OTHER_ID).source("private"), title="Private")
    return feed, other


async def both_ways(principal: Principal, **values: Any) -> int:
    """Compares each page of a list as it comes from rows with what comes from fragments; how many articles it has."""
    seen, cursor, number = 0, None, 1
    while True:
        query = ArticleQuery(**values, limit=7, cursor=cursor)
        rows, written = await articles.list(principal, query), await articles.list(principal, query, version="v2")
        assert rows.rows
        assert written.rows == ()
        assert written.fragments is not None
        from_rows = page("/v2/articles", rows, v2.article_out, {"limit": 7})
        data = v2.fragments_out(written.fragments)
        from_fragments = page("/v2/articles", written, v2.article_out, {"limit": 7}, data=data)
        assert (from_fragments.body, from_fragments.headers) == (from_rows.body, from_rows.headers)
        numbered = await articles.list_numbered(principal, query, page=number, limit=7)
        as_v1 = await articles.list_numbered(principal, query, page=number, limit=7, version="v1")
        assert as_v1.fragments is not None
        assert v1.list_out(as_v1, page=number, limit=7).body == v1.list_out(numbered, page=number, limit=7).body
        seen, cursor, number = seen + len(rows.rows), rows.next_cursor, number + 1
        if cursor is None:
            return seen


async def test_every_article_is_written_as_its_columns_say(
    odd: tuple[UUID, UUID], reader: Principal, tenant: Principal
) -> None:
    total = len(ODD_TEXTS) * 2 + len(ODD_TIMES) * len(SENTIMENTS) + 3
    for sort in ("-published_at", "published_at", "-ingested_at", "ingested_at"):
        assert await both_ways(reader, sort=sort) == total
        assert await both_ways(tenant, sort=sort) == total + 1
        assert await both_ways(reader, sort=sort, language="en") == total - 1
    assert await both_ways(reader, category="science") == 1
    assert await both_ways(reader, q="long") == 2


async def test_a_list_of_one_source_shows_the_articles_as_that_source_s(
    odd: tuple[UUID, UUID], reader: Principal, tenant: Principal
) -> None:
    feed, other = odd
    for principal, sort in product((reader, tenant), ("-published_at", "ingested_at")):
        assert await both_ways(principal, sort=sort, feed=ids.encode("feed", feed)) == len(ODD_TEXTS) * 2 + 1
        everything = len(ODD_TEXTS) * 2 + len(ODD_TIMES) * len(SENTIMENTS) + 2
        assert await both_ways(principal, sort=sort, source=ids.encode("src", other)) == everything
    assert await both_ways(reader, source="guardian", q="long") == 2


async def test_a_source_that_was_renamed_is_shown_with_its_new_name(
    odd: tuple[UUID, UUID], shelf: Shelf, reader: Principal
) -> None:
    await both_ways(reader)
    shelf.execute("UPDATE sources SET name = 'Renamed', slug = 'renamed' WHERE slug = 'guardian'")
    await both_ways(reader)
    found = await articles.list(reader, ArticleQuery(source="renamed", limit=1), version="v2")
    assert found.fragments is not None
    assert b'"name":"Renamed"' in v2.fragments_out(found.fragments)


async def test_what_ingest_changes_is_written_again(infra: Infrastructure, shelf: Shelf, reader: Principal) -> None:
    first, second = shelf.source("first"), shelf.source("second", kind="guardian")
    principal = job(NEWSROOM_ID)
    draft, edited = article(), article(title="Another headline for the same article altogether")

    async def merge(source: UUID, *drafts: Any, removals: Any = ()) -> None:
        async with infra.unit_of_work(principal):
            repository = IngestRepository(await connection(), principal)
            await repository.merge(source, drafts, removals=[one.provider_hash for one in removals], now=NOW)

    await merge(first, draft)
    assert await both_ways(reader) == 1
    await merge(first, edited)
    await merge(second, draft)  # another origin
    assert await both_ways(reader) == 1
    await merge(first, removals=[draft])  # goes over to the second source
    assert await both_ways(reader) == 1
    (row,) = (await articles.list(reader, ArticleQuery())).rows
    assert (row.source_slug, row.revision) == ("second", 2)


async def test_nobody_can_write_a_fragment_that_differs(shelf: Shelf, reader: Principal) -> None:
    shelf.article(shelf.source())
    shelf.execute("UPDATE articles SET fragment_v1 = '{}', fragment_v2 = '{}'")
    assert await both_ways(reader) == 1


async def test_an_article_that_is_not_rendered_yet_is_answered_from_its_columns(
    infra: Infrastructure, shelf: Shelf, reader: Principal
) -> None:
    source = shelf.source()
    newest = NOON + timedelta(days=1)
    for at in (NOON, NOON, NOON, newest):
        shelf.article(source, published_at=at)
    query = ArticleQuery(limit=2)
    written = await articles.list(reader, query, version="v2")
    with psycopg.connect(infra.db.url) as owner:
        owner.execute("ALTER TABLE articles DISABLE TRIGGER render_article")  # as before the migration
        owner.execute("UPDATE articles SET fragment_v1 = NULL, fragment_v2 = NULL WHERE published_at = %s", (newest,))
        owner.execute("ALTER TABLE articles ENABLE TRIGGER render_article")
    unwritten = await articles.list(reader, query, version="v2")
    assert written.fragments is not None
    assert unwritten.fragments is None
    asked = {"limit": 2}
    answers = [
        page("/v2/articles", written, v2.article_out, asked, data=v2.fragments_out(written.fragments)),
        page("/v2/articles", unwritten, v2.article_out, asked),
    ]
    assert answers[0].body == answers[1].body
    assert answers[0].headers == answers[1].headers
    numbered = await articles.list_numbered(reader, query, page=1, limit=2, version="v1")
    assert (len(numbered.rows), numbered.fragments) == (2, None)


def test_the_migration_renders_what_was_stored_before_it_and_waits_for_nobody(
    infra: Infrastructure, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = shelf.source()
    stored = sorted(shelf.article(source) for _ in range(7))
    migration = ScriptDirectory.from_config(migrate._config()).get_revision("20261121_06").module
    monkeypatch.setattr(migration, "_BATCH", 2)
    with psycopg.connect(infra.db.url) as owner:
        owner.execute("ALTER TABLE articles DISABLE TRIGGER render_article")
        owner.execute("UPDATE articles SET fragment_v1 = NULL, fragment_v2 = NULL")
        owner.execute("ALTER TABLE articles ENABLE TRIGGER render_article")
    rendered = "SELECT id FROM articles WHERE fragment_v1 IS NOT NULL AND fragment_v2 IS NOT NULL ORDER BY id"
    with psycopg.connect(infra.db.url) as owner, psycopg.connect(infra.db.url) as other:
        other.execute("SELECT FROM articles WHERE id = %s FOR UPDATE", (stored[3],))
        _backfill(infra.db.url, migration)
        assert [row[0] for row in owner.execute(rendered)] == [id_ for id_ in stored if id_ != stored[3]]
        other.rollback()
        _backfill(infra.db.url, migration)
        assert [row[0] for row in owner.execute(rendered)] == stored


def _backfill(url: str, migration: ModuleType) -> None:
    with migrate._engine(url).connect() as connection:
        autocommit = connection.execution_options(isolation_level="AUTOCOMMIT")
        with Operations.context(MigrationContext.configure(autocommit)):
            migration._render_what_is_stored()
