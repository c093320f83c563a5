"""Lists, single articles and revisions, for the newsroom's keys and for another organisation's."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from core.articles.service import articles
from core.articles.types import ArticleList, ArticleQuery, Total
from core.errors import ArticleNotFound, Forbidden, InvalidCursor
from core.infra.cache import invalidate
from core.infra.context import Infrastructure
from core.kit.ids import encode, new_id
from core.kit.principal import Principal
from tests.support.articles import NOON, Shelf
from tests.support.infrastructure import OTHER_ID

pytestmark = pytest.mark.usefixtures("infra")

SORTS = ("-published_at", "published_at", "-ingested_at", "ingested_at")
SENTIMENT = '{"label": "neutral", "score": 0.0, "model": "vader-3.3.2"}'


async def _list(principal: Principal, **values: Any) -> ArticleList:
    return await articles.list(principal, ArticleQuery(**values))


async def _ids(principal: Principal, **values: Any) -> list[UUID]:
    return [row.id for row in (await _list(principal, **values)).rows]


async def _every_id(principal: Principal, **values: Any) -> list[UUID]:
    """All pages, one after the other."""
    seen: list[UUID] = []
    cursor = None
    while True:
        page = await _list(principal, cursor=cursor, **values)
        seen += [row.id for row in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            return seen


async def _codes(principal: Principal, **values: Any) -> list[str]:
    return [warning.code for warning in (await _list(principal, **values)).warnings]


async def test_articles_of_another_organisation_are_neither_listed_nor_found(
    shelf: Shelf, reader: Principal, tenant: Principal
) -> None:
    common = shelf.article(shelf.source())
    private_shelf = shelf.of(OTHER_ID)
    private = private_shelf.article(private_shelf.source("private"), title="Private matters")
    assert await _ids(reader) == [common]
    assert await _ids(tenant) == [private, common]
    assert await _ids(reader, q="private") == []
    assert await _ids(tenant, q="private") == [private]
    assert await _codes(reader, source="private") == ["unknown_source"]
    with pytest.raises(ArticleNotFound):
        await articles.get(reader, encode("art", private))
    with pytest.raises(ArticleNotFound):
        await articles.revisions(reader, encode("art", private), limit=10)
    assert (await articles.get(tenant, encode("art", private))).id == private


async def test_v1_tells_a_foreign_article_from_an_unknown_one(shelf: Shelf, reader: Principal) -> None:
    private_shelf = shelf.of(OTHER_ID)
    private = private_shelf.article(private_shelf.source("private"))
    with pytest.raises(Forbidden):
        await articles.get(reader, encode("art", private), reveal_foreign=True)
    with pytest.raises(ArticleNotFound):
        await articles.get(reader, encode("art", new_id()), reveal_foreign=True)


@pytest.mark.parametrize("article_id", ["", "art_", "art_" + "z" * 22, "src_" + "0" * 22, "1"])
async def test_an_id_that_is_none_is_not_found(reader: Principal, article_id: str) -> None:
    with pytest.raises(ArticleNotFound):
        await articles.get(reader, article_id)


async def test_a_cursor_belongs_to_its_question_and_its_caller(
    shelf: Shelf, reader: Principal, tenant: Principal
) -> None:
    source = shelf.source()
    for _ in range(3):
        shelf.article(source)
    cursor = (await _list(reader, limit=1)).next_cursor
    assert cursor is not None
    revisions = (await articles.list(reader, ArticleQuery(limit=1, sort="published_at"))).next_cursor
    for principal, values in (
        (tenant, {"cursor": cursor}),
        (reader, {"cursor": cursor, "category": "world"}),
        (reader, {"cursor": cursor, "sort": "published_at"}),
        (reader, {"cursor": revisions}),
        (reader, {"cursor": cursor[:-2] + "AA"}),
        (reader, {"cursor": "A"}),
    ):
        with pytest.raises(InvalidCursor):
            await _list(principal, **values)
    assert len(await _ids(reader, cursor=cursor, limit=2)) == 2  # another limit asks the same question


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("who", ["reader", "tenant"])
async def test_pages_hold_every_article_once_and_in_order(
    shelf: Shelf, request: pytest.FixtureRequest, sort: str, who: str
) -> None:
    principal = request.getfixturevalue(who)
    private_shelf = shelf.of(OTHER_ID)
    source, private = shelf.source(), private_shelf.source("private")
    made = []
    for number in range(12):  # three at each instant, and ingested in the opposite order
        at, ingested = NOON + timedelta(minutes=number // 3), NOON + timedelta(hours=1, minutes=-(number // 3))
        owner = private_shelf if who == "tenant" and number % 2 else shelf
        id_ = owner.article(private if owner is private_shelf else source, published_at=at, ingested_at=ingested)
        made.append(((ingested if "ingested" in sort else at), id_))
    expected = [id_ for _, id_ in sorted(made, reverse=sort.startswith("-"))]
    assert await _every_id(principal, sort=sort, limit=5) == expected
    for page in range(1, 4):
        numbered = await articles.list_numbered(principal, ArticleQuery(sort=sort), page=page, limit=5)
        assert [row.id for row in numbered.rows] == expected[(page - 1) * 5 : page * 5]
        assert numbered.total == Total(12, "eq")


async def test_filters_narrow_the_list_together(shelf: Shelf, reader: Principal) -> None:
    guardian, reddit = shelf.source("guardian"), shelf.source("reddit")
    first = shelf.article(guardian, category="science", language="de")
    second = shelf.article(guardian, category="science")
    third = shelf.article(reddit, category="world", also_in=[guardian])
    removed = shelf.article(reddit, category="world", removed_at=NOON)
    at = {id_: (await articles.get(reader, encode("art", id_))).published_at for id_ in (first, second, third)}
    for values, expected in (
        ({}, [third, second, first]),
        ({"category": "science"}, [second, first]),
        ({"language": "de"}, [first]),
        ({"category": "science", "language": "en"}, [second]),
        ({"source": "guardian"}, [third, second, first]),
        ({"source": "reddit"}, [third]),
        ({"source": encode("src", reddit)}, [third]),
        ({"feed": encode("feed", guardian), "category": "science"}, [second, first]),
        ({"source": "guardian", "language": "de"}, [first]),
        ({"from_": at[second]}, [third, second]),
        ({"to": at[second]}, [first]),
        ({"from_": at[second], "to": at[third], "source": "guardian"}, [second]),
    ):
        for sort in SORTS:
            order = expected if sort.startswith("-") else expected[::-1]
            assert await _ids(reader, sort=sort, **values) == order, values
            assert await _every_id(reader, sort=sort, limit=1, **values) == order, values
        for count in ("exact", "estimate"):
            total = (await _list(reader, count=count, **values)).total
            assert total is not None
            assert (total.value, total.relation) == (len(expected), "eq"), values
        numbered = await articles.list_numbered(reader, ArticleQuery(**values), page=1, limit=10)
        assert [row.id for row in numbered.rows] == expected, values
        assert numbered.total == Total(len(expected), "eq"), values
    assert removed not in await _ids(reader)


async def test_an_article_is_shown_with_its_first_source_or_with_the_one_asked_for(
    shelf: Shelf, reader: Principal
) -> None:
    guardian, reddit = shelf.source("guardian", kind="guardian", name="The Guardian"), shelf.source("reddit")
    shelf.article(guardian, also_in=[reddit], title="Comet seen", sentiment=SENTIMENT)
    (row,) = (await _list(reader)).rows
    assert (row.source_id, row.source_slug, row.source_name, row.source_kind) == (
        guardian, "guardian", "The Guardian", "guardian",
    )  # fmt: skip
    assert (row.topics, row.sentiment) == (["world"], {"label": "neutral", "score": 0.0, "model": "vader-3.3.2"})
    for values in ({}, {"q": "comet"}, {"sort": "ingested_at"}):
        (row,) = (await _list(reader, source="reddit", **values)).rows
        assert row.source_slug == "reddit"


async def test_an_article_that_a_source_carried_twice_is_listed_once(shelf: Shelf, reader: Principal) -> None:
    source = shelf.source()
    article = shelf.article(source)
    shelf.execute(
        "INSERT INTO article_origins SELECT organization_id, source_id, '\\x00', article_id, 'again', url, category,"
        " published_at FROM article_origins"
    )
    assert await _ids(reader, source="guardian") == [article]
    total = (await _list(reader, source="guardian", count="exact")).total
    assert total is not None
    assert total.value == 1


async def test_an_estimate_stops_counting_and_says_so(
    shelf: Shelf, reader: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.articles.service.ESTIMATE_STOPS_AT", 3)
    source = shelf.source()
    for _ in range(5):
        shelf.article(source, title="Comet")
    for values in ({}, {"source": "guardian"}, {"q": "comet"}):
        estimate = (await _list(reader, count="estimate", **values)).total
        exact = (await _list(reader, count="exact", **values)).total
        assert estimate is not None
        assert exact is not None
        assert (estimate.value, estimate.relation, exact.value, exact.relation) == (3, "gte", 5, "eq")


async def test_a_total_is_counted_again_when_articles_arrive(shelf: Shelf, reader: Principal) -> None:
    source = shelf.source()
    for expected in (1, 2):
        shelf.article(source)
        await invalidate("articles")
        for _ in range(2):
            numbered = await articles.list_numbered(reader, ArticleQuery(), page=1, limit=1)
            assert numbered.total == Total(expected, "eq")
    assert await articles.list_numbered(reader, ArticleQuery(), page=9, limit=1) == ArticleList(
        (), total=Total(2, "eq")
    )


async def test_an_empty_list_says_why(infra: Infrastructure, shelf: Shelf, reader: Principal) -> None:
    assert await _codes(reader) == ["no_articles_yet"]
    source = shelf.source("guardian", last_fetch_at=None, state="pending")
    assert "polled" in (await _list(reader)).warnings[0].detail
    shelf.execute("UPDATE sources SET last_fetch_at = now(), state = 'healthy'")
    assert "brought" in (await _list(reader)).warnings[0].detail
    shelf.article(source)
    shelf.source("broken", state="failing", state_reason="HTTP 500 three times")
    for values, codes in (
        ({}, []),
        ({"category": "sports"}, ["no_match"]),
        ({"q": "nothing"}, ["no_match"]),
        ({"q": "the"}, ["no_match"]),
        ({"source": "unknown"}, ["unknown_source"]),
        ({"source": encode("src", new_id())}, ["unknown_source"]),
        ({"feed": encode("feed", new_id())}, ["unknown_feed"]),
        ({"feed": "feed_nonsense"}, ["unknown_feed"]),
        ({"source": "broken"}, ["source_unhealthy", "no_match"]),
        ({"source": "broken", "feed": encode("feed", source)}, ["no_match"]),
        ({"from_": NOON + timedelta(days=1)}, ["nothing_so_new"]),
        ({"from_": NOON, "to": NOON}, ["empty_range"]),
        ({"from_": NOON, "to": NOON - timedelta(days=1)}, ["empty_range"]),
    ):
        assert await _codes(reader, **values) == codes, values
        total = (await _list(reader, count="estimate", **values)).total
        assert total is not None
        assert total.value == (0 if codes else 1)


async def test_a_removed_article_keeps_its_address_and_loses_its_texts(shelf: Shelf, reader: Principal) -> None:
    texts: dict[str, Any] = {"summary": "S", "content_html": "<p>T</p>", "content_text": "T"}
    source = shelf.source()
    kept, removed = (
        shelf.article(source, **texts),
        shelf.article(source, **texts, content_status="removed", removed_at=NOON),
    )
    row = await articles.get(reader, encode("art", kept))
    assert (row.summary, row.content_html, row.content_text) == ("S", "<p>T</p>", "T")
    row = await articles.get(reader, encode("art", removed))
    assert (row.summary, row.content_html, row.content_text, row.content_status) == (None, None, None, "removed")
    assert row.url.endswith(str(removed))


async def test_revisions_begin_with_the_present_text(shelf: Shelf, reader: Principal) -> None:
    article = shelf.article(shelf.source(), title="Third", revision=3)
    shelf.revision(article, 1, "First")
    shelf.revision(article, 2, "Second")
    id_ = encode("art", article)
    page = await articles.revisions(reader, id_, limit=2)
    assert [(row.revision, row.title, row.replaced_at is None) for row in page.rows] == [
        (3, "Third", True), (2, "Second", False),
    ]  # fmt: skip
    assert page.next_cursor is not None
    rest = await articles.revisions(reader, id_, limit=2, cursor=page.next_cursor)
    assert ([row.title for row in rest.rows], rest.has_more) == (["First"], False)
    other = encode("art", shelf.article(shelf.source("other")))
    with pytest.raises(InvalidCursor):
        await articles.revisions(reader, other, limit=2, cursor=page.next_cursor)
