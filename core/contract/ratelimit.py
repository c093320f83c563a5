"""What is left of the caller's budgets, as headers: IETF draft-ietf-httpapi-ratelimit-headers-11, and the old ones.

RateLimit-Policy: "key";q=100;w=3600
RateLimit: "key";r=42;t=1380
X-RateLimit-Limit: 100 · X-RateLimit-Remaining: 42 · X-RateLimit-Reset: 1795167380
"""

from __future__ import annotations

from functools import lru_cache
from time import time

from core.contract.ports import PolicyState
from core.errors import RateLimited


@lru_cache(maxsize=1024)
def _policy(name: str, limit: int, window_s: int) -> bytes:
    return b'"%s";q=%d;w=%d' % (name.encode(), limit, window_s)


def rate_lines(policies: tuple[PolicyState, ...]) -> bytes:
    """The header lines for all policies; the old ones speak of the one with the least left."""
    tightest = policies[0] if len(policies) == 1 else min(policies, key=_left)
    return (
        b"ratelimit-policy: %b\r\nratelimit: %b\r\n"
        b"x-ratelimit-limit: %d\r\nx-ratelimit-remaining: %d\r\nx-ratelimit-reset: %d"
    ) % (
        b", ".join([_policy(name, limit, window_s) for name, limit, window_s, _, _ in policies]),
        b", ".join([b'"%b";r=%d;t=%d' % (s.name.encode(), s.remaining, s.reset_s) for s in policies]),
        tightest.limit,
        tightest.remaining,
        time() + tightest.reset_s,
    )


def budget_spent(policies: tuple[PolicyState, ...], *, retry_after_s: int) -> RateLimited:
    """429 that names the budget which has nothing left."""
    spent = min(policies, key=_left, default=None)
    if spent is None:
        return RateLimited("Too many requests.", retry_after_s=retry_after_s)
    return RateLimited(
        f"{spent.limit:,} requests in {spent.window_s:,} seconds are allowed.", retry_after_s=retry_after_s
    )


def _left(state: PolicyState) -> int:
    return state.remaining
