"""The status page: with everything there, with parts away, and however many ask."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import httpx
import pytest

from core.app import create_app
from core.infra.context import open_infrastructure
from core.lifecycle.types import Check, Report, Status
from core.portal.kept import Kept
from core.portal.status import board, duration
from core.settings import load
from core.sources.types import SourceGroup
from tests.core.portal.conftest import Outline
from tests.support.infrastructure import SECRET
from tests.support.served import served

NOW = datetime(2026, 11, 29, 16, 0, tzinfo=UTC)


def report(**states: Status) -> Report:
    checks = tuple(Check(name, states.get(name, "ok"), None, 1.0) for name in ("postgresql", "redis", "worker"))
    return Report(all(check.status != "failed" for check in checks), 90.0, "1.2.3", checks)


async def test_the_page_says_how_parts_and_sources_are_and_names_no_source(portal: httpx.AsyncClient) -> None:
    answer = await portal.get("/status")
    said = " ".join(Outline(answer.text).text.split())
    assert answer.headers["cache-control"] == "no-store"
    assert "PostgreSQL Works" in said
    assert "Redis Works" in said
    assert "Worker Works" in said
    assert "RSS, Atom and JSON feeds Failing 0 1 0 7" in said
    assert "Private name" not in answer.text
    assert "private-name" not in answer.text


async def test_without_postgresql_and_redis_the_pages_still_answer_and_keep_secrets() -> None:
    settings = load(
        {},
        database_url="postgresql://somebody:a-password@127.0.0.1:1/nothing",
        redis_url="redis://:another-password@127.0.0.1:1",
        secret=SECRET,
    )
    async with (
        open_infrastructure(settings),
        served(create_app(settings)) as address,
        httpx.AsyncClient(base_url=address, timeout=30) as client,
    ):
        status, index = await client.get("/status"), await client.get("/")
    assert (status.status_code, index.status_code) == (200, 200)
    assert "It cannot answer requests for now" in status.text
    assert "PostgreSQL knows how the sources are" in status.text
    assert "which does not answer at the moment" in index.text
    assert "password" not in status.text
    assert Outline(index.text).faults == []


def test_a_part_that_is_degraded_is_said_and_does_not_say_down() -> None:
    shown = board(report(worker="degraded"), [], [], now=NOW)
    assert (shown.state, shown.headline) == ("degraded", "It answers, and something is amiss")
    assert [part.word for part in shown.parts] == ["Works", "Works", "Degraded"]


def test_sources_are_grouped_by_kind() -> None:
    groups = [
        SourceGroup("feed", "healthy", 3, 40, NOW),
        SourceGroup("feed", "failing", 1, 2, None),
        SourceGroup("feed", "paused", 2, 0, None),
        SourceGroup("guardian", "throttled", 1, 9, NOW),
        SourceGroup("reddit", "paused", 1, 0, None),
    ]
    shown = board(report(), groups, [], now=NOW)
    assert shown.kinds is not None
    assert [(kind.name, kind.state, kind.well, kind.unwell, kind.resting) for kind in shown.kinds] == [
        ("feed", "degraded", 3, 1, 2),
        ("guardian", "failed", 0, 1, 0),
        ("reddit", "ok", 0, 0, 1),
    ]
    assert shown.kinds[0].articles == 42
    assert shown.state == "degraded"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (40, "40 s"), (720, "12 min"), (15120, "4 h 12 min"), (86400, "1 day 0 h"), (273600, "3 days 4 h")],
)
def test_a_duration_is_said_in_its_largest_units(seconds: float, said: str) -> None:
    assert duration(seconds) == said


async def test_a_hundred_who_ask_at_once_cost_one_look() -> None:
    looks, may_answer = [], asyncio.Event()

    async def look() -> int:
        looks.append(1)
        await may_answer.wait()
        return len(looks)

    kept = Kept(look, seconds=60)
    asking = [asyncio.create_task(kept.get()) for _ in range(100)]
    await asyncio.sleep(0)
    asking[0].cancel()  # a reader who goes away takes nothing from the others
    may_answer.set()
    assert set(await asyncio.gather(*asking[1:])) == {1}
    assert await kept.get() == 1


async def test_an_answer_that_failed_or_is_old_is_looked_for_again() -> None:
    looks: list[int] = []

    async def look() -> int:
        looks.append(1)
        if len(looks) == 1:
            raise OSError("away")
        return len(looks)

    kept = Kept(look, seconds=-1)
    with pytest.raises(OSError, match="away"):
        await kept.get()
    assert await kept.get() == 2
    assert await kept.get() == 3
