"""The newsroom's time: frozen for tests, moving for people."""

from datetime import UTC, datetime, timedelta
from typing import Final, Literal, Protocol

EPOCH: Final = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
"""Where a frozen clock stands by default, and when the newsroom's first edition closes."""
EDITION_LENGTH: Final = timedelta(days=7)


class NewsroomClock(Protocol):
    """Where the newsroom's current instant comes from."""

    mode: Literal["frozen", "moving"]

    def now(self) -> datetime:
        """The current instant, aware, in UTC, in whole seconds."""
        ...

    def set(self, instant: datetime) -> None:
        """Moves a frozen clock."""
        ...


class FrozenClock:
    """Stands still until somebody sets it."""

    mode: Literal["frozen", "moving"] = "frozen"

    def __init__(self, instant: datetime = EPOCH) -> None:
        self._instant = instant.astimezone(UTC).replace(microsecond=0)

    def now(self) -> datetime:
        return self._instant

    def set(self, instant: datetime) -> None:
        self._instant = instant.astimezone(UTC).replace(microsecond=0)


class MovingClock:
    """The machine's own time; it cannot be set."""

    mode: Literal["frozen", "moving"] = "moving"

    def now(self) -> datetime:
        return datetime.now(UTC).replace(microsecond=0)

    def set(self, instant: datetime) -> None:
        raise ValueError(f"a moving clock cannot be set to {instant.isoformat()}")


def clock_named(name: str) -> NewsroomClock:
    """`moving`, `frozen`, or a frozen clock at an RFC 3339 instant such as `2026-11-21T09:00:00Z`."""
    if name == "moving":
        return MovingClock()
    if name == "frozen":
        return FrozenClock()
    instant = datetime.fromisoformat(name)
    if instant.tzinfo is None:
        raise ValueError(f"{name} needs a time zone, such as 2026-11-21T09:00:00Z")
    return FrozenClock(instant)


def edition_at(instant: datetime) -> int:
    """The number of the edition that is the newest at `instant`; edition 0 closed at `EPOCH`."""
    return (instant - EPOCH) // EDITION_LENGTH
