"""Deleting notes in v2, and restoring them; and what is left of a note when other things go."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from core.kit import ids
from core.kit.principal import Role
from tests.handlers.conftest import Seeded
from tests.support.notes import NOTES, found, write


def backdate(seeded: Seeded, note: dict[str, Any], **columns: datetime) -> None:
    """What time would have done."""
    assert seeded.infra.settings.database_url is not None
    with psycopg.connect(seeded.infra.settings.database_url.get_secret_value(), autocommit=True) as owner:
        for column, moment in columns.items():
            owner.execute(f"UPDATE notes SET {column} = %s WHERE id = %s", (moment, ids.decode("note", note["id"])))


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("editor", 403), ("admin", 204), ("owner", 204)])
async def test_a_shared_note_of_somebody_else_is_deleted_by_admins_and_owners(
    api: httpx.AsyncClient, seeded: Seeded, article: str, role: Role, status: int
) -> None:
    people, organization = seeded.people, seeded.people.organization(f"desk-of-{role}")
    author, other = people.person("editor", organization), people.person(role, organization)
    note = await write(api, author.header, article, visibility="organization")
    private = await write(api, author.header, article, body="Vanadium")
    assert (note["author"]["id"], note["author"]["kind"]) == (author.id, "user")
    assert await found(api, other.header) == [note["id"]]
    assert await found(api, other.header, q="vanadium") == []
    assert (await api.get(f"{NOTES}/{private['id']}", headers=other.header)).status_code == 404
    deleted = await api.delete(f"{NOTES}/{note['id']}", headers=other.header)
    assert deleted.status_code == status
    assert (await api.get(f"{NOTES}/{note['id']}", headers=author.header)).status_code == (
        404 if status == 204 else 200
    )


async def test_where_only_admins_delete_an_editor_keeps_what_it_has_shared(
    api: httpx.AsyncClient, seeded: Seeded, article: str
) -> None:
    organization = seeded.people.organization("archive", policies=json.dumps({"delete": "admin"}))
    editor = seeded.people.person("editor", organization)
    shared = await write(api, editor.header, article, visibility="organization")
    private = await write(api, editor.header, article)
    assert (await api.delete(f"{NOTES}/{shared['id']}", headers=editor.header)).status_code == 403
    assert (await api.delete(f"{NOTES}/{private['id']}", headers=editor.header)).status_code == 204


async def test_a_deleted_note_is_gone_but_for_its_author_s_trash(
    api: httpx.AsyncClient, writer: dict[str, str], colleague: dict[str, str], article: str
) -> None:
    note = await write(api, writer, article, visibility="organization", body="Tantalum")
    address = f"{NOTES}/{note['id']}"
    assert (await api.delete(address, headers=writer)).status_code == 204
    answers = [
        await api.get(address, headers=writer),
        await api.get(f"{address}/revisions", headers=writer),
        await api.patch(address, json={"body": "x"}, headers=writer),
        await api.delete(address, headers=writer),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(404, "note_not_found")}
    assert await found(api, writer, q="tantalum") == []
    assert await found(api, writer, deleted="true") == [note["id"]]
    assert await found(api, writer, deleted="true", q="tantalum") == [note["id"]]
    assert await found(api, colleague, deleted="true") == []
    assert (await api.post(f"{address}/restore", headers=colleague)).status_code == 404


async def test_the_log_tells_what_was_done_with_a_note_and_nothing_that_it_says(
    api: httpx.AsyncClient, writer: dict[str, str], article: str, seeded: Seeded
) -> None:
    note = await write(api, writer, article, body="Nobody may read this.", anchor={"exact": "Nor this."})
    address = f"{NOTES}/{note['id']}"
    await api.patch(address, json={"body": "Nor may anybody read this."}, headers=writer)
    await api.delete(address, headers=writer)
    await api.post(f"{address}/restore", headers=writer)
    assert seeded.infra.settings.database_url is not None
    with psycopg.connect(seeded.infra.settings.database_url.get_secret_value()) as owner:
        log = "SELECT action, before::text, after::text FROM audit_events WHERE target_id = %s ORDER BY sequence"
        rows = owner.execute(log, (note["id"],)).fetchall()
    assert [action for action, *_ in rows] == ["note.created", "note.changed", "note.deleted", "note.restored"]
    assert "this" not in str(rows)


async def test_a_deleted_note_can_be_restored_as_it_was(
    api: httpx.AsyncClient, writer: dict[str, str], article: str
) -> None:
    note = await write(api, writer, article, anchor={"exact": "Summary"})
    address = f"{NOTES}/{note['id']}"
    await api.delete(address, headers=writer)
    restored = await api.post(f"{address}/restore", headers=writer)
    assert (restored.status_code, restored.json()) == (200, note)
    again = await api.post(f"{address}/restore", headers=writer)
    assert (again.status_code, again.json()) == (200, note)
    assert (await api.get(address, headers=writer)).json() == note
    assert await found(api, writer, deleted="true") == []


async def test_after_thirty_days_a_deleted_note_is_unknown(
    api: httpx.AsyncClient, writer: dict[str, str], article: str, seeded: Seeded
) -> None:
    note = await write(api, writer, article)
    await api.delete(f"{NOTES}/{note['id']}", headers=writer)
    backdate(seeded, note, deleted_at=datetime.now(UTC) - timedelta(days=30, seconds=1))
    response = await api.post(f"{NOTES}/{note['id']}/restore", headers=writer)
    assert (response.status_code, response.json()["code"]) == (404, "note_not_found")
    assert await found(api, writer, deleted="true") == []


async def test_what_an_admin_took_down_only_an_admin_puts_back(
    api: httpx.AsyncClient, writer: dict[str, str], admin: dict[str, str], article: str
) -> None:
    note = await write(api, writer, article, visibility="organization")
    address = f"{NOTES}/{note['id']}"
    assert (await api.delete(address, headers=admin)).status_code == 204
    assert note["id"] in await found(api, admin, deleted="true")
    assert await found(api, writer, deleted="true") == [note["id"]]
    assert (await api.post(f"{address}/restore", headers=writer)).status_code == 403
    assert (await api.post(f"{address}/restore", headers=admin)).json() == note


async def test_a_note_outlives_its_article(api: httpx.AsyncClient, writer: dict[str, str], seeded: Seeded) -> None:
    doomed = seeded.seed.article(seeded.culture_source, title="Soon gone", category="culture")
    note = await write(api, writer, doomed, anchor={"exact": "Summary"}, body="Niobium")
    assert seeded.infra.settings.database_url is not None
    with psycopg.connect(seeded.infra.settings.database_url.get_secret_value(), autocommit=True) as owner:
        owner.execute("DELETE FROM articles WHERE id = %s", (ids.decode("art", doomed),))
    kept = (await api.get(f"{NOTES}/{note['id']}", headers=writer)).json()
    assert kept == {**note, "anchor_state": {"status": "lost", "start": None, "end": None}}
    assert await found(api, writer, article_id=doomed) == [note["id"]]
    changed = await api.patch(f"{NOTES}/{note['id']}", json={"body": "Still here."}, headers=writer)
    assert (changed.status_code, changed.json()["body"]) == (200, "Still here.")
    anew = await api.patch(f"{NOTES}/{note['id']}", json={"anchor": {"exact": "story"}}, headers=writer)
    assert (anew.status_code, anew.json()["code"]) == (404, "article_not_found")
