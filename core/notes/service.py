"""The rules about notes: who sees, changes, deletes and restores which."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

from core.audit.service import audit
from core.errors import ArticleNotFound, Forbidden, NoteNotFound
from core.infra.context import infrastructure
from core.infra.db import session
from core.infra.paging import pair_in, sliced, value_in
from core.kit import ids, json
from core.kit.principal import Principal
from core.kit.slices import Slice
from core.notes.anchors import Text, locate
from core.notes.repository import NoteRepository
from core.notes.states import states
from core.notes.types import LOST, Anchor, Annotated, ArticleText, NoteQuery, NoteRevisionRow, NoteRow, NoteValues
from core.organizations.service import organizations
from core.plans.service import plans

RESTORABLE: Final = timedelta(days=30)
"""How long a deleted note can be restored; after that it is purged and nobody knows it any more."""

_UNKNOWN: Final = "There is no note with this id."
_NO_ARTICLE: Final = "There is no article with this id."
_MEMBERS: Final = ("body", "visibility", "anchor")
"""What a change makes a new revision of."""


class Notes:
    """A private note is its author's alone; a shared one is read by the whole organisation and changed by its author.

    The author is a person or a key. Every method needs a unit of work.
    """

    async def create(
        self, principal: Principal, article_id: str, *, body: str, visibility: str, anchor: Mapping[str, str] | None
    ) -> Annotated:
        """A new note on an article that the principal may read. Raises `ArticleNotFound` and `LimitReached`."""
        plans.require_storage(principal)
        repository = NoteRepository(await session(), principal)
        article = await _article(repository, _article_id(article_id))
        id_, now = ids.new_id(), infrastructure().clock.now()
        await repository.add(
            id_,
            {
                "article_id": article.id,
                "author_kind": principal.kind,
                "visibility": visibility,
                "body": body,
                "language": article.language,
                "created_at": now,
                "updated_at": now,
                **_anchored(Anchor.of(anchor), article),
            },
        )
        note = await _written(repository, id_)
        await repository.add_revision(note, _MEMBERS if anchor is not None else _MEMBERS[:-1])
        audit.record(principal, "note.created", target=("note", id_), before=None, after=_facts(note))
        return await _annotated(repository, note)

    async def list(self, principal: Principal, query: NoteQuery) -> Slice[Annotated]:
        """A page of the notes that the principal sees, or of its trash. Raises `InvalidCursor`."""
        repository = NoteRepository(await session(), principal)
        bound_to = _fingerprint(principal, query)
        after = pair_in(query.cursor, bound_to, datetime, UUID)
        try:
            article_id = None if query.article_id is None else ids.decode("art", query.article_id)
        except ids.InvalidId:
            return Slice(())  # it has the form of an id, and no article has it
        rows = await repository.page(
            query, article_id=article_id, trash_since=_purged_until(), after=after, limit=query.limit + 1
        )
        found = sliced(rows, query.limit, bound_to, lambda last: (query.time_of(last), last.id))
        return Slice(tuple(await states.annotate(repository, found.rows)), found.next_cursor)

    async def get(self, principal: Principal, note_id: str, *, lock: bool = False) -> Annotated:
        """One note that is not deleted. With `lock` it stays as it is until the transaction ends. Or `NoteNotFound`."""
        repository = NoteRepository(await session(), principal)
        return await _annotated(repository, await _present(repository, note_id, lock=lock))

    async def update(self, principal: Principal, note_id: str, changes: Mapping[str, Any]) -> Annotated:
        """Change what `changes` names: body, visibility, anchor. A new anchor is set in the article's present text.

        What changes nothing makes no revision. Raises `NoteNotFound`, `Forbidden` for the note of somebody else, and
        `LimitReached`: every revision is kept, so another text takes storage. Sharing and hiding a note always works.
        """
        repository = NoteRepository(await session(), principal)
        note = await _present(repository, note_id, lock=True)
        if note.author_id != principal.principal_id:
            raise Forbidden("Only its author changes a note.")
        given = {**changes, "anchor": Anchor.of(changes["anchor"])} if "anchor" in changes else dict(changes)
        changed = [name for name in _MEMBERS if name in given and given[name] != getattr(note, name)]
        if not changed:
            return await _annotated(repository, note)
        if changed != ["visibility"]:
            plans.require_storage(principal)
        values: dict[str, Any] = {name: given[name] for name in changed}
        if values.get("anchor") is not None:
            values |= _anchored(values["anchor"], await _article(repository, note.article_id))
        elif "anchor" in values:
            values |= {"anchor_start": None, "anchor_end": None}
        now = max(infrastructure().clock.now(), note.updated_at)
        after = await repository.change(note.id, {**values, "revision": note.revision + 1, "updated_at": now})
        await repository.add_revision(after, changed)
        audit.record(principal, "note.changed", target=("note", note.id), before=_facts(note), after=_facts(after))
        return await _annotated(repository, after)

    async def delete(self, principal: Principal, note_id: str) -> None:
        """Put a note into the trash; its author's and an admin's right. Raises `NoteNotFound` and `Forbidden`."""
        repository = NoteRepository(await session(), principal)
        note = await _present(repository, note_id, lock=True)
        if note.author_id != principal.principal_id and not organizations.reaches(principal, "admin"):
            raise Forbidden("Only its author, or an admin, deletes a note.")
        if note.visibility == "organization":
            await organizations.require(principal, "notes.delete")
        now = infrastructure().clock.now()
        after = await repository.change(note.id, {"deleted_at": now, "deleted_by": principal.principal_id})
        audit.record(principal, "note.deleted", target=("note", note.id), before=_facts(note), after=_facts(after))

    async def restore(self, principal: Principal, note_id: str) -> Annotated:
        """Take a note out of the trash; one that is not in it stays as it is.

        Whoever deleted it restores it: what an admin took down, its author cannot put back (`Forbidden`). Raises
        `NoteNotFound`, after `RESTORABLE` too.
        """
        repository = NoteRepository(await session(), principal)
        note = await repository.get(_id(note_id), lock=True)
        if note is None or (note.deleted_at is not None and not _is_in_trash(note, principal)):
            raise NoteNotFound(_UNKNOWN)
        if note.deleted_at is None:
            return await _annotated(repository, note)
        if note.deleted_by != principal.principal_id:
            raise Forbidden("An admin of the organisation has deleted this note, so only they can restore it.")
        after = await repository.change(note.id, {"deleted_at": None, "deleted_by": None})
        audit.record(principal, "note.restored", target=("note", note.id), before=_facts(note), after=_facts(after))
        return await _annotated(repository, after)

    async def revisions(
        self, principal: Principal, note_id: str, *, limit: int, cursor: str | None = None
    ) -> Slice[NoteRevisionRow]:
        """What a note says and has said, newest first. Raises `NoteNotFound` and `InvalidCursor`.

        What a shared note said while it was private is shown to its author only.
        """
        repository = NoteRepository(await session(), principal)
        note = await _present(repository, note_id)
        bound_to = b"note revisions" + principal.organization_id.bytes + principal.principal_id.bytes + note.id.bytes
        below = value_in(cursor, bound_to, int)
        rows = await repository.revisions(note, below=below, limit=limit + 1)
        return sliced(rows, limit, bound_to, lambda last: (last.revision,))


async def _present(repository: NoteRepository, note_id: str, *, lock: bool = False) -> NoteRow:
    note = await repository.get(_id(note_id), lock=lock)
    if note is None or note.deleted_at is not None:
        raise NoteNotFound(_UNKNOWN)
    return note


async def _written(repository: NoteRepository, id_: UUID) -> NoteRow:
    note = await repository.get(id_)
    assert note is not None  # noqa: S101 - this transaction has just written it
    return note


async def _annotated(repository: NoteRepository, note: NoteRow) -> Annotated:
    return (await states.annotate(repository, [note]))[0]


async def _article(repository: NoteRepository, article_id: UUID) -> ArticleText:
    article = (await repository.texts([article_id])).get(article_id)
    if article is None:
        raise ArticleNotFound(_NO_ARTICLE)
    return article


def _anchored(anchor: Anchor | None, article: ArticleText) -> NoteValues:
    """The columns of an anchor that is set in the present text, be it not found there.

    It may quote the publisher's page while only an excerpt is stored here, and be found when the text comes.
    """
    found = LOST if anchor is None or article.text is None else locate(anchor, Text(article.text))
    return {
        "article_revision": article.revision,
        "anchor": None if anchor is None else anchor._asdict(),
        "anchor_start": found.start,
        "anchor_end": found.end,
    }


def _facts(note: NoteRow) -> dict[str, Any]:
    """What the audit log may know of a note: admins read it, so nothing that was written in private."""
    return {
        "article_id": ids.encode("art", note.article_id),
        "visibility": note.visibility,
        "revision": note.revision,
        "is_deleted": note.deleted_at is not None,
    }


def _is_in_trash(note: NoteRow, principal: Principal) -> bool:
    concerned = (note.author_id, note.deleted_by)
    return note.deleted_at is not None and note.deleted_at > _purged_until() and principal.principal_id in concerned


def _purged_until() -> datetime:
    return infrastructure().clock.now() - RESTORABLE


def _fingerprint(principal: Principal, query: NoteQuery) -> bytes:
    """All that decides which list it is: the caller too, because each sees other private notes."""
    q = query
    parts = (q.article_id, q.mine, q.visibility, q.q, q.deleted, q.sort)
    caller = principal.organization_id.bytes + principal.principal_id.bytes
    return blake2b(caller + json.dumps(parts), digest_size=16, person=b"notes").digest()


def _id(text: str) -> UUID:
    try:
        return ids.decode("note", text)
    except ids.InvalidId:
        raise NoteNotFound(_UNKNOWN) from None


def _article_id(text: str) -> UUID:
    try:
        return ids.decode("art", text)
    except ids.InvalidId:
        raise ArticleNotFound(_NO_ARTICLE) from None


notes: Final = Notes()
