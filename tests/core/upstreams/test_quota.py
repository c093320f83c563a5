"""How many requests a provider still allows."""

from datetime import UTC, datetime, timedelta

import pytest

from core.upstreams.quota import Quota
from core.upstreams.types import UpstreamError

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DAY_S = 86400


class MovingClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.instant = NOON

    def now(self) -> datetime:
        return self.instant


def _quota(clock: MovingClock, limit: int = 3) -> Quota:
    return Quota(provider="NewsAPI", limit=limit, window_s=DAY_S, clock=clock)


def test_an_exhausted_quota_says_when_it_starts_again() -> None:
    quota = _quota(MovingClock(), limit=2)
    quota.take()
    quota.take()
    with pytest.raises(UpstreamError) as error:
        quota.take()
    assert error.value.state == "throttled"
    assert error.value.retry_after_s == DAY_S // 2
    assert "NewsAPI" in error.value.reason


def test_a_new_window_gives_the_whole_quota() -> None:
    clock = MovingClock()
    quota = _quota(clock)
    quota.take()
    assert quota.remaining == 2
    clock.instant += timedelta(hours=12)
    assert quota.remaining == 3
    assert quota.resets_in_s == DAY_S


def test_what_the_provider_reports_wins() -> None:
    quota = _quota(MovingClock())
    quota.observe(remaining=0, resets_in_s=30)
    assert (quota.remaining, quota.resets_in_s) == (0, 30)
    quota.observe(remaining=2)
    assert quota.remaining == 2


@pytest.mark.parametrize("state", [None, {}, {"used": 3, "resets_at": 1.0}])
def test_a_count_of_another_window_is_not_taken_over(state: dict[str, float] | None) -> None:
    quota = _quota(MovingClock())
    quota.resume(state)
    assert quota.remaining == 3


def test_the_count_survives_a_restart() -> None:
    clock = MovingClock()
    first, second = _quota(clock), _quota(clock)
    first.take()
    first.take()
    second.resume(first.state())
    assert second.remaining == 1
