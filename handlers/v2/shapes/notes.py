"""Notes as v2 knows them."""

from typing import Any, Final
from uuid import UUID

from core.kit import ids
from core.notes.types import Anchor, AnchorState, Annotated, NoteRevisionRow
from handlers.v2.shapes.lists import time_out

_AUTHOR_PREFIXES: Final = {"user": "acct", "api_key": "key"}


def note_out(found: Annotated) -> dict[str, Any]:
    """One note, and where its words stand now."""
    note = found.note
    return {
        "id": ids.encode("note", note.id),
        "article_id": ids.encode("art", note.article_id),
        "article_revision": note.article_revision,
        "author": _author_out(note.author_kind, note.author_id, note.author_name),
        "visibility": note.visibility,
        "body": note.body,
        "anchor": _anchor_out(note.anchor),
        "anchor_state": _state_out(found.anchor_state),
        "revision": note.revision,
        "created_at": time_out(note.created_at),
        "updated_at": time_out(note.updated_at),
        "deleted_at": time_out(note.deleted_at),
    }


def note_revision_out(row: NoteRevisionRow) -> dict[str, Any]:
    """What a note said at one time."""
    return {
        "revision": row.revision,
        "article_revision": row.article_revision,
        "author": _author_out(row.author_kind, row.author_id, row.author_name),
        "visibility": row.visibility,
        "body": row.body,
        "anchor": _anchor_out(row.anchor),
        "changed": list(row.changed),
        "made_at": time_out(row.made_at),
    }


def _author_out(kind: str, id_: UUID, name: str | None) -> dict[str, Any]:
    return {"id": ids.encode(_AUTHOR_PREFIXES[kind], id_), "kind": kind, "name": name}


def _anchor_out(anchor: Anchor | None) -> dict[str, str] | None:
    return None if anchor is None else anchor._asdict()


def _state_out(state: AnchorState | None) -> dict[str, Any] | None:
    return None if state is None else state._asdict()
