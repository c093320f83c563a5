"""Notes on articles, and what they said before."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, ForeignKeyConstraint, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base

_LIVE = text("deleted_at IS NULL")


class Note(Base):
    """What somebody wrote about an article, and about which words of it.

    No foreign key leads to the article: a note outlives it. `anchor` is the quoted text with what stands around it;
    `anchor_start` and `anchor_end` are where it stood in the text of `article_revision`, in code points.
    """

    __tablename__ = "notes"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    article_id: Mapped[UUID]
    article_revision: Mapped[int]
    author_id: Mapped[UUID]
    author_kind: Mapped[str]
    visibility: Mapped[str]
    body: Mapped[str]
    anchor: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    anchor_start: Mapped[int | None]
    anchor_end: Mapped[int | None]
    language: Mapped[str]
    revision: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    deleted_at: Mapped[datetime | None]
    deleted_by: Mapped[UUID | None]
    search: Mapped[Any] = mapped_column(
        TSVECTOR,
        Computed(
            "to_tsvector(search_configuration(language), body || ' ' || coalesce(anchor ->> 'exact', ''))",
            persisted=True,
        ),
        nullable=True,
    )

    __table_args__ = (
        CheckConstraint("visibility IN ('private', 'organization')", name="visibility"),
        CheckConstraint("length(body) BETWEEN 1 AND 10000", name="body"),
        Index(
            "ix_notes_created", "organization_id", text("created_at DESC"), text("id DESC"), postgresql_where=_LIVE,
        ),
        Index(
            "ix_notes_updated", "organization_id", text("updated_at DESC"), text("id DESC"), postgresql_where=_LIVE,
        ),
        Index(
            "ix_notes_article", "organization_id", "article_id", text("created_at DESC"), text("id DESC"),
            postgresql_where=_LIVE,
        ),
        Index("ix_notes_author", "organization_id", "author_id", text("created_at DESC"), text("id DESC")),
        Index(
            "ix_notes_private", "author_id", postgresql_where=text("author_kind = 'user' AND visibility = 'private'"),
        ),
        Index("ix_notes_deleted", "deleted_at", postgresql_where=text("deleted_at IS NOT NULL")),
        Index("ix_notes_search", "organization_id", "search", postgresql_using="gin"),
    )  # fmt: skip


class NoteRevision(Base):
    """What a note said from `made_at` on; the newest one is what it says now. Only the author makes them."""

    __tablename__ = "note_revisions"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    note_id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[UUID]
    author_kind: Mapped[str]
    article_revision: Mapped[int]
    visibility: Mapped[str]
    body: Mapped[str]
    anchor: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    changed: Mapped[list[str]]
    made_at: Mapped[datetime]

    __table_args__ = (
        ForeignKeyConstraint(["organization_id", "note_id"], ["notes.organization_id", "notes.id"], ondelete="CASCADE"),
    )
