"""What a process remembers of credentials: for how long, how much, and what makes it forget."""

import asyncio
import time
from uuid import UUID

import pytest

from core.infra import memory
from core.infra.memory import Memory
from core.kit.ids import new_id

KEY, ACCOUNT = new_id(), new_id()


def _remember(known: Memory[str], token: str = "token", *about: UUID) -> None:
    known.remember(token, "somebody", about or (KEY, ACCOUNT), as_of=known.changes)


def test_an_entry_lives_one_second_while_nothing_can_be_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    known, now = Memory[str](), 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    _remember(known)
    now += memory.DEAF_S - 0.01
    assert known.get("token") is not None
    now += 0.02
    assert known.get("token") is None
    known.is_hearing = lambda: True
    _remember(known)
    now += memory.HEARING_S - 0.01
    assert known.get("token") is not None
    now += 0.02
    assert known.get("token") is None


def test_what_was_read_before_a_change_is_not_remembered_after_it() -> None:
    known = Memory[str]()
    as_of = known.changes
    known.drop(KEY)  # the news comes while the database is being asked
    known.remember("token", "somebody", (KEY,), as_of=as_of)
    assert known.get("token") is None


def test_a_change_drops_everything_that_is_about_the_thing_and_nothing_else() -> None:
    known, other = Memory[str](), new_id()
    _remember(known, "one", new_id(), ACCOUNT)
    _remember(known, "two", new_id(), ACCOUNT)
    _remember(known, "three", other)
    known.drop(ACCOUNT)
    assert [known.get(token) is not None for token in ("one", "two", "three")] == [False, False, True]
    known.drop(other)
    assert (known._known, known._about) == ({}, {})


def test_after_a_gap_nothing_is_known() -> None:
    known = Memory[str]()
    _remember(known)
    known.remember("unknown", None, (), as_of=known.changes)
    known.drop_all()
    assert (known.get("token"), known.get("unknown")) == (None, None)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MAX_ENTRIES", 10)
    monkeypatch.setattr(memory, "MAX_UNKNOWN", 10)
    known = Memory[str]()
    for number in range(30):
        _remember(known, f"a{number}", new_id(), ACCOUNT)
        known.remember(f"b{number}", None, (), as_of=known.changes)
    assert (len(known._known), len(known._about), len(known._about[ACCOUNT]), len(known._unknown)) == (10, 11, 10, 10)


async def test_many_who_ask_at_once_share_one_look_up_that_survives_the_first_of_them() -> None:
    known, asked, answer = Memory[str](), 0, asyncio.Event()

    async def look_up(token: str) -> tuple[str, tuple[UUID, ...]]:
        nonlocal asked
        asked += 1
        await answer.wait()
        return f"owner of {token}", (KEY,)

    waiting = [asyncio.create_task(known.load("token", look_up)) for _ in range(20)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    answer.set()
    entries = await asyncio.gather(*waiting[1:])
    assert ({entry.found for entry in entries}, asked) == ({"owner of token"}, 1)
