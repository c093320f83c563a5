"""What is gathered is written again and again, and at the end, whatever fails meanwhile."""

import asyncio

import pytest

from core.infra.regular_writer import RegularWriter
from tests.support.waiting import until

LONG_S = 3600.0


class Notebook(RegularWriter):
    """Counts how often it was asked to write; fails the first time."""

    name = "notes"
    every_s = 0.01

    def __init__(self) -> None:
        self.asked = 0

    async def write_waiting(self) -> None:
        self.asked += 1
        if self.asked == 1:
            raise ValueError("the first page is torn")


class Slow(Notebook):
    """Is being written when its end comes."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = False

    async def write_waiting(self) -> None:
        self.asked += 1
        if self.asked == 1:
            try:
                await asyncio.sleep(LONG_S)
            except asyncio.CancelledError:
                self.kept = True
                raise


class Patient(Notebook):
    """Gathers longer than any test takes."""

    every_s = LONG_S


async def test_a_batch_that_fails_is_told_and_ends_nothing(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    async with Notebook() as notebook:
        await until(lambda: notebook.asked > 2)
    # printed, or logged where an earlier test of the process has configured that
    assert "notes_batch_failed" in capsys.readouterr().out + caplog.text


async def test_at_its_end_it_writes_once_more_whatever_the_pause() -> None:
    async with Patient() as patient:
        assert patient.asked == 0
    assert patient.asked == 1  # and what it raised ended nothing


async def test_what_is_under_way_at_the_end_is_cancelled_and_then_written() -> None:
    async with Slow() as slow:
        await until(lambda: slow.asked == 1)
    assert (slow.kept, slow.asked) == (True, 2)
