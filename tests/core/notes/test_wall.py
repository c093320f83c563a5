"""What row-level security shows of notes, whatever the application asks for; and what their search costs."""

from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text

from core.infra.context import Infrastructure
from core.infra.db import session
from core.kit import ids
from core.kit.principal import NEWSROOM_ID, Principal, job
from tests.support.infrastructure import OTHER_ID
from tests.support.process import Database

ADA, BEN = ids.new_id(), ids.new_id()
INSERT = (
    "INSERT INTO notes (organization_id, id, article_id, article_revision, author_id, author_kind, visibility, body,"
    " language)"
)
FOUND = "SELECT id FROM matching_notes(:words, :reader, NULL, NULL, NULL, NULL, false, false, NULL, NULL, 100)"


def person(account_id: UUID, organization_id: UUID = NEWSROOM_ID) -> Principal:
    return Principal(organization_id, account_id, "user", frozenset({"notes:read"}), role="owner")


def add(
    database: Database, author: UUID, visibility: str, *, kind: str = "user", organization: UUID = NEWSROOM_ID
) -> UUID:
    note_id = ids.new_id()
    database.rows(
        f"{INSERT} VALUES (%s, %s, %s, 1, %s, %s, %s, 'Plutonium', 'en')",
        organization, note_id, ids.new_id(), author, kind, visibility,
    )  # fmt: skip
    database.rows(
        "INSERT INTO note_revisions (organization_id, note_id, revision, author_id, author_kind, article_revision,"
        " visibility, body, changed, made_at) VALUES (%s, %s, 1, %s, %s, 1, %s, 'Plutonium', '{}', now())",
        organization, note_id, author, kind, visibility,
    )  # fmt: skip
    return note_id


@pytest.fixture(autouse=True)
def empty(database: Database) -> None:
    database.rows("TRUNCATE notes CASCADE")


async def seen(infra: Infrastructure, principal: Principal, statement: str, **values: Any) -> set[UUID]:
    async with infra.unit_of_work(principal):
        rows = await (await session()).execute(text(statement), values)
        return {row[0] for row in rows}


async def test_another_organisation_sees_and_finds_nothing(infra: Infrastructure, database: Database) -> None:
    add(database, ADA, "organization")
    outsider = person(ADA, OTHER_ID)
    assert await seen(infra, outsider, "SELECT id FROM notes") == set()
    assert await seen(infra, outsider, "SELECT note_id FROM note_revisions") == set()
    assert await seen(infra, outsider, FOUND, words="plutonium", reader=ADA) == set()


async def test_a_person_s_private_note_is_behind_the_wall_for_everybody_else(
    infra: Infrastructure, database: Database
) -> None:
    private, shared = add(database, ADA, "private"), add(database, ADA, "organization")
    for table, column in (("notes", "id"), ("note_revisions", "note_id")):
        everything = f"SELECT {column} FROM {table}"
        assert await seen(infra, person(ADA), everything) == {private, shared}
        assert await seen(infra, person(BEN), everything) == {shared}
        assert await seen(infra, job(NEWSROOM_ID), everything) == {shared}


async def test_the_search_shows_no_private_note_to_who_says_to_be_its_author(
    infra: Infrastructure, database: Database
) -> None:
    private, shared = add(database, ADA, "private"), add(database, ADA, "organization")
    assert await seen(infra, person(BEN), FOUND, words="plutonium", reader=ADA) == {shared}
    assert await seen(infra, person(ADA), FOUND, words="plutonium", reader=ADA) == {private, shared}


async def test_nobody_writes_a_note_into_another_organisation_or_in_another_s_name(
    infra: Infrastructure, database: Database
) -> None:
    add(database, ADA, "organization")
    with pytest.raises(Exception, match="row-level security"):
        await seen(infra, person(BEN), "UPDATE notes SET visibility = 'private' RETURNING id")
    with pytest.raises(Exception, match="row-level security"):
        await seen(infra, person(ADA), "UPDATE notes SET organization_id = :other RETURNING id", other=OTHER_ID)


async def test_a_person_who_leaves_takes_only_private_notes_along(database: Database) -> None:
    account_id, organization_id = ids.new_id(), ids.new_id()
    database.rows("INSERT INTO organizations (id, slug, name) VALUES (%s, %s, 'Own')", organization_id, "own")
    database.rows(
        "INSERT INTO accounts (id, email, name, personal_organization_id) VALUES (%s, 'a@example.org', 'A', %s)",
        account_id, organization_id,
    )  # fmt: skip
    add(database, account_id, "private")
    shared = add(database, account_id, "organization")
    of_key = add(database, account_id, "private", kind="api_key")
    others = add(database, BEN, "private")
    database.rows("DELETE FROM accounts WHERE id = %s", account_id)
    assert {row["id"] for row in database.rows("SELECT id FROM notes")} == {shared, of_key, others}
    assert database.count("note_revisions") == 3


async def test_words_are_looked_up_in_the_index_of_the_organisation(infra: Infrastructure, database: Database) -> None:
    """The door works as the owner; straight through the wall the same question reads every note."""
    database.rows(
        f"{INSERT} SELECT o.id, gen_random_uuid(), gen_random_uuid(), 1, %s, 'user', 'organization',"
        " 'Note about word' || n, 'en' FROM organizations o, generate_series(1, 3000) n",
        ADA,
    )
    database.rows("ANALYZE notes")
    question = (
        "EXPLAIN (FORMAT JSON) SELECT id FROM notes WHERE search @@ article_query('word1234', NULL)"
        f" AND organization_id = '{NEWSROOM_ID}'"
    )
    with psycopg.connect(infra.db.url) as owner:
        row = owner.execute(question).fetchone()
    assert row is not None
    (node,) = [node for node in _nodes(row[0][0]["Plan"]) if node.get("Index Name") == "ix_notes_search"]
    assert "organization_id" in node["Index Cond"]
    async with infra.unit_of_work(person(ADA)):
        plan = (await (await session()).execute(text(question))).scalar_one()
    assert "ix_notes_search" not in {node.get("Index Name") for node in _nodes(plan[0]["Plan"])}
    assert len(await seen(infra, person(ADA), FOUND, words="word1234", reader=ADA)) == 1


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", ()) for node in _nodes(child))]
