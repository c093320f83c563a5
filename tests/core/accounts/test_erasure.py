"""What is left of an account when its time of grace is over: nothing of the person."""

from typing import Any
from uuid import UUID

import psycopg
import pytest

from core.accounts.erasure import NO_ADDRESS, NOBODY, erase, schedule_erasures
from core.accounts.service import accounts
from core.errors import InvalidCredentials
from core.infra.context import Infrastructure
from core.kit import ids
from core.kit.principal import anonymous
from tests.support.people import PASSWORD, People, Person
from tests.support.seed import Seed

PERSONAL = ("accounts", "account_passwords", "memberships", "sessions", "principals")


@pytest.fixture
def due(people: People) -> Person:
    """Somebody whose time of grace is over."""
    person = people.person(name="Ada Lovelace", email="ada@people.example")
    people.execute("UPDATE accounts SET erase_after = now() WHERE id = %s", person.account_id)
    return person


def rows(infra: Infrastructure, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(infra.db.url) as owner:
        return owner.execute(statement, values).fetchall()


def traces(infra: Infrastructure, account_id: UUID) -> dict[str, int]:
    """How often each table names the account."""
    found = {}
    for table in PERSONAL:
        column = "id" if table in ("accounts", "principals") else "account_id"
        found[table] = len(rows(infra, f"SELECT 1 FROM {table} WHERE {column} = %s", account_id))
    return found


async def test_an_account_whose_time_has_not_come_stays(infra: Infrastructure, people: People) -> None:
    for moment in ("NULL", "now() + interval '1 minute'"):
        person = people.person()
        people.execute(f"UPDATE accounts SET erase_after = {moment} WHERE id = %s", person.account_id)
        await erase(person.account_id, person.organization)
        assert traces(infra, person.account_id)["accounts"] == 1
    assert await schedule_erasures() == 0


async def test_erasing_what_is_not_there_changes_nothing(infra: Infrastructure) -> None:
    counted = "SELECT (SELECT count(*) FROM accounts), (SELECT count(*) FROM organizations)"
    before = rows(infra, counted)
    await erase(ids.new_id(), ids.new_id())
    assert rows(infra, counted) == before


async def test_everything_of_the_person_goes(infra: Infrastructure, due: Person) -> None:
    await erase(due.account_id, due.organization)
    assert set(traces(infra, due.account_id).values()) == {0}
    assert rows(infra, "SELECT 1 FROM organizations WHERE id = %s", due.organization) == []
    for table in ("accounts", "organizations", "principals", "audit_events"):
        assert "Lovelace" not in str(rows(infra, f"SELECT t::text FROM {table} t"))
    await erase(due.account_id, due.organization)  # a job may run twice


async def test_feeds_of_the_person_go_with_the_articles_that_they_brought(infra: Infrastructure, due: Person) -> None:
    seed = Seed(infra.db.url, infra.secret)
    seed.article(seed.feed("of-ada", organization_id=due.organization), organization_id=due.organization)
    seed.close()
    await erase(due.account_id, due.organization)
    assert rows(infra, "SELECT 1 FROM articles WHERE organization_id = %s", due.organization) == []
    assert traces(infra, due.account_id)["accounts"] == 0


async def test_the_log_of_the_newsroom_says_that_an_account_was_erased(infra: Infrastructure, due: Person) -> None:
    await erase(due.account_id, due.organization)
    logged = rows(infra, "SELECT actor_kind, target_id FROM audit_events WHERE action = 'account.erased'")
    assert logged == [("job", due.id)]


async def test_the_address_is_free_again(infra: Infrastructure, due: Person) -> None:
    await erase(due.account_id, due.organization)
    with pytest.raises(InvalidCredentials):
        async with infra.unit_of_work(anonymous()):
            await accounts.log_in(email=due.email, password=PASSWORD)
    async with infra.unit_of_work(anonymous()):
        await accounts.register(email=due.email, password=PASSWORD)


async def test_in_shared_organisations_the_work_stays_without_the_name(
    infra: Infrastructure, people: People, due: Person
) -> None:
    shared = people.organization("shared")
    people.person("owner", shared)
    people.join(due.account_id, shared, "editor", name="Ada Lovelace")
    await erase(due.account_id, due.organization)
    assert rows(infra, "SELECT name FROM principals WHERE id = %s", due.account_id) == [(NOBODY,)]
    assert rows(infra, "SELECT 1 FROM memberships WHERE account_id = %s", due.account_id) == []


async def test_invitations_that_the_person_has_accepted_do_not_keep_the_address(
    infra: Infrastructure, people: People, due: Person
) -> None:
    """As a member, and as a guest in a list of an organisation that the person is no member of."""
    shared, host = people.organization("inviting"), people.organization("host")
    owner = people.person("owner", shared)
    people.join(due.account_id, shared, "editor")
    collection = ids.new_id()
    people.execute(
        "INSERT INTO collections (organization_id, id, name, name_key, sort_key, visibility, created_by, "
        "created_by_kind) VALUES (%s, %s, 'a', 'a', 'a', 'private', %s, 'user')",
        host,
        collection,
        owner.account_id,
    )
    people.execute(
        "INSERT INTO collection_collaborators (organization_id, collection_id, account_id, role) "
        "VALUES (%s, %s, %s, 'viewer')",
        host, collection, due.account_id,
    )  # fmt: skip
    for organization, kind, subject in ((shared, "organization", shared), (host, "collection", collection)):
        people.execute(
            "INSERT INTO invitations (organization_id, id, kind, subject_id, email, role, invited_by, expires_at, "
            "accepted_at, accepted_by) VALUES (%s, %s, %s, %s, %s, 'viewer', %s, now(), now(), %s)",
            organization, ids.new_id(), kind, subject, due.email, owner.account_id, due.account_id,
        )  # fmt: skip
    await erase(due.account_id, due.organization)
    assert rows(infra, "SELECT email FROM invitations") == [(NO_ADDRESS,), (NO_ADDRESS,)]


async def test_an_organisation_that_nobody_else_is_in_goes_too(
    infra: Infrastructure, people: People, due: Person
) -> None:
    shared = people.organization("alone")
    people.join(due.account_id, shared, "owner")
    await erase(due.account_id, due.organization)
    assert rows(infra, "SELECT 1 FROM organizations WHERE id = %s", shared) == []


async def test_an_organisation_is_never_left_without_an_owner(
    infra: Infrastructure, people: People, due: Person
) -> None:
    shared = people.organization("orphaned")
    people.join(due.account_id, shared, "owner")
    people.person("viewer", shared)
    first, second = people.person("admin", shared), people.person("admin", shared)
    await erase(due.account_id, due.organization)
    owners = rows(infra, "SELECT account_id FROM memberships WHERE organization_id = %s AND role = 'owner'", shared)
    assert owners == [(first.account_id,)]
    assert second.account_id != first.account_id


async def test_each_account_waits_in_the_queue_once(infra: Infrastructure, due: Person) -> None:
    assert [await schedule_erasures() for _ in range(2)] == [1, 1]
    queued = rows(infra, "SELECT task_name, args->>'account_id' FROM procrastinate_jobs")
    assert queued == [("accounts:erase_account", str(due.account_id))]
