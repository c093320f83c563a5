"""How long a provider is left alone."""

from datetime import UTC, datetime

import pytest

from core.upstreams.backoff import MAX_RETRY_AFTER_S, backoff_s, parse_retry_after

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def _most(low: float, high: float) -> float:
    return high


def _least(low: float, high: float) -> float:
    return low


@pytest.mark.parametrize(
    ("failures", "bound"), [(0, 30), (1, 30), (2, 60), (3, 120), (8, 3840), (11, 21600), (10_000, 21600)]
)
def test_the_bound_doubles_up_to_the_cap(failures: int, bound: float) -> None:
    assert backoff_s(failures, uniform=_most) == bound


def test_the_jitter_is_full() -> None:
    assert backoff_s(5, uniform=_least) == 0
    drawn = {backoff_s(5) for _ in range(50)}
    assert len(drawn) > 40
    assert all(0 <= seconds <= 480 for seconds in drawn)


def test_a_retry_after_is_a_floor_with_a_little_jitter_on_top() -> None:
    assert backoff_s(6, retry_after_s=600, uniform=_least) == 600
    assert backoff_s(6, retry_after_s=600, uniform=_most) == 630


def test_a_retry_after_of_years_is_cut_to_a_week() -> None:
    assert backoff_s(1, retry_after_s=10**9, uniform=_least) == MAX_RETRY_AFTER_S


@pytest.mark.parametrize("value", [None, "", "soon", "-5", "1.5", "١٢", "Sat, 99 Nov 2026 09:00:00 GMT", "\x00"])
def test_a_retry_after_that_makes_no_sense_is_none(value: str | None) -> None:
    assert parse_retry_after(value, now=NOW) is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        (" 120 ", 120),
        ("9" * 400, MAX_RETRY_AFTER_S),
        ("Sat, 21 Nov 2026 09:02:00 GMT", 120),
        ("Sat, 21 Nov 2026 10:02:00 +0100", 120),
        ("Saturday, 21-Nov-26 09:01:00 GMT", 60),
        ("Sat Nov 21 09:01:00 2026", 60),
        ("Fri, 20 Nov 2026 09:00:00 GMT", 0),
        ("Sat, 21 Nov 2099 09:00:00 GMT", MAX_RETRY_AFTER_S),
    ],
)
def test_a_retry_after_is_read_in_seconds_and_as_a_date(value: str, seconds: int) -> None:
    assert parse_retry_after(value, now=NOW) == seconds
