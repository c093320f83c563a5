"""How long to leave a provider alone: exponential back-off with full jitter, and the provider's own `Retry-After`.

Full jitter, a uniform draw from zero to the exponential bound, spreads clients that failed together best (Marc Brooker,
"Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
"""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

BASE_S: Final = 30.0
CAP_S: Final = 6 * 3600.0
# a Retry-After further away than this is a mistake of the server, or malice: it would silence the source for good
MAX_RETRY_AFTER_S: Final = 7 * 24 * 3600
_MAX_EXPONENT: Final = 32


def backoff_s(
    failures: int,
    *,
    retry_after_s: int | None = None,
    base_s: float = BASE_S,
    cap_s: float = CAP_S,
    uniform: Callable[[float, float], float] = random.uniform,
) -> float:
    """Seconds until the next try after `failures` failures in a row (at least one).

    The draw lies between 0 and min(cap, base × 2^(failures - 1)). A provider's `retry_after_s` is a floor: the draw is
    added to it, so that everybody who was told the same instant does not come back at it.
    """
    exponent = min(max(failures, 1) - 1, _MAX_EXPONENT)
    drawn = uniform(0.0, min(cap_s, base_s * 2.0**exponent))
    return drawn if retry_after_s is None else min(retry_after_s, MAX_RETRY_AFTER_S) + min(drawn, base_s)


def parse_retry_after(value: str | None, *, now: datetime) -> int | None:
    """`Retry-After` in seconds from `now`, at most a week: delta-seconds or an HTTP date (RFC 9110 §10.2.3)."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:12]), MAX_RETRY_AFTER_S)
    try:
        instant = parsedate_to_datetime(text)
    except ValueError:
        return None
    if instant.tzinfo is None:  # `-0000` in RFC 5322: UTC, zone unknown
        instant = instant.replace(tzinfo=UTC)
    return min(max(0, round((instant - now).total_seconds())), MAX_RETRY_AFTER_S)
