"""How many requests a provider still allows us. The limits are configuration: plans differ, and change."""

from collections.abc import Mapping
from typing import Any

from core.kit.clock import Clock, SystemClock
from core.upstreams.types import UpstreamError


class Quota:
    """A fixed window of `limit` requests every `window_s` seconds, aligned to the Unix epoch (a day is a UTC day).

    The count survives a restart through the source's cursor (`state`, `resume`). What the provider itself reports wins
    (`observe`).
    """

    def __init__(self, *, provider: str, limit: int, window_s: int, clock: Clock | None = None) -> None:
        self.provider = provider
        self.limit = limit
        self.window_s = window_s
        self._clock = clock or SystemClock()
        self._resets_at = 0.0
        self._used = 0

    @property
    def remaining(self) -> int:
        """Requests that may still be sent in this window."""
        self._roll()
        return max(0, self.limit - self._used)

    @property
    def resets_in_s(self) -> int:
        """Seconds until the window ends, at least 1."""
        self._roll()
        return max(1, round(self._resets_at - self._now()))

    def take(self) -> None:
        """Counts one request; raises UpstreamError (throttled, with the time of the reset) when none is left."""
        if self.remaining == 0:
            raise UpstreamError(
                f"The quota of {self.limit} requests for {self.provider} is used up; "
                f"it starts again in {self.resets_in_s} s.",
                state="throttled",
                retry_after_s=self.resets_in_s,
            )
        self._used += 1

    def observe(self, *, remaining: int, resets_in_s: int | None = None) -> None:
        """What the provider says about itself, in its answer's headers."""
        self._roll()
        self._used = max(0, self.limit - remaining)
        if resets_in_s is not None:
            self._resets_at = self._now() + resets_in_s

    def resume(self, state: Mapping[str, Any] | None) -> None:
        """Takes over the count that an earlier process stored, as far as it belongs to this window."""
        self._roll()
        if state and state.get("resets_at") == self._resets_at:
            self._used = max(self._used, int(state.get("used", 0)))

    def state(self) -> dict[str, Any]:
        """What `resume` needs: JSON-able."""
        self._roll()
        return {"used": self._used, "resets_at": self._resets_at}

    def _roll(self) -> None:
        now = self._now()
        if now >= self._resets_at:
            self._used = 0
            self._resets_at = now - now % self.window_s + self.window_s

    def _now(self) -> float:
        return self._clock.now().timestamp()
