"""Anchors in articles that their sources edit, as ingest stores it."""

from typing import Any
from uuid import UUID

import pytest

from core.infra.context import Infrastructure
from core.ingest.service import ingest
from core.ingest.types import SourceProfile
from core.kit import ids
from core.kit.principal import NEWSROOM_ID, Principal, job
from core.notes.service import notes
from core.notes.states import AnchorStates, states
from core.notes.types import Annotated
from tests.support.drafts import NOW, draft
from tests.support.process import Database

AUTHOR = Principal(NEWSROOM_ID, ids.new_id(), "api_key", frozenset({"notes:read", "notes:write"}))
LEAD = "Three makers begin small series this winter, and five people were hurt in a fire at the plant on Tuesday."


class Desk:
    """One source with one article, and a note on it."""

    def __init__(self, infra: Infrastructure, database: Database) -> None:
        self._infra, self._database = infra, database
        self._source = database.source("desk")

    async def publish(self, text: str | None, *, removed: bool = False) -> UUID:
        """What the source says now; the article's id."""
        given = draft("1", title="Batteries leave the laboratory", summary=text, removed=removed)
        await ingest.store(job(NEWSROOM_ID), SourceProfile(self._source, "Desk"), [given], now=NOW)
        return UUID(str(self._database.row("SELECT id FROM articles")["id"]))

    async def note(self, article_id: UUID, **anchor: str) -> Annotated:
        async with self._infra.unit_of_work(AUTHOR):
            return await notes.create(
                AUTHOR, ids.encode("art", article_id), body="?", visibility="private", anchor=anchor or None
            )

    async def read(self, note: Annotated) -> Annotated:
        async with self._infra.unit_of_work(AUTHOR):
            return await notes.get(AUTHOR, ids.encode("note", note.note.id))


@pytest.fixture
def desk(infra: Infrastructure, database: Database) -> Desk:
    return Desk(infra, database)


def shown(text: str, found: Annotated) -> tuple[str, str | None]:
    state = found.anchor_state
    assert state is not None
    return state.status, None if state.start is None else text[state.start : state.end]


async def test_words_that_the_article_does_not_hold_are_lost_until_it_does(desk: Desk) -> None:
    article = await desk.publish(LEAD)
    note = await desk.note(article, exact="a spokesman of the fire brigade")
    assert shown(LEAD, note) == ("lost", None)
    longer = f"{LEAD} On Friday a spokesman of the fire brigade said why."
    await desk.publish(longer)
    assert shown(longer, await desk.read(note)) == ("matched", "a spokesman of the fire brigade")


@pytest.mark.parametrize(
    ("edited", "state"),
    [
        (f"{LEAD} Nobody died.", ("matched", "five people were hurt")),
        (f"Update: {LEAD}", ("moved", "five people were hurt")),
        (LEAD.replace("five people were", "seven people were badly"), ("changed", "seven people were badly hurt")),
        ("Something else is said now, and of football only.", ("lost", None)),
    ],
)
async def test_an_anchor_survives_an_edit(desk: Desk, edited: str, state: tuple[str, str | None]) -> None:
    article = await desk.publish(LEAD)
    note = await desk.note(article, exact="five people were hurt", prefix="winter, and ", suffix=" in a fire")
    assert shown(LEAD, note) == ("matched", "five people were hurt")
    await desk.publish(edited)
    later = await desk.read(note)
    assert shown(edited, later) == state
    assert (later.note.article_revision, later.note.revision) == (1, 1)


async def test_an_anchor_comes_back_with_the_words(desk: Desk) -> None:
    article = await desk.publish(LEAD)
    note = await desk.note(article, exact="five people were hurt")
    for text, status in (("Nothing of it is true.", "lost"), (LEAD, "matched"), (f"So: {LEAD}", "moved")):
        await desk.publish(text)
        assert shown(text, await desk.read(note))[0] == status


async def test_a_new_anchor_is_set_in_the_present_revision(desk: Desk, infra: Infrastructure) -> None:
    article = await desk.publish(LEAD)
    note = await desk.note(article, exact="five people")
    edited = f"Update: {LEAD}"
    await desk.publish(edited)
    async with infra.unit_of_work(AUTHOR):
        changed = await notes.update(AUTHOR, ids.encode("note", note.note.id), {"anchor": {"exact": "small series"}})
    assert shown(edited, changed) == ("matched", "small series")
    assert (changed.note.article_revision, changed.note.revision) == (2, 2)


async def test_in_an_article_that_was_taken_back_every_anchor_is_lost(desk: Desk) -> None:
    article = await desk.publish(LEAD)
    note = await desk.note(article, exact="five people")
    await desk.publish(None, removed=True)
    assert shown("", await desk.read(note)) == ("lost", None)
    assert (await desk.note(article)).anchor_state is None


async def test_a_state_is_computed_once_a_revision(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = AnchorStates()
    monkeypatch.setattr(states, "_known", fresh._known)
    article = await desk.publish(LEAD)
    note = await desk.note(article, exact="five people")
    await desk.read(note)
    assert len(fresh._known) == 0  # where the article was not edited the note knows it
    for text in (f"Update: {LEAD}", f"Second update: {LEAD}"):
        await desk.publish(text)
        for _ in range(3):
            await desk.read(note)
    assert [key[1] for key in fresh._known] == [2, 3]


async def test_what_is_remembered_is_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.notes.states.MAX_REMEMBERED", 2)
    article = await desk.publish(LEAD)
    made: list[Any] = [await desk.note(article, exact=word) for word in ("Three", "makers", "begin", "small")]
    await desk.publish(f"Update: {LEAD}")
    seen = [shown(f"Update: {LEAD}", await desk.read(note)) for note in made]
    assert seen == [("moved", word) for word in ("Three", "makers", "begin", "small")]
    assert len(states._known) <= 2
