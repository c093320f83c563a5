"""What is known of the conformance of an operation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple


class LastDrift(NamedTuple):
    """An answer that was not as documented, and the first thing that was wrong with it.

    `place` is status, header, media_type or body; `pointer` the JSON pointer into the body, or the name of the header;
    `keyword` what of the document it broke (see `core.contract.answers.Drift`).
    """

    at: datetime
    status: int
    place: str
    pointer: str
    keyword: str


class Examined(NamedTuple):
    """What was seen of one operation on one day since the last batch. `dropped` answers were chosen, and not seen."""

    day: date
    version: str
    operation: str
    checked: int
    drifted: int
    dropped: int
    last_checked_at: datetime | None
    last_drift: LastDrift | None


@dataclass(frozen=True, slots=True)
class OperationConformance:
    """What was seen of one operation on all days that were asked for."""

    version: str
    operation: str
    checked: int
    drifted: int
    dropped: int
    last_checked_at: datetime | None
    last_drift: LastDrift | None


@dataclass(frozen=True, slots=True)
class ConformanceFilter:
    """What is wanted: the last `days` days, today included; only one version; only operations that drifted."""

    days: int
    version: str | None = None
    drifted: bool = False


Batch = Sequence[Examined]
