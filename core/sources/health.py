"""From the outcome of a poll to the state of its source, a reason for people, and the time of the next poll. Pure."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import uniform
from typing import Final

from core.sources.types import Quota, Verdict
from core.upstreams.backoff import backoff_s
from core.upstreams.types import Fetched, UpstreamError

SLOW_AFTER_S: Final = 2.5
"""A source that takes longer for a request, on average, is called slow. Most answer within half a second."""
_MAX_INTERVALS: Final = 4
"""How many poll intervals a feed's own `ttl` may stretch to: templates say 60 minutes and mean nothing by it."""
_JITTER: Final = 0.1
_MIN_RETRY_S: Final = 5.0

Uniform = Callable[[float, float], float]


def after_success(
    fetched: Fetched,
    *,
    now: datetime,
    took_s: float,
    interval_s: int,
    quota: Quota | None = None,
    note: str | None = None,
    uniform: Uniform = uniform,
) -> Verdict:
    """What a poll that worked means. `note` says what became of a feed's move."""
    wait_s = max(_rhythm_s(fetched, interval_s), _pace_s(fetched, quota, now=now))
    following = now + timedelta(seconds=wait_s * (1 + uniform(0.0, _JITTER)))
    if fetched.moved_to is not None:
        return Verdict("moved", note, following, 0)
    answer_s = took_s / max(1, fetched.requests)
    if answer_s > SLOW_AFTER_S:
        return Verdict("slow", f"It took {answer_s:.0f} s to answer.", following, 0)
    return Verdict("healthy", None, following, 0)


def after_failure(failures: int, error: UpstreamError, *, now: datetime, uniform: Uniform = uniform) -> Verdict:
    """What a poll that brought nothing, after `failures` others in a row, means.

    Back off, at most six hours, unless the provider itself names a time.
    """
    failures += 1
    if error.state == "gone":
        return Verdict("gone", error.reason, None, failures)
    wait_s = max(_MIN_RETRY_S, backoff_s(failures, retry_after_s=error.retry_after_s, uniform=uniform))
    return Verdict(error.state, error.reason, now + timedelta(seconds=wait_s), failures)


def quota_after_failure(quota: Quota | None, error: UpstreamError, *, now: datetime) -> Quota | None:
    """A provider that throttles has nothing left until the time it names."""
    if quota is None or error.state != "throttled":
        return quota
    resets_at = quota.resets_at if error.retry_after_s is None else now + timedelta(seconds=error.retry_after_s)
    return Quota(quota.limit, 0, resets_at)


def _rhythm_s(fetched: Fetched, interval_s: int) -> float:
    ttl_s = fetched.feed.ttl_s if fetched.feed is not None else None
    return max(interval_s, min(ttl_s or 0, interval_s * _MAX_INTERVALS))


def _pace_s(fetched: Fetched, quota: Quota | None, *, now: datetime) -> float:
    """Once half of a quota is used, the rest is spread over what is left of its window."""
    if quota is None or quota.remaining is None or quota.resets_at is None or quota.remaining * 2 >= quota.limit:
        return 0.0
    left_s = max(0.0, (quota.resets_at - now).total_seconds())
    return left_s if quota.remaining == 0 else left_s * max(1, fetched.requests) / quota.remaining
