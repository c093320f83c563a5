"""Notes: write, read, search, change, delete and restore them, and see what they said before."""

from typing import Any

from core.contract.responses import Response, created, no_content, ok, require_match
from core.kit.principal import Principal
from core.notes.service import notes
from core.notes.types import NoteQuery
from handlers.v2.shapes.lists import page
from handlers.v2.shapes.notes import note_out, note_revision_out


async def list_notes(
    principal: Principal,
    *,
    limit: int,
    sort: str,
    deleted: bool,
    article_id: str | None = None,
    author: str | None = None,
    visibility: str | None = None,
    q: str | None = None,
    cursor: str | None = None,
) -> Response:
    """A page of the notes that the caller sees, or of the caller's trash."""
    filters = {"article_id": article_id, "visibility": visibility, "q": q, "deleted": deleted, "sort": sort}
    query = NoteQuery(**filters, mine=author == "me", limit=limit, cursor=cursor)  # type: ignore[arg-type]  # mixed values
    asked = {**filters, "deleted": "true" if deleted else None, "author": author, "limit": limit}
    return page("/v2/notes", await notes.list(principal, query), note_out, asked)


async def create_note(principal: Principal, *, body: dict[str, Any]) -> Response:
    """A new note on an article."""
    made = await notes.create(
        principal,
        body["article_id"],
        body=body["body"],
        visibility=body.get("visibility", "private"),
        anchor=body.get("anchor"),
    )
    shown = note_out(made)
    return created(shown, f"/v2/notes/{shown['id']}")


async def get_note(principal: Principal, note_id: str) -> Response:
    """One note, and where its words stand now."""
    return ok(note_out(await notes.get(principal, note_id)))


async def update_note(
    principal: Principal, note_id: str, *, body: dict[str, Any], if_match: str | None = None
) -> Response:
    """A note with another text, another anchor or other readers."""
    require_match(if_match, note_out(await notes.get(principal, note_id, lock=True)))
    return ok(note_out(await notes.update(principal, note_id, body)))


async def delete_note(principal: Principal, note_id: str, *, if_match: str | None = None) -> Response:
    """A note in the trash."""
    require_match(if_match, note_out(await notes.get(principal, note_id, lock=True)))
    await notes.delete(principal, note_id)
    return no_content()


async def restore_note(principal: Principal, note_id: str) -> Response:
    """A note out of the trash."""
    return ok(note_out(await notes.restore(principal, note_id)))


async def list_note_revisions(principal: Principal, note_id: str, *, limit: int, cursor: str | None = None) -> Response:
    """A page of what one note says and has said."""
    found = await notes.revisions(principal, note_id, limit=limit, cursor=cursor)
    return page(f"/v2/notes/{note_id}/revisions", found, note_revision_out, {"limit": limit})
