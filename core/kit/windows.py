"""Stretches of time that are announced beforehand, once or again and again.

Written as ISO 8601 intervals, `start/duration`, with a third part where they come again:
`2027-05-04T09:00:00Z/PT15M/P7D` are fifteen minutes from nine o'clock (UTC) on every Tuesday from 4 May on.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from core.kit.clock import instant, rfc3339

SHORTEST: Final = timedelta(minutes=1)
LONGEST: Final = timedelta(days=1)
_DURATION: Final = re.compile(r"P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?)?")
_EXPECTED: Final = "needs the form start/duration or start/duration/every, such as 2027-05-04T09:00:00Z/PT15M/P7D"


@dataclass(frozen=True, slots=True)
class Window:
    """From `starts_at` (aware) on, for as long as `lasts`; again after each `every`. Raises `ValueError`."""

    starts_at: datetime
    lasts: timedelta
    every: timedelta | None = None

    def __post_init__(self) -> None:
        if not SHORTEST <= self.lasts <= LONGEST:
            raise ValueError("a window lasts from one minute to one day")
        if self.every is not None and self.every <= self.lasts:
            raise ValueError("a window comes again after it has ended")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises `ValueError`, which says what is expected."""
        parts = text.split("/")
        if len(parts) not in (2, 3):
            raise ValueError(_EXPECTED)
        try:
            starts_at = instant(parts[0])
        except ValueError:
            raise ValueError(_EXPECTED) from None
        return cls(starts_at, *(_duration(part) for part in parts[1:]))

    def __str__(self) -> str:
        start = rfc3339(self.starts_at, milliseconds=False)
        return "/".join([start, *(f"PT{each.total_seconds():.0f}S" for each in (self.lasts, self.every) if each)])

    def running_until(self, now: datetime) -> datetime | None:
        """The end of the one that `now` lies in; None between them."""
        if now < self.starts_at:
            return None
        start = self.starts_at
        if self.every is not None:
            start += (now - start) // self.every * self.every
        end = start + self.lasts
        return end if now < end else None

    def coming(self, now: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Start and end of each one that is not over yet and begins before `until`."""
        start = self.starts_at
        if self.every is not None and now > start:
            start += (now - start) // self.every * self.every
        while start < until:
            if now < start + self.lasts:
                yield start, start + self.lasts
            if self.every is None:
                return
            start += self.every


def _duration(text: str) -> timedelta:
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groups()):
        raise ValueError(_EXPECTED)
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
