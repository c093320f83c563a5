"""Where the anchors of notes stand now, computed once for each revision of an article and then remembered."""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from core.notes.anchors import Text, locate
from core.notes.repository import NoteRepository
from core.notes.types import LOST, Anchor, AnchorState, Annotated, ArticleText, NoteRow

MAX_REMEMBERED: Final = 20_000
"""Anchors of one process, some 200 bytes each."""

_Key = tuple[UUID, int, Anchor, int | None]


class AnchorStates:
    """Most articles are never edited: their anchors stand where they were set, which is stored with the note.

    For the others the text is fetched and searched once a revision, in a thread, because an alignment can take some
    50 ms.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[_Key, AnchorState] = OrderedDict()

    async def annotate(self, repository: NoteRepository, notes: Sequence[NoteRow]) -> list[Annotated]:
        """The notes with the states of their anchors."""
        anchored = {note.article_id for note in notes if note.anchor is not None}
        revisions = await repository.article_revisions(anchored) if anchored else {}
        wanted = {key for note in notes if (key := _key(note, revisions)) is not None}
        missing = wanted - self._known.keys()
        if missing:
            texts = await repository.texts({key[0] for key in missing})
            self._remember(await asyncio.to_thread(_located, missing, texts))
        return [Annotated(note, self._state(note, revisions)) for note in notes]

    def _state(self, note: NoteRow, revisions: dict[UUID, int]) -> AnchorState | None:
        if note.anchor is None:
            return None
        key = _key(note, revisions)
        if key is not None:
            return self._known.get(key, LOST)
        if note.article_id not in revisions or note.anchor_start is None:
            return LOST
        return AnchorState("matched", note.anchor_start, note.anchor_end)

    def _remember(self, located: dict[_Key, AnchorState]) -> None:
        self._known.update(located)
        while len(self._known) > MAX_REMEMBERED:
            self._known.popitem(last=False)


def _key(note: NoteRow, revisions: dict[UUID, int]) -> _Key | None:
    """What the state depends on; None where the note itself knows it, or the article is gone."""
    revision = revisions.get(note.article_id)
    if note.anchor is None or revision is None or revision == note.article_revision:
        return None
    return note.article_id, revision, note.anchor, note.anchor_start


def _located(keys: Iterable[_Key], texts: dict[UUID, ArticleText]) -> dict[_Key, AnchorState]:
    by_article: dict[UUID, list[_Key]] = defaultdict(list)
    for key in keys:
        by_article[key[0]].append(key)
    states = {}
    for article_id, of_article in by_article.items():
        article = texts.get(article_id)
        text = Text(article.text) if article is not None and article.text is not None else None
        for key in of_article:
            _, _, anchor, at = key
            states[key] = LOST if text is None else locate(anchor, text, at=at)
    return states


states: Final = AnchorStates()
