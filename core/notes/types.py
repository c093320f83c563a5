"""Notes as they are asked for, and as they are given."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple, Self
from uuid import UUID

AnchorStatus = Literal["matched", "moved", "changed", "lost"]


class Anchor(NamedTuple):
    """The words that a note is about, with what stands before and after them: a TextQuoteSelector.

    W3C Web Annotation Data Model §4.2.4. The words are found again in a text that was edited since.
    """

    exact: str
    prefix: str = ""
    suffix: str = ""

    @classmethod
    def of(cls, stored: Mapping[str, str] | None) -> Self | None:
        """From the form in which it is sent and stored."""
        if stored is None:
            return None
        return cls(stored["exact"], stored.get("prefix", ""), stored.get("suffix", ""))


class AnchorState(NamedTuple):
    """Where the words stand in the article's text now, in code points; both None where they are lost.

    `matched`: where they stood when the note was written. `moved`: elsewhere. `changed`: they were edited, and this is
    what became of them.
    """

    status: AnchorStatus
    start: int | None = None
    end: int | None = None


LOST = AnchorState("lost")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRow:
    """A note. `article_revision` is the article's when the anchor was set; `anchor_start` is where it stood in it.

    `author_name` is None where the author's record is gone. `revision` counts from 1.
    """

    id: UUID
    article_id: UUID
    article_revision: int
    author_id: UUID
    author_kind: str
    author_name: str | None
    visibility: str
    body: str
    anchor: Anchor | None
    anchor_start: int | None
    anchor_end: int | None
    revision: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    deleted_by: UUID | None


class Annotated(NamedTuple):
    """A note with the state of its anchor; None where it has no anchor."""

    note: NoteRow
    anchor_state: AnchorState | None


class NoteRevisionRow(NamedTuple):
    """What a note said from `made_at` on. `changed` names the members that were new in it."""

    revision: int
    article_revision: int
    author_id: UUID
    author_kind: str
    author_name: str | None
    visibility: str
    body: str
    anchor: Anchor | None
    changed: list[str]
    made_at: datetime


class ArticleText(NamedTuple):
    """What a note can be anchored in: the text of an article as of one revision, None where there is none."""

    id: UUID
    revision: int
    language: str
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteQuery:
    """Which notes to list: the filters narrow together, and None leaves one out.

    `q` are words as `websearch_to_tsquery` reads them; `mine` are the caller's own notes only, `deleted` those in the
    caller's trash. `sort` is `created_at` or `updated_at`, with `-` for newest first.
    """

    article_id: str | None = None
    mine: bool = False
    visibility: str | None = None
    q: str | None = None
    deleted: bool = False
    sort: str = "-created_at"
    limit: int = 20
    cursor: str | None = None

    @property
    def ascending(self) -> bool:
        """Whether the oldest come first."""
        return not self.sort.startswith("-")

    @property
    def by_update(self) -> bool:
        """Whether the time of the last change sorts, not that of the making."""
        return self.sort.endswith("updated_at")

    def time_of(self, note: NoteRow) -> datetime:
        """The time that sorts."""
        return note.updated_at if self.by_update else note.created_at


NoteValues = Mapping[str, Any]
"""Columns of `notes` and what to write into them."""
