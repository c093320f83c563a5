"""What is left of the caller's budgets, as headers: IETF draft-ietf-httpapi-ratelimit-headers-11, and the old ones.

RateLimit-Policy: "key";q=100;w=3600
RateLimit: "key";r=42;t=1380
X-RateLimit-Limit: 100 · X-RateLimit-Remaining: 42 · X-RateLimit-Reset: 1795167380
"""

from __future__ import annotations

from functools import lru_cache
from time import time

from core.contract.exchange import Headers
from core.contract.ports import PolicyState


@lru_cache(maxsize=1024)
def _policy(name: str, limit: int, window_s: int) -> bytes:
    return b'"%s";q=%d;w=%d' % (name.encode(), limit, window_s)


def rate_headers(policies: tuple[PolicyState, ...]) -> Headers:
    """The headers for all policies; the old ones speak of the one with the least left."""
    if len(policies) == 1:
        tightest = policies[0]
        quota = _policy(tightest.name, tightest.limit, tightest.window_s)
        left = b'"%s";r=%d;t=%d' % (tightest.name.encode(), tightest.remaining, tightest.reset_s)
    else:
        tightest = min(policies, key=_left)
        quota = b", ".join([_policy(state.name, state.limit, state.window_s) for state in policies])
        left = b", ".join([b'"%s";r=%d;t=%d' % (s.name.encode(), s.remaining, s.reset_s) for s in policies])
    return [
        (b"ratelimit-policy", quota),
        (b"ratelimit", left),
        (b"x-ratelimit-limit", b"%d" % tightest.limit),
        (b"x-ratelimit-remaining", b"%d" % tightest.remaining),
        (b"x-ratelimit-reset", b"%d" % (time() + tightest.reset_s)),
    ]


def _left(state: PolicyState) -> int:
    return state.remaining
