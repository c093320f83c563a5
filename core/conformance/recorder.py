"""What was seen of the answers waits in the memory of the process, and is written down in batches.

What was counted since the last batch, 5 s at most, is lost when the process is killed; when it ends in order, nothing
is. While the database is away it is kept: there is one row for each operation and day.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import structlog

from core.conformance.service import conformance
from core.conformance.types import Examined, LastDrift
from core.contract.answers import Drift
from core.errors import Unavailable
from core.infra.context import Infrastructure, use
from core.infra.regular_writer import RegularWriter
from core.kit.principal import NEWSROOM_ID, job

WRITE_EVERY_S: Final = 5.0

_Key = tuple[date, str]


class ConformanceRecorder(RegularWriter):
    """Implements `core.contract.ports.Examined`."""

    name = "conformance"
    every_s = WRITE_EVERY_S

    def __init__(self, infra: Infrastructure) -> None:
        self._infra = infra
        self._seen: dict[_Key, Examined] = {}
        self._forgotten: date | None = None

    def examined(self, operation: str, status: int, drifts: Sequence[Drift]) -> None:
        """One answer that was held against its document."""
        now = self._infra.clock.now()
        last = LastDrift(now, status, *drifts[0]) if drifts else None
        drifted = 1 if drifts else 0
        seen = _row(now.date(), operation)._replace(checked=1, drifted=drifted, last_checked_at=now, last_drift=last)
        self._add(seen)

    def dropped(self, operation: str, count: int) -> None:
        """So many answers that were not looked at."""
        self._add(_row(self._infra.clock.now().date(), operation)._replace(dropped=count))

    async def write_waiting(self) -> None:
        """Write down what was seen; what cannot be written is kept for the next time."""
        seen, self._seen = self._seen, {}
        today = self._infra.clock.now().date()
        try:
            with use(self._infra):
                async with self._infra.unit_of_work(job(NEWSROOM_ID)):
                    if seen:
                        await conformance.add(list(seen.values()))
                    if self._forgotten != today:
                        await conformance.forget(today)
            self._forgotten = today
        except Unavailable as error:
            structlog.get_logger(__name__).warning("conformance_not_written", rows=len(seen), reason=str(error))
            self._keep(seen)
        except BaseException:
            self._keep(seen)
            raise

    def _keep(self, seen: dict[_Key, Examined]) -> None:
        newer, self._seen = self._seen, seen
        for row in newer.values():
            self._add(row)

    def _add(self, row: Examined) -> None:
        key = (row.day, f"{row.version}.{row.operation}")
        there = self._seen.get(key)
        self._seen[key] = row if there is None else _sum(there, row)


def _row(day: date, name: str) -> Examined:
    version, _, operation = name.partition(".")
    return Examined(day, version, operation, 0, 0, 0, None, None)


def _sum(older: Examined, newer: Examined) -> Examined:
    return older._replace(
        checked=older.checked + newer.checked,
        drifted=older.drifted + newer.drifted,
        dropped=older.dropped + newer.dropped,
        last_checked_at=newer.last_checked_at or older.last_checked_at,
        last_drift=newer.last_drift or older.last_drift,
    )
