"""Emptying the trash."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from procrastinate import App, PsycopgConnector

from core.infra.context import Infrastructure
from core.infra.pools import application_conninfo
from core.kit import ids
from core.kit.principal import NEWSROOM_ID
from core.notes import purge as purging
from core.notes import tasks
from core.notes.purge import purge
from core.notes.tasks import purge_notes
from tests.support.infrastructure import OTHER_ID
from tests.support.process import Database

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def empty(database: Database) -> None:
    database.rows("TRUNCATE notes CASCADE")


def add(database: Database, deleted_at: datetime | None, organization: UUID = NEWSROOM_ID) -> UUID:
    note_id = ids.new_id()
    database.rows(
        "INSERT INTO notes (organization_id, id, article_id, article_revision, author_id, author_kind, visibility,"
        " body, language, deleted_at) VALUES (%s, %s, %s, 1, %s, 'user', 'private', 'x', 'en', %s)",
        organization, note_id, ids.new_id(), ids.new_id(), deleted_at,
    )  # fmt: skip
    return note_id


def left(database: Database) -> set[UUID]:
    return {row["id"] for row in database.rows("SELECT id FROM notes")}


async def test_only_what_was_deleted_thirty_days_ago_is_purged(infra: Infrastructure, database: Database) -> None:
    kept = {add(database, None), add(database, NOW - timedelta(days=30) + timedelta(seconds=1))}
    add(database, NOW - timedelta(days=30))
    add(database, NOW - timedelta(days=400), OTHER_ID)
    assert await purge(now=NOW) == 2
    assert left(database) == kept
    assert await purge(now=NOW) == 0


async def test_each_purged_note_is_in_the_log_of_its_organisation(infra: Infrastructure, database: Database) -> None:
    mine, theirs = add(database, NOW - timedelta(days=31)), add(database, NOW - timedelta(days=31), OTHER_ID)
    await purge(now=NOW)
    logged = database.rows(
        "SELECT organization_id, target_id, actor_kind FROM audit_events WHERE action = 'note.purged'"
    )
    assert {(row["organization_id"], row["target_id"], row["actor_kind"]) for row in logged} >= {
        (NEWSROOM_ID, ids.encode("note", mine), "job"),
        (OTHER_ID, ids.encode("note", theirs), "job"),
    }


async def test_a_large_trash_is_emptied_in_batches(
    infra: Infrastructure, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "BATCH", 2)
    for _ in range(5):
        add(database, NOW - timedelta(days=31))
    assert await purge(now=NOW) == 5
    assert left(database) == set()


async def test_the_job_reckons_from_the_present(infra: Infrastructure, database: Database) -> None:
    add(database, infra.clock.now() - timedelta(days=31))
    kept = add(database, infra.clock.now() - timedelta(days=29))
    await purge_notes(0)
    assert left(database) == {kept}


async def test_the_purges_come_due_by_the_clock_in_the_role_of_the_application(infra: Infrastructure) -> None:
    app = App(connector=PsycopgConnector(conninfo=application_conninfo(infra.db.url)))
    app.add_tasks_from(tasks.blueprint(), namespace=tasks.NAMESPACE)
    (periodic,) = app.periodic_registry.periodic_tasks.values()
    async with app.open_async():
        due = [
            await app.job_manager.defer_periodic_job(
                job=periodic.task.configure(task_kwargs={"timestamp": at}).job, periodic_id="", defer_timestamp=at
            )
            for at in (3600, 3600, 7200)
        ]
    assert [job_id is not None for job_id in due] == [True, False, True]
