"""Being a guest: few connections to one host, and a pause between requests.

This holds within one process. Across processes the job queue holds a lock for each host.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

CONNECTIONS_PER_HOST: Final = 2
_REMEMBERED_HOSTS: Final = 1024


class _Lane:
    """One host: its open turns and the earliest start of the next one, in monotonic seconds."""

    __slots__ = ("next_start", "places", "turns")

    def __init__(self, places: int) -> None:
        self.places = asyncio.Semaphore(places)
        self.turns = 0
        self.next_start = 0.0


class HostGate:
    """At most `connections` requests to a host at once, started at least `spacing_s` seconds apart."""

    def __init__(
        self,
        *,
        spacing_s: float = 0.1,
        connections: int = CONNECTIONS_PER_HOST,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._spacing_s = spacing_s
        self._connections = connections
        self._monotonic = monotonic
        self._sleep = sleep
        self._lanes: dict[str, _Lane] = {}

    @property
    def remembered_hosts(self) -> int:
        """Hosts whose spacing is kept; idle ones are forgotten beyond 1,024."""
        return len(self._lanes)

    @asynccontextmanager
    async def turn(self, host: str, *, spaced: bool = True) -> AsyncIterator[None]:
        """Holds one of the host's places for the body of the `async with`."""
        lane = self._lane(host)
        lane.turns += 1
        try:
            async with lane.places:
                if spaced:
                    await self._keep_distance(lane)
                yield
        finally:
            lane.turns -= 1

    async def _keep_distance(self, lane: _Lane) -> None:
        now = self._monotonic()
        start = max(now, lane.next_start)
        lane.next_start = start + self._spacing_s
        if start > now:
            await self._sleep(start - now)

    def _lane(self, host: str) -> _Lane:
        if host not in self._lanes:
            if len(self._lanes) >= _REMEMBERED_HOSTS:
                self._forget_idle()
            self._lanes[host] = _Lane(self._connections)
        return self._lanes[host]

    def _forget_idle(self) -> None:
        now = self._monotonic()
        self._lanes = {host: lane for host, lane in self._lanes.items() if lane.turns or lane.next_start > now}
