"""Full-text search: in every language, in any form of a word, and quickly found whether rare or frequent."""

from typing import Any
from uuid import UUID

import pytest

from core.articles.service import articles
from core.articles.types import ArticleQuery, Total
from core.infra.context import Infrastructure
from core.kit.principal import Principal
from tests.support.articles import Shelf

pytestmark = pytest.mark.usefixtures("infra")


async def _found(principal: Principal, q: str, **values: Any) -> list[UUID]:
    return [row.id for row in (await articles.list(principal, ArticleQuery(q=q, **values))).rows]


async def test_words_are_found_in_the_forms_of_the_articles_own_language(shelf: Shelf, reader: Principal) -> None:
    source = shelf.source()
    english = shelf.article(source, title="Running in the city")
    german = shelf.article(source, title="Die Häuser am Fluss", language="de")
    other = shelf.article(source, title="Qapla batlh je", language="und")
    assert await _found(reader, "runs") == [english]
    assert await _found(reader, "haus") == [german]
    assert await _found(reader, "batlh") == [other]
    assert await _found(reader, "haus", language="de") == [german]
    assert await _found(reader, "haus", language="en") == []


async def test_quotes_or_and_minus_mean_what_they_say(shelf: Shelf, reader: Principal) -> None:
    source = shelf.source()
    both = shelf.article(source, title="Solid state battery")
    apart = shelf.article(source, title="The state of the battery is solid")
    wind = shelf.article(source, title="Wind turbines")
    assert await _found(reader, "solid battery") == [apart, both]
    assert await _found(reader, '"solid state"') == [both]
    assert await _found(reader, "turbine or battery") == [wind, apart, both]
    assert await _found(reader, "battery -state") == []
    assert await _found(reader, "state -turbines") == [apart, both]
    assert await _found(reader, "-battery") == [wind]


async def test_a_word_left_out_is_left_out_in_the_articles_language(shelf: Shelf, reader: Principal) -> None:
    source = shelf.source()
    shelf.article(source, title="Comet running late")  # “running” is “run” in English and itself in German
    kept = shelf.article(source, title="Comet in sight")
    assert await _found(reader, "comet -running") == [kept]
    total = (await articles.list(reader, ArticleQuery(q="comet -running", count="exact"))).total
    assert total is not None
    assert total.value == 1


async def test_title_summary_and_text_are_searched(shelf: Shelf, reader: Principal) -> None:
    source = shelf.source()
    for member, text in (("title", "Comet"), ("summary", "A comet."), ("content_text", "Of comets.")):
        values: dict[str, Any] = {member: text}
        shelf.article(source, **values)
    assert len(await _found(reader, "comet")) == 3


@pytest.mark.parametrize(
    "q", ["the", '"', "-", "a & b", "!", "'; DROP TABLE articles; --", "%s", "\\", "()", "🦆", "<->"]
)
async def test_any_text_is_a_question(shelf: Shelf, reader: Principal, q: str) -> None:
    shelf.article(shelf.source())
    assert await _found(reader, q) == []


async def test_frequent_and_rare_words_are_paged_alike(infra: Infrastructure, shelf: Shelf, reader: Principal) -> None:
    """Of 5,200: “comet” fills a page at once, “hundredth” after a longer walk; “oldest” is looked up and sorted; there
    are too many of “early” to sort, and none among the newest.
    """
    source = shelf.source()
    shelf.execute(_MANY, source)
    shelf.execute("ANALYZE articles")
    for word, number in (("comet", 5200), ("tenth", 520), ("hundredth", 52), ("oldest", 40), ("early", 3100)):
        for ascending in (False, True):
            seen: list[str] = []
            cursor = None
            while len(seen) < 60:
                query = ArticleQuery(q=word, cursor=cursor, sort="published_at" if ascending else "-published_at")
                page = await articles.list(reader, query)
                seen += [row.provider_id for row in page.rows]
                cursor = page.next_cursor
                if cursor is None:
                    break
            numbers = [int(id_) for id_ in seen]
            assert numbers == sorted(numbers, reverse=not ascending)
            assert len(set(numbers)) == len(numbers) == min(number, 60)
        numbered = await articles.list_numbered(reader, ArticleQuery(q=word), page=2, limit=30)
        assert numbered.total == Total(number, "eq")
        assert len(numbered.rows) == min(30, max(0, number - 30))
    assert len(await _found(reader, "comet", source="guardian", limit=100)) == 100
    assert len(await _found(reader, "hundredth", source="guardian", limit=100)) == 52
    assert len(await _found(reader, "hundredth", source="guardian", sort="-ingested_at")) == 20


_MANY = """
WITH made AS (
  INSERT INTO articles (organization_id, id, source_id, provider_id, url, url_hash, fingerprint, title, content_status,
    content_hash, language, category, topics, published_at, ingested_at, content_updated_at, search)
  SELECT s.organization_id, gen_random_uuid(), s.id, n, 'https://news.example.org/' || n,
    decode(md5(n::text), 'hex'), '', t.title, 'excerpt', '', 'en', 'world', '{world}',
    now() + n * interval '1 second', now(), now(), article_search('en', t.title, NULL, NULL)
  FROM sources s, generate_series(1, 5200) n, LATERAL (SELECT 'Comet' || CASE WHEN n %% 10 = 0 THEN ' tenth' ELSE '' END
    || CASE WHEN n %% 100 = 0 THEN ' hundredth' ELSE '' END || CASE WHEN n <= 40 THEN ' oldest' ELSE '' END
    || CASE WHEN n <= 3100 THEN ' early' ELSE '' END AS title) t
  WHERE s.id = %s RETURNING *)
INSERT INTO article_origins
  (organization_id, source_id, provider_hash, article_id, provider_id, url, category, published_at)
SELECT organization_id, source_id, url_hash, id, provider_id, url, category, published_at FROM made
"""


async def test_the_languages_with_forms_are_those_that_have_a_configuration_of_their_own(infra: Infrastructure) -> None:
    async with infra.db.newsroom_reads() as connection:
        cursor = await connection.execute(
            "SELECT chr(a) || chr(b) FROM generate_series(97, 122) a, generate_series(97, 122) b"
            " WHERE search_configuration(chr(a) || chr(b)) <> 'simple'::regconfig ORDER BY 1"
        )
        configured = [row[0] for row in await cursor.fetchall()]
        listed = await (await connection.execute("SELECT search_languages()")).fetchone()
    assert listed is not None
    assert configured == sorted(listed[0])
