"""Instants in and out."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kit.clock import FixedClock, SystemClock, clock_from, instant, rfc3339


@pytest.mark.parametrize("text", ["", "yesterday", "2026-11-21", "2026-13-01T00:00:00Z", "2026-11-21T09:00:00"])
def test_what_is_not_an_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        instant(text)


@given(st.datetimes(timezones=st.timezones()))
def test_an_instant_is_written_in_utc_to_the_millisecond(moment: datetime) -> None:
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:  # the first and the last day that Python knows
        return
    expected = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert rfc3339(moment) == expected
    assert instant(rfc3339(moment)) == moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def test_another_zone_is_written_in_utc() -> None:
    moment = datetime(2026, 11, 21, 1, 2, 3, 456789, timezone(timedelta(hours=2)))
    assert rfc3339(moment) == "2026-11-20T23:02:03.456Z"
    assert rfc3339(moment, milliseconds=False) == "2026-11-20T23:02:03Z"


def test_a_fixed_clock_stands_and_the_machines_runs() -> None:
    moment = datetime(2027, 7, 1, tzinfo=UTC)
    assert clock_from(moment) == FixedClock(moment)
    assert clock_from(moment).now() == moment
    clock = clock_from(None)
    assert isinstance(clock, SystemClock)
    assert clock.now().tzinfo is UTC
