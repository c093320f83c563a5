"""What a person's own transactions see of preferences and searches, and nobody else's; and the end of old searches."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from core.infra.context import Infrastructure
from core.infra.db import session
from core.kit.principal import NEWSROOM_ID, Principal, job
from core.searches import service
from core.searches.service import searches
from core.searches.tasks import purge_searches
from tests.support.infrastructure import SECRET
from tests.support.people import People, Person
from tests.support.process import Database

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture
def people(infra: Infrastructure) -> Iterator[People]:
    people = People(infra.db.url, SECRET.encode())
    yield people
    people.close()


@pytest.fixture(autouse=True)
def empty(database: Database) -> None:
    database.rows("TRUNCATE searches, preferences")


def acting(person: Person) -> Principal:
    return Principal(NEWSROOM_ID, person.account_id, "user", role="owner")


async def count(infra: Infrastructure, principal: Principal, table: str) -> int:
    async with infra.unit_of_work(principal):
        return int((await (await session()).execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


def add(database: Database, person: Person, *ages: timedelta) -> None:
    for age in ages:
        database.rows(
            "INSERT INTO searches (account_id, id, query, filters, searched_at)"
            " VALUES (%s, gen_random_uuid(), 'words', '{}', %s)",
            person.account_id, NOW - age,
        )  # fmt: skip


@pytest.mark.parametrize("table", ["preferences", "searches"])
async def test_only_the_person_s_own_transactions_see_the_rows(
    infra: Infrastructure, database: Database, people: People, table: str
) -> None:
    ada, ben = people.person(organization_id=NEWSROOM_ID), people.person(organization_id=NEWSROOM_ID)
    add(database, ada, timedelta(0))
    database.rows("INSERT INTO preferences (account_id) VALUES (%s)", ada.account_id)
    assert await count(infra, acting(ada), table) == 1
    assert await count(infra, acting(ben), table) == 0
    assert await count(infra, job(NEWSROOM_ID), table) == 0
    assert await count(infra, Principal(NEWSROOM_ID, ada.account_id, "api_key"), table) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO preferences (account_id) VALUES (:other)",
        "INSERT INTO searches VALUES (:other, gen_random_uuid(), 'planted', '{}', NULL, now())",
    ],
)
async def test_nobody_writes_rows_for_somebody_else(infra: Infrastructure, people: People, statement: str) -> None:
    ada, ben = people.person(), people.person()
    with pytest.raises(Exception, match="row-level security"):
        async with infra.unit_of_work(acting(ben)):
            await (await session()).execute(text(statement), {"other": ada.account_id})


async def test_both_end_with_the_account(database: Database, people: People) -> None:
    ada = people.person()
    add(database, ada, timedelta(0))
    database.rows("INSERT INTO preferences (account_id) VALUES (%s)", ada.account_id)
    database.rows("DELETE FROM accounts WHERE id = %s", ada.account_id)
    assert (database.count("searches"), database.count("preferences")) == (0, 0)


async def test_only_searches_of_ninety_days_ago_are_purged(
    infra: Infrastructure, database: Database, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "PURGED_AT_ONCE", 2)
    for person in (people.person(), people.person()):
        add(database, person, timedelta(days=90), timedelta(days=91), timedelta(days=90) - timedelta(seconds=1))
    assert await searches.purge(now=NOW) == 4
    assert database.count("searches") == 2
    assert await searches.purge(now=NOW) == 0


async def test_the_job_reckons_from_the_present(infra: Infrastructure, database: Database, people: People) -> None:
    passed = infra.clock.now() - NOW
    add(database, people.person(), timedelta(days=89) - passed, timedelta(days=91) - passed)
    await purge_searches(0)
    assert database.count("searches") == 1
