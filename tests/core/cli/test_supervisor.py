"""Keeping parts running and stopping them in order, with a real redis-server as the part."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.cli.parts import Child, Engine
from core.cli.supervisor import Supervisor
from core.infra.embedded import EmbeddedRedis, EngineError
from tests.support.waiting import until


class Ear:
    """What the operator was told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, line: str) -> None:
        self.lines.append(line)


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
async def supervisor(ear: Ear) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(ear, drain_order=("first", "second"))
    yield supervisor
    supervisor.kill()
    await supervisor.drain()


def engine(name: str, home: Path) -> Engine:
    return Engine(name, EmbeddedRedis(home), home / "logs" / "redis.log")


async def test_a_part_that_ends_as_it_starts_fails_the_start_with_its_last_words(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    child = Child("second", ["no-such-command"], environment=dict(os.environ), log=tmp_path / "log", grace_s=1)
    supervisor.start(child)
    with pytest.raises(EngineError, match=r"second ended as it started: .*no-such-command.*\(log: "):
        await supervisor.until(asyncio.Event().wait(), child)


async def test_a_part_that_was_killed_is_started_again_and_the_operator_is_told(
    supervisor: Supervisor, ear: Ear, tmp_path: Path
) -> None:
    part = engine("second", tmp_path)
    supervisor.start(part)
    supervisor.keep()
    killed = part.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    await until(lambda: "second runs again" in ear.lines)
    assert ear.lines[0].startswith("second ended unexpectedly (")
    assert ear.lines[0].endswith("starting it again in 1 s")
    assert part.pid not in (None, killed)


async def test_a_part_is_not_started_again_while_everything_stops(
    supervisor: Supervisor, ear: Ear, tmp_path: Path
) -> None:
    part = engine("second", tmp_path)
    supervisor.start(part)
    supervisor.keep()
    await supervisor.drain()
    assert part.pid is None
    assert ear.lines == []


async def test_parts_are_stopped_in_the_order_of_the_drain_not_of_the_start(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    first, second = engine("first", tmp_path / "a"), engine("second", tmp_path / "b")
    supervisor.start(second)
    supervisor.start(first)
    assert list(supervisor.pids) == ["second", "first"]
    await supervisor.drain()
    ends = [(home / "logs" / "redis.log").stat().st_mtime_ns for home in (tmp_path / "a", tmp_path / "b")]
    assert ends == sorted(ends)


async def test_killing_ends_everything_at_once(supervisor: Supervisor, tmp_path: Path) -> None:
    part = engine("first", tmp_path)
    supervisor.start(part)
    assert part.pid is not None
    supervisor.kill()
    await until(lambda: part.pid is None)
    assert part.pid is None


async def test_what_was_waited_for_is_given_back(supervisor: Supervisor, tmp_path: Path) -> None:
    part = engine("first", tmp_path)
    supervisor.start(part)

    async def answer() -> int:
        return 42

    assert await supervisor.until(answer(), part) == 42
