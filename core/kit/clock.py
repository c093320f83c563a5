"""Time as a dependency, so that a lifecycle date can be tried before it comes."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

_ZERO: Final = timedelta(0)


class Clock(Protocol):
    """Where the current instant comes from."""

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class FixedClock:
    """A clock that stands still at one instant (`TIDINGS_NOW`)."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant


def clock_from(instant: datetime | None) -> Clock:
    """The machine's clock, or one that stands at `instant`."""
    return SystemClock() if instant is None else FixedClock(instant.astimezone(UTC))


def rfc3339(instant: datetime, *, milliseconds: bool = True) -> str:
    """`2026-11-21T09:00:00.000Z` (RFC 3339, UTC, `Z`); whole seconds without milliseconds, as v1 writes them.

    A page of 20 articles holds 60 of these: `isoformat` of an aware instant costs 2.3 µs, of a naive one 0.6.
    """
    if instant.utcoffset() != _ZERO:
        instant = instant.astimezone(UTC)
    return instant.replace(tzinfo=None).isoformat(timespec="milliseconds" if milliseconds else "seconds") + "Z"


def instant(text: str) -> datetime:
    """The instant that an RFC 3339 text names, in UTC. Raises `ValueError`; the engine has checked a `date-time`."""
    return datetime.fromisoformat(text).astimezone(UTC)
