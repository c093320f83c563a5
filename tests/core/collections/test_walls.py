"""The wall around reading lists in the database itself, whatever the application asks for."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest

from core.collections.service import collections, items
from core.collections.types import NewItem
from core.infra.context import Infrastructure
from core.infra.pools import application_conninfo
from core.kit import ids
from core.kit.principal import NEWSROOM_ID, Principal
from tests.support.infrastructure import OTHER_ID
from tests.support.people import People, Person

TABLES = ("collections", "collection_items", "collection_collaborators")


@pytest.fixture
def people(infra: Infrastructure) -> Iterator[People]:
    people = People(infra.db.url, infra.secret)
    yield people
    people.close()


@pytest.fixture
async def theirs(infra: Infrastructure, tenant: Principal) -> tuple[UUID, UUID]:
    """A list of the other organisation and its item."""
    async with infra.unit_of_work(tenant):
        made = await collections.create(tenant, name="Theirs", visibility="private")
        item = await items.add(tenant, ids.encode("col", made.id), NewItem(url="https://example.org/"))
    return made.id, item.id


@contextmanager
def application(infra: Infrastructure, organization_id: UUID, account_id: UUID | None = None) -> Iterator[Any]:
    """A connection of the application that acts for an organisation, and asks whatever it likes."""
    with psycopg.connect(application_conninfo(infra.db.url), autocommit=True) as connection:
        connection.execute(
            "SELECT set_config('tidings.organization_id', %s, false), set_config('tidings.account_id', %s, false)",
            (str(organization_id), "" if account_id is None else str(account_id)),
        )
        yield connection


def collaborate(people: People, list_id: UUID, person: Person) -> None:
    people.execute(
        "INSERT INTO collection_collaborators (organization_id, collection_id, account_id, role)"
        " VALUES (%s, %s, %s, 'editor')",
        OTHER_ID,
        list_id,
        person.account_id,
    )


@pytest.mark.usefixtures("theirs")
@pytest.mark.parametrize("table", TABLES)
def test_another_organisation_sees_no_row(infra: Infrastructure, table: str) -> None:
    with application(infra, NEWSROOM_ID) as connection:
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_no_row_is_written_into_another_organisation(infra: Infrastructure, theirs: tuple[UUID, UUID]) -> None:
    with application(infra, NEWSROOM_ID) as connection:
        assert connection.execute("UPDATE collections SET name = 'Taken'").rowcount == 0
        assert connection.execute("DELETE FROM collection_items").rowcount == 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(
                "INSERT INTO collection_items (organization_id, id, collection_id, identity, url, title, status, tags,"
                " position) VALUES (%s, gen_random_uuid(), %s, decode(md5('x'), 'hex'), 'x', 'x', 'done', '{}', 1)",
                (OTHER_ID, theirs[0]),
            )


def test_no_door_gives_a_stranger_anything(infra: Infrastructure, theirs: tuple[UUID, UUID], people: People) -> None:
    stranger = people.person()
    now = datetime.now(UTC)
    with application(infra, stranger.organization, stranger.account_id) as connection:
        assert connection.execute("SELECT * FROM shared_collections()").fetchall() == []
        assert connection.execute("SELECT * FROM collaborators_of(%s)", (theirs[0],)).fetchall() == []
        assert connection.execute("SELECT collection_of_item(%s)", (theirs[1],)).fetchone() == (None,)
        assert connection.execute(
            "SELECT copy_collection_items(%s, %s, %s)", (theirs[0], theirs[0], now)
        ).fetchone() == (0,)


def test_a_guest_sees_the_list_and_not_the_other_rows_of_its_organisation(
    infra: Infrastructure, theirs: tuple[UUID, UUID], people: People
) -> None:
    guest, other = people.person(), people.person()
    collaborate(people, theirs[0], guest)
    with application(infra, guest.organization, guest.account_id) as connection:
        assert connection.execute("SELECT collection_id, role FROM shared_collections()").fetchall() == [
            (theirs[0], "editor")
        ]
        assert connection.execute("SELECT id FROM collections").fetchall() == [(theirs[0],)]
        assert connection.execute("SELECT count(*) FROM collection_items").fetchone() == (0,)
        assert connection.execute("UPDATE collections SET name = 'Taken'").rowcount == 0
    with application(infra, other.organization, other.account_id) as connection:
        assert connection.execute("SELECT count(*) FROM collections").fetchone() == (0,)


def test_copied_items_have_ids_of_version_seven(
    infra: Infrastructure, theirs: tuple[UUID, UUID], people: People
) -> None:
    at = datetime(2026, 11, 21, 9, tzinfo=UTC)
    guest = people.person()
    collaborate(people, theirs[0], guest)
    with application(infra, guest.organization, guest.account_id) as connection:
        target = ids.new_id()
        connection.execute(
            "INSERT INTO collections (organization_id, id, name, name_key, sort_key, visibility, created_by,"
            " created_by_kind) VALUES (%s, %s, 'Copy', 'copy', 'copy', 'private', %s, 'user')",
            (guest.organization, target, guest.account_id),
        )
        assert connection.execute("SELECT copy_collection_items(%s, %s, %s)", (theirs[0], target, at)).fetchone() == (
            1,
        )
        row = connection.execute("SELECT id FROM collection_items").fetchone()
    assert row is not None
    assert (row[0].version, row[0].variant) == (7, "specified in RFC 4122")
    assert row[0].int >> 80 == int(at.timestamp() * 1000)
