"""The page that says how versions end: its dates, and the brown-outs that it announces."""

from datetime import UTC, datetime, timedelta

from core.app import read_documents
from core.contract.lifecycle import versions_of
from core.kit.windows import Window
from core.portal.endings import Ending, endings

START = datetime(2027, 5, 4, 9, tzinfo=UTC)
WEEKLY = Window(START, timedelta(minutes=15), timedelta(days=7))


def ending(now: datetime, *brownouts: Window) -> Ending:
    (found,) = endings(versions_of(read_documents(), brownouts), now)
    return found


def test_the_policy_announces_the_dates_and_the_next_brown_outs() -> None:
    shown = ending(START - timedelta(seconds=1), WEEKLY)
    assert (shown.name, shown.successor) == ("v1", ("v2", "Tidings API v2"))
    assert (shown.sunset.isoformat(), shown.left) == ("2027-06-30T23:59:59+00:00", "in 57 days")
    assert len(shown.brownouts) == 9, "every Tuesday from 4 May to 29 June"
    assert shown.brownouts[0].ends_at == START + timedelta(minutes=15)


def test_the_policy_says_which_brown_out_runs_and_forgets_those_that_are_over() -> None:
    shown = ending(START + timedelta(days=7), WEEKLY)
    assert [one.is_running for one in shown.brownouts] == [True] + [False] * 7


def test_the_policy_shows_twenty_of_many() -> None:
    shown = ending(START, Window(START, timedelta(minutes=1), timedelta(hours=1)))
    assert (len(shown.brownouts), shown.has_more) == (20, True)


def test_the_policy_says_when_a_version_has_hours_left_and_when_it_has_ended() -> None:
    assert ending(datetime(2027, 6, 30, 12, 0, tzinfo=UTC)).left == "in 12 hours"
    assert ending(datetime(2027, 7, 1, tzinfo=UTC)).left == "it has ended"
