"""From the outcome of a poll to state, reason and next check."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from core.sources.health import after_failure, after_success, quota_after_failure
from core.sources.types import Quota
from core.upstreams.backoff import CAP_S
from core.upstreams.types import FeedInfo, Fetched, UpstreamError
from tests.support.drafts import NOW

INTERVAL_S = 300


def longest(_: float, most: float) -> float:
    """A draw that always comes out highest."""
    return most


def shortest(least: float, _: float) -> float:
    return least


def fetched(*, ttl_s: int | None = None, moved_to: str | None = None, requests: int = 1) -> Fetched:
    feed = None if ttl_s is None else FeedInfo(title=None, site_url=None, format="rss", language=None, ttl_s=ttl_s)
    return Fetched(
        drafts=(), cursor={}, outcome="ok", http_status=200, bytes_read=0, requests=requests, rejected=(), feed=feed,
        moved_to=moved_to, quota_remaining=None,
    )  # fmt: skip


def wait_s(until: datetime | None) -> float:
    assert until is not None
    return (until - NOW).total_seconds()


def success(result: Fetched, **given: Any) -> float:
    verdict = after_success(result, now=NOW, interval_s=INTERVAL_S, uniform=shortest, **{"took_s": 0.1, **given})
    return wait_s(verdict.next_fetch_at)


def test_a_success_is_healthy_and_has_no_reason() -> None:
    verdict = after_success(fetched(), now=NOW, took_s=0.1, interval_s=INTERVAL_S, uniform=longest)
    assert (verdict.state, verdict.reason, verdict.consecutive_failures) == ("healthy", None, 0)
    assert INTERVAL_S <= wait_s(verdict.next_fetch_at) <= INTERVAL_S * 1.1


def test_a_late_answer_is_slow() -> None:
    verdict = after_success(fetched(), now=NOW, took_s=7.2, interval_s=INTERVAL_S)
    assert (verdict.state, verdict.reason) == ("slow", "It took 7 s to answer.")


def test_many_requests_may_take_their_time() -> None:
    verdict = after_success(fetched(requests=80), now=NOW, took_s=40, interval_s=INTERVAL_S)
    assert verdict.state == "healthy"


def test_a_move_is_said() -> None:
    verdict = after_success(fetched(moved_to="x"), now=NOW, took_s=7.2, interval_s=INTERVAL_S, note="It has moved.")
    assert (verdict.state, verdict.reason) == ("moved", "It has moved.")


@pytest.mark.parametrize(("ttl_s", "expected_s"), [(None, 300), (0, 300), (60, 300), (900, 900), (86_400, 1_200)])
def test_a_feeds_own_rhythm_slows_us_down_within_bounds(ttl_s: int | None, expected_s: int) -> None:
    assert success(fetched(ttl_s=ttl_s)) == expected_s


@pytest.mark.parametrize(
    ("remaining", "requests", "expected_s"),
    [(100, 1, 300), (50, 1, 300), (49, 1, 36_000 / 49), (10, 2, 7_200), (1, 1, 36_000), (0, 1, 36_000)],
)
def test_what_is_left_of_a_quota_is_spread_over_its_window(remaining: int, requests: int, expected_s: float) -> None:
    quota = Quota(100, remaining, NOW + timedelta(hours=10))
    assert success(fetched(requests=requests), quota=quota) == pytest.approx(expected_s)


def test_a_quota_that_has_started_again_holds_nothing_up() -> None:
    assert success(fetched(), quota=Quota(100, 1, NOW - timedelta(seconds=1))) == INTERVAL_S


@pytest.mark.parametrize("failures", [0, 1, 2, 5, 50, 10_000])
def test_failures_back_off_to_at_most_six_hours(failures: int) -> None:
    verdict = after_failure(failures, UpstreamError("It is broken."), now=NOW, uniform=longest)
    assert (verdict.state, verdict.reason, verdict.consecutive_failures) == ("failing", "It is broken.", failures + 1)
    assert wait_s(verdict.next_fetch_at) == min(CAP_S, 30 * 2**failures)


def test_nobody_is_asked_again_at_once() -> None:
    assert wait_s(after_failure(0, UpstreamError("x"), now=NOW, uniform=shortest).next_fetch_at) == 5


def test_a_providers_own_wish_is_a_floor() -> None:
    error = UpstreamError("Wait.", state="throttled", retry_after_s=1_234)
    verdict = after_failure(0, error, now=NOW, uniform=longest)
    assert verdict.state == "throttled"
    assert 1_234 <= wait_s(verdict.next_fetch_at) <= 1_234 + 30


def test_what_is_gone_is_not_asked_again() -> None:
    verdict = after_failure(3, UpstreamError("Gone.", state="gone"), now=NOW)
    assert (verdict.state, verdict.next_fetch_at) == ("gone", None)


def test_a_throttled_quota_has_nothing_left() -> None:
    error = UpstreamError("x", state="throttled", retry_after_s=60)
    assert quota_after_failure(Quota(100, None, None), error, now=NOW) == Quota(100, 0, NOW + timedelta(seconds=60))


def test_another_failure_says_nothing_about_the_quota() -> None:
    quota = Quota(100, 40, None)
    assert quota_after_failure(quota, UpstreamError("x"), now=NOW) == quota
    assert quota_after_failure(None, UpstreamError("x", state="throttled"), now=NOW) is None
