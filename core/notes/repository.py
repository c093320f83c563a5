"""All SQL about notes."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, column, func, or_, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.kit.principal import Principal
from core.models import Article, Note, NoteRevision, PrincipalRecord
from core.notes.types import Anchor, ArticleText, NoteQuery, NoteRevisionRow, NoteRow, NoteValues

After = tuple[datetime, UUID]

_COLUMNS: Final = (
    Note.id, Note.article_id, Note.article_revision, Note.author_id, Note.author_kind,
    PrincipalRecord.name, Note.visibility, Note.body, Note.anchor, Note.anchor_start,
    Note.anchor_end, Note.revision, Note.created_at, Note.updated_at, Note.deleted_at, Note.deleted_by,
)  # fmt: skip
_REVISION_COLUMNS: Final = (
    NoteRevision.revision, NoteRevision.article_revision, NoteRevision.author_id, NoteRevision.author_kind,
    PrincipalRecord.name, NoteRevision.visibility, NoteRevision.body, NoteRevision.anchor, NoteRevision.changed,
    NoteRevision.made_at,
)  # fmt: skip
_PURGE: Final = text("SELECT organization_id, id FROM purge_notes(:before, :most)")


class NoteRepository:
    """The notes that the principal may see: its own, and those that its organisation shares."""

    def __init__(self, session: AsyncSession, principal: Principal) -> None:
        self._session = session
        self._organization_id = principal.organization_id
        self._newsroom_id = principal.newsroom_id
        self._reader = principal.principal_id

    async def add(self, id_: UUID, values: NoteValues) -> None:
        """A new note of the principal's."""
        self._session.add(Note(organization_id=self._organization_id, id=id_, author_id=self._reader, **values))
        await self._session.flush()

    async def add_revision(self, note: NoteRow, changed: Iterable[str]) -> None:
        """Keep what the note says now; `changed` are the members that are new in it."""
        self._session.add(
            NoteRevision(
                organization_id=self._organization_id,
                note_id=note.id,
                revision=note.revision,
                author_id=note.author_id,
                author_kind=note.author_kind,
                article_revision=note.article_revision,
                visibility=note.visibility,
                body=note.body,
                anchor=None if note.anchor is None else note.anchor._asdict(),
                changed=list(changed),
                made_at=note.updated_at,
            )
        )
        await self._session.flush()

    async def get(self, id_: UUID, *, lock: bool = False) -> NoteRow | None:
        """One note, deleted or not; locked until the transaction ends if asked for."""
        query = self._visible().where(Note.id == id_)
        row = (await self._session.execute(query.with_for_update(of=Note) if lock else query)).one_or_none()
        return None if row is None else _note(row)

    async def page(
        self, query: NoteQuery, *, article_id: UUID | None, trash_since: datetime, after: After | None, limit: int
    ) -> list[NoteRow]:
        """Notes in the order that is asked for, those beyond `after` (time, id)."""
        position = (Note.updated_at if query.by_update else Note.created_at, Note.id)
        statement = (
            self._visible()
            .where(*self._filters(query, article_id, trash_since))
            .order_by(*(part if query.ascending else part.desc() for part in position))
            .limit(limit)
        )
        if after is not None:
            here = tuple_(*position)
            statement = statement.where(here > after if query.ascending else here < after)
        if query.q is not None:
            matching = func.matching_notes(
                query.q, self._reader, trash_since if query.deleted else None, article_id,
                self._reader if query.mine else None, query.visibility, query.by_update, query.ascending,
                *(after or (None, None)), limit,
            ).table_valued(column("id"))  # fmt: skip
            statement = statement.where(Note.id.in_(select(matching.c.id)))
        return [_note(row) for row in await self._session.execute(statement)]

    async def change(self, id_: UUID, values: NoteValues) -> NoteRow:
        """Write columns of a note and give it back; it must exist."""
        await self._session.execute(
            update(Note).where(Note.organization_id == self._organization_id, Note.id == id_).values(**values)
        )
        changed = await self.get(id_)
        assert changed is not None  # noqa: S101 - the caller holds its lock
        return changed

    async def revisions(self, note: NoteRow, *, below: int | None, limit: int) -> list[NoteRevisionRow]:
        """What a note says and has said, newest first; to others than the author only what was shared with them."""
        query = (
            _with_author(select(*_REVISION_COLUMNS), NoteRevision)
            .where(NoteRevision.organization_id == self._organization_id, NoteRevision.note_id == note.id)
            .order_by(NoteRevision.revision.desc())
            .limit(limit)
        )
        if note.author_id != self._reader:
            query = query.where(NoteRevision.visibility == "organization")
        if below is not None:
            query = query.where(NoteRevision.revision < below)
        found = [NoteRevisionRow._make(row) for row in await self._session.execute(query)]
        return [row._replace(anchor=Anchor.of(row.anchor)) for row in found]  # type: ignore[arg-type]  # JSON until here

    async def texts(self, article_ids: Iterable[UUID]) -> dict[UUID, ArticleText]:
        """The texts of articles that the principal may read, the newsroom's or its organisation's."""
        words = func.coalesce(Article.content_text, Article.summary)
        query = select(Article.id, Article.revision, Article.language, words).where(*self._readable(article_ids))
        return {row[0]: ArticleText._make(row) for row in await self._session.execute(query)}

    async def article_revisions(self, article_ids: Iterable[UUID]) -> dict[UUID, int]:
        """Article → its present revision; those that are gone are left out."""
        query = select(Article.id, Article.revision).where(*self._readable(article_ids))
        return {row.id: row.revision for row in await self._session.execute(query)}

    async def purge(self, *, before: datetime, most: int) -> list[tuple[UUID, UUID]]:
        """Remove notes of any organisation that were deleted before then: organisation and id of each."""
        rows = await self._session.execute(_PURGE, {"before": before, "most": most})
        return [(organization_id, id_) for organization_id, id_ in rows]

    def _visible(self) -> Select[Any]:
        """Row-level security keeps another person's private notes back too; those of keys are kept back here."""
        return _with_author(select(*_COLUMNS), Note).where(
            Note.organization_id == self._organization_id,
            or_(Note.visibility == "organization", Note.author_id == self._reader),
        )

    def _filters(
        self, query: NoteQuery, article_id: UUID | None, trash_since: datetime
    ) -> Iterable[ColumnElement[bool]]:
        if query.deleted:
            yield Note.deleted_at > trash_since
            yield or_(Note.author_id == self._reader, Note.deleted_by == self._reader)
        else:
            yield Note.deleted_at.is_(None)
        if article_id is not None:
            yield Note.article_id == article_id
        if query.mine:
            yield Note.author_id == self._reader
        if query.visibility is not None:
            yield Note.visibility == query.visibility

    def _readable(self, article_ids: Iterable[UUID]) -> tuple[ColumnElement[bool], ...]:
        return Article.organization_id.in_({self._newsroom_id, self._organization_id}), Article.id.in_(set(article_ids))


def _with_author(query: Select[Any], written: type[Note] | type[NoteRevision]) -> Select[Any]:
    return query.outerjoin(
        PrincipalRecord,
        (PrincipalRecord.organization_id == written.organization_id) & (PrincipalRecord.id == written.author_id),
    )


def _note(row: Any) -> NoteRow:
    values: dict[str, Any] = row._asdict()
    author_name, anchor = values.pop("name"), Anchor.of(values.pop("anchor"))
    return NoteRow(author_name=author_name, anchor=anchor, **values)
