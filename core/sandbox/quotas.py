"""The quotas of the upstreams, counted on the newsroom's clock: with a frozen clock a day never ends by itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

DAY: Final = timedelta(days=1)
NEWSAPI_PER_DAY: Final = 100
GUARDIAN_PER_DAY: Final = 500
REDDIT_PER_WINDOW: Final = 1_000  # 100 queries a minute, averaged over ten minutes
REDDIT_WINDOW: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Spent:
    """What is left of a quota after a request."""

    allowed: bool
    limit: int
    used: int
    reset_s: int

    @property
    def remaining(self) -> int:
        """Requests that are still allowed in this window."""
        return max(0, self.limit - self.used)


class Quotas:
    """Fixed windows that begin with the first request; a refused request is not counted."""

    def __init__(self) -> None:
        self._windows: dict[tuple[str, str], tuple[datetime, int]] = {}
        self._limits: dict[str, int] = {}

    def spend(self, upstream: str, key: str, *, limit: int, window: timedelta, now: datetime) -> Spent:
        """Takes one request from the quota of `key`, if there is one left."""
        limit = self._limits.get(upstream, limit)
        began, used = self._windows.get((upstream, key), (now, 0))
        if not began <= now < began + window:
            began, used = now, 0
        allowed = used < limit
        used += allowed
        self._windows[upstream, key] = (began, used)
        return Spent(allowed, limit, used, reset_s=int((began + window - now).total_seconds()))

    def set_limit(self, upstream: str, limit: int) -> None:
        """Replaces an upstream's limit, for keys of every kind that has one."""
        self._limits[upstream] = limit

    def reset(self) -> None:
        """Fresh windows and the limits as they were."""
        self._windows.clear()
        self._limits.clear()

    def used(self) -> dict[str, int]:
        """Requests counted so far by `upstream/key`."""
        return {f"{upstream}/{key}": used for (upstream, key), (_, used) in sorted(self._windows.items())}
