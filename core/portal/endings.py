"""How versions end here, where `Link: <…>; rel="sunset"` of their answers points (RFC 8594 §6). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.contract.lifecycle import Version

MOST_SHOWN: Final = 20
"""Brown-outs of a version that the page lists, the next ones first."""


@dataclass(frozen=True, slots=True)
class Brownout:
    """A time in which the version answers as it will after its Sunset."""

    starts_at: datetime
    ends_at: datetime
    is_running: bool


@dataclass(frozen=True, slots=True)
class Ending:
    """A version that ends. `left` says how long it still answers; `successor` is a version's name and title."""

    name: str
    title: str
    deprecated_since: datetime | None
    sunset: datetime
    left: str
    successor: tuple[str, str] | None
    brownouts: tuple[Brownout, ...]
    has_more: bool


def endings(versions: Mapping[str, Version], now: datetime) -> tuple[Ending, ...]:
    """Every version that has a Sunset, as of `now`: dates, days left, and the brown-outs that are still to come."""
    return tuple(_ending(version, version.sunset, now) for version in versions.values() if version.sunset is not None)


def _ending(version: Version, sunset: datetime, now: datetime) -> Ending:
    coming = sorted(each for window in version.brownouts for each in _first(window.coming(now, sunset)))
    successor = version.successor
    return Ending(
        name=version.name,
        title=version.document["info"]["title"],
        deprecated_since=version.deprecated_since,
        sunset=sunset,
        left=_left(sunset - now),
        successor=None if successor is None else (successor.name, successor.document["info"]["title"]),
        brownouts=tuple(Brownout(start, end, start <= now) for start, end in coming[:MOST_SHOWN]),
        has_more=len(coming) > MOST_SHOWN,
    )


def _first(times: Iterator[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    """One more than the page shows, however often a window comes again."""
    for each, _ in zip(times, range(MOST_SHOWN + 1), strict=False):
        yield each


def _left(left: timedelta) -> str:
    if left <= timedelta(0):
        return "it has ended"
    return f"in {left.days} days" if left.days > 1 else f"in {left.total_seconds() / 3600:.0f} hours"
