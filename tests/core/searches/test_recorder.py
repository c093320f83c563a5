"""Searches on their way from a request into the database."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from core.articles.types import ArticleList, ArticleQuery
from core.errors import Unavailable
from core.infra.context import Infrastructure
from core.kit import ids
from core.kit.principal import NEWSROOM_ID, Principal
from core.searches import recorder as recording
from core.searches.recorder import SearchRecorder, SearchWriter, recorder
from core.searches.service import searches
from core.searches.types import SearchRow
from tests.support.infrastructure import SECRET
from tests.support.people import People
from tests.support.process import Database

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture
def people(infra: Infrastructure) -> Iterator[People]:
    people = People(infra.db.url, SECRET.encode())
    yield people
    people.close()


@pytest.fixture
def ada(people: People) -> UUID:
    return people.person().account_id


@pytest.fixture(autouse=True)
def empty(database: Database) -> None:
    database.rows("TRUNCATE searches, preferences")


def of(words: str, at: datetime = NOW, **filters: str) -> SearchRow:
    return SearchRow(ids.new_id(), words, filters, None, at)


def stored(database: Database) -> list[tuple[UUID, str]]:
    rows = database.rows("SELECT account_id, query FROM searches ORDER BY searched_at, id")
    return [(row["account_id"], row["query"]) for row in rows]


async def test_a_search_of_somebody_without_an_account_is_left_out(
    infra: Infrastructure, database: Database, ada: UUID
) -> None:
    """Its neighbours are not: an account may be erased between the search and the writing."""
    own = SearchRecorder()
    own.note(ids.new_id(), of("nobody's"))
    own.note(ada, of("hers"))
    await own.write()
    assert stored(database) == [(ada, "hers")]


async def test_only_a_person_s_first_page_of_a_search_for_words_is_noted(
    infra: Infrastructure, database: Database, ada: UUID
) -> None:
    person = Principal(NEWSROOM_ID, ada, "user")
    empty = ArticleList(())
    searches.note(Principal(NEWSROOM_ID, ids.new_id(), "api_key"), ArticleQuery(q="a key's"), empty)
    searches.note(person, ArticleQuery(category="world"), empty)
    searches.note(person, ArticleQuery(q="second page", cursor="x"), empty)
    searches.note(person, ArticleQuery(q="first page"), empty)
    await recorder.write()
    assert stored(database) == [(ada, "first page")]


async def test_the_same_search_is_written_once_a_minute(infra: Infrastructure, database: Database, ada: UUID) -> None:
    own, other_process = SearchRecorder(), SearchRecorder()
    for second in (0, 30, 59, 61, 90):
        for process in (own, other_process):
            process.note(ada, of("again", NOW + timedelta(seconds=second)))
            await process.write()
    own.note(ada, of("again", category="world"))
    await own.write()
    rows = database.rows("SELECT searched_at, filters FROM searches ORDER BY searched_at, id")
    assert [(row["searched_at"] - NOW).seconds for row in rows if not row["filters"]] == [0, 61]
    assert len(rows) == 3


async def test_what_waits_is_bounded(
    infra: Infrastructure, database: Database, ada: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MAX_WAITING", 2)
    own = SearchRecorder()
    for words in ("one", "two", "three"):
        own.note(ada, of(words))
    await own.write()
    own.note(ada, of("four"))
    await own.write()
    assert {query for _, query in stored(database)} == {"one", "two", "four"}


async def test_many_people_s_searches_are_written_in_batches(
    infra: Infrastructure, database: Database, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "PEOPLE_AT_ONCE", 2)
    own, everybody = SearchRecorder(), [people.person().account_id for _ in range(5)]
    for account_id in everybody:
        own.note(account_id, of("words"))
    await own.write()
    assert {account_id for account_id, _ in stored(database)} == set(everybody)
    transactions = database.rows("SELECT count(*) AS n FROM searches GROUP BY xmin ORDER BY n")
    assert [row["n"] for row in transactions] == [1, 2, 2]


async def test_what_could_not_be_written_is_kept_for_later(
    infra: Infrastructure, database: Database, ada: UUID
) -> None:
    """A table that is locked is like a database that is away: a statement waits 2 s for it."""
    with psycopg.connect(infra.db.url) as owner:
        owner.execute("LOCK TABLE searches IN ACCESS EXCLUSIVE MODE")
        recorder.note(ada, of("patience"))
        with pytest.raises(Unavailable):
            await recorder.write()
        recorder.note(ada, of("patience"))
        async with SearchWriter(infra):  # ends in good order, and without having written
            recorder.note(ada, of("more of it"))
        owner.rollback()
    await recorder.write()
    assert {query for _, query in stored(database)} == {"patience", "more of it"}


async def test_a_process_writes_what_waits_when_it_ends(infra: Infrastructure, database: Database, ada: UUID) -> None:
    async with SearchWriter(infra):
        recorder.note(ada, of("last words"))
    assert stored(database) == [(ada, "last words")]
