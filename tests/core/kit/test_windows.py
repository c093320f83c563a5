"""Windows that come once or again and again."""

from datetime import UTC, datetime, timedelta

import pytest

from core.kit.windows import Window

NINE = datetime(2027, 5, 4, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2027-05-04T09:00:00Z",
        "2027-05-04T09:00:00/PT15M",
        "2027-05-04T09:00:00Z/15",
        "2027-05-04T09:00:00Z/P",
        "2027-05-04T09:00:00Z/PT",
        "2027-05-04T09:00:00Z/PT30S",
        "2027-05-04T09:00:00Z/P2D",
        "2027-05-04T09:00:00Z/PT1H/PT1H",
        "2027-05-04T09:00:00Z/PT15M/P7D/P7D",
        "tomorrow/PT15M",
    ],
)
def test_what_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"window|form"):
        Window.parse(text)


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("2027-05-04T09:00:00Z/PT15M", Window(NINE, 15 * MINUTE)),
        ("2027-05-04T11:00:00+02:00/PT1H30M", Window(NINE, 90 * MINUTE)),
        ("2027-05-04T09:00:00Z/PT90S/P1W", Window(NINE, timedelta(seconds=90), 7 * DAY)),
        ("2027-05-04T09:00:00Z/P1D/P1DT12H", Window(NINE, DAY, timedelta(hours=36))),
    ],
)
def test_a_window_is_read_and_written_again(text: str, window: Window) -> None:
    assert Window.parse(text) == window
    assert Window.parse(str(window)) == window


@pytest.mark.parametrize(
    ("after_start", "runs"),
    [
        (-MINUTE, False),
        (timedelta(0), True),
        (15 * MINUTE - timedelta(microseconds=1), True),
        (15 * MINUTE, False),
        (7 * DAY - MINUTE, False),
        (7 * DAY, True),
        (700 * DAY + 14 * MINUTE, True),
        (700 * DAY + 15 * MINUTE, False),
    ],
)
def test_a_weekly_window_runs_from_its_start_up_to_its_end(after_start: timedelta, *, runs: bool) -> None:
    weekly = Window(NINE, 15 * MINUTE, 7 * DAY)
    now = NINE + after_start
    end = weekly.running_until(now)
    assert (end is not None) is runs
    if end is not None:
        assert now < end <= now + 15 * MINUTE


def test_a_window_without_repetition_runs_once() -> None:
    once = Window(NINE, 15 * MINUTE)
    assert once.running_until(NINE) == NINE + 15 * MINUTE
    assert once.running_until(NINE + 7 * DAY) is None


def test_those_to_come_begin_with_the_one_that_runs_and_end_before_the_sunset() -> None:
    weekly = Window(NINE, 15 * MINUTE, 7 * DAY)
    now = NINE + 7 * DAY + MINUTE
    starts = [start for start, _ in weekly.coming(now, NINE + 21 * DAY)]
    assert starts == [NINE + 7 * DAY, NINE + 14 * DAY]
    assert list(Window(NINE, 15 * MINUTE).coming(now, now + DAY)) == []
    assert list(Window(NINE, 15 * MINUTE).coming(NINE - DAY, NINE)) == []
