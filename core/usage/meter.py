"""Counts calls in memory and writes them down in batches: the path of a request pays for one look into a dictionary.

What was counted since the last batch, 5 s at most, is lost when the process is killed; when it ends in order, nothing
is. A batch whose commit was not answered is written again, so that a call may then count twice rather than never.
"""

import asyncio
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from core.contract.elements import NOTHING, Elements
from core.errors import Unavailable
from core.infra.context import Infrastructure, use
from core.infra.regular_writer import RegularWriter
from core.kit.principal import Principal, job
from core.usage.service import usage
from core.usage.types import Counted, ElementCounted

FLUSH_EVERY_S: Final = 5.0
MAX_KEPT: Final = 100_000
"""Rows kept while the database is away, the oldest first to go: 20 MB."""
MAX_TALLIES: Final = 4096
"""Tallies before they are summed up early, in some ms: programs that vary their parameters make many."""

_REFUSED: Final = 400


class Tally:
    """Calls of one principal to one operation since the last batch, all of which used the same elements of it."""

    __slots__ = ("calls", "cost", "elements", "errors", "operation", "principal", "used")

    def __init__(self, principal: Principal, operation: str, elements: Elements, used: int) -> None:
        self.principal = principal
        self.operation = operation
        self.elements = elements
        self.used = used
        self.calls = self.errors = self.cost = 0


class Batch:
    """What one organisation used and is not written yet: rows by what tells them apart."""

    __slots__ = ("calls", "elements")

    def __init__(self) -> None:
        self.calls: dict[tuple[object, ...], Counted] = {}
        self.elements: dict[tuple[object, ...], ElementCounted] = {}

    def __len__(self) -> int:
        return len(self.calls) + len(self.elements)

    def take(self, tally: Tally, day: date, moment: datetime) -> None:
        """Add the calls of a tally, all of them on this day and at this moment."""
        version, _, operation = tally.operation.partition(".")
        caller, calls = tally.principal.principal_id, tally.calls
        self._add(Counted(day, operation, version, caller, calls, tally.errors, tally.cost))
        for element in tally.elements.of(tally.used):
            self._add_element(ElementCounted(day, caller, version, operation, *element, calls, moment))

    def merge(self, other: "Batch") -> None:
        """Add everything of another one."""
        for row in other.calls.values():
            self._add(row)
        for element in other.elements.values():
            self._add_element(element)

    def _add(self, row: Counted) -> None:
        key = row[:4]
        same = self.calls.get(key)
        self.calls[key] = row if same is None else _sum(same, row)

    def _add_element(self, row: ElementCounted) -> None:
        key = row[:7]
        same = self.elements.get(key)
        if same is not None:
            row = row._replace(calls=row.calls + same.calls, last_call_at=max(row.last_call_at, same.last_call_at))
        self.elements[key] = row


class UsageMeter(RegularWriter):
    """Implements `core.contract.ports.Meter`."""

    name = "usage"
    every_s = FLUSH_EVERY_S

    def __init__(self, infra: Infrastructure) -> None:
        self._infra = infra
        self._tallies: dict[tuple[int, int, str, int], Tally] = {}
        self._unwritten: defaultdict[UUID, Batch] = defaultdict(Batch)
        self._day = self._now().date()

    def pause_s(self) -> float:
        """Until midnight (UTC) at the most: what was counted belongs to the day on which that began."""
        now = self._now()
        self._day = now.date()
        midnight = datetime.combine(self._day + timedelta(days=1), datetime.min.time(), UTC)
        return min(self.every_s, (midnight - now).total_seconds())

    async def write_waiting(self) -> None:
        """Write down what was counted since the pause began."""
        await self.write(self._day)

    def count(
        self,
        principal: Principal,
        operation: str,
        status: int,
        cost: int,
        elements: Elements = NOTHING,
        used: int = 0,
    ) -> None:
        """One answered call: `operation` is `v2.listArticles`, `cost` what the budgets were charged.

        `elements.of(used)` is what it used of the operation.
        """
        key = (principal.principal_id.int, principal.organization_id.int, operation, used)
        tally = self._tallies.get(key)
        if tally is None:
            if len(self._tallies) >= MAX_TALLIES:
                self._collect(self._now().date())
            tally = self._tallies[key] = Tally(principal, operation, elements, used)
        tally.calls += 1
        tally.cost += cost
        if status >= _REFUSED:
            tally.errors += 1

    async def write(self, day: date) -> None:
        """Write down what was counted, all of it on `day`; what fails is kept for the next time."""
        self._collect(day)
        batches, self._unwritten = self._unwritten, defaultdict(Batch)
        try:
            while batches:
                await self._write_batch(*batches.popitem())
        finally:  # one of them could not be written, or the server ends: the others are for the next time
            for organization_id, batch in batches.items():
                self._unwritten[organization_id].merge(batch)

    async def _write_batch(self, organization_id: UUID, batch: Batch) -> None:
        try:
            with use(self._infra):
                async with self._infra.unit_of_work(job(organization_id)):
                    calls, elements = list(batch.calls.values()), list(batch.elements.values())
                    await usage.add(job(organization_id), calls, elements)
        except Unavailable as error:
            self._keep(organization_id, batch, str(error))
        except asyncio.CancelledError:
            self._keep(organization_id, batch, "the server ends")
            raise

    def _collect(self, day: date) -> None:
        tallies, self._tallies = self._tallies, {}
        moment = _within(day, self._now())
        for tally in tallies.values():
            self._unwritten[tally.principal.organization_id].take(tally, day, moment)

    def _keep(self, organization_id: UUID, batch: Batch, reason: str) -> None:
        """For the next time: rows that differ in their numbers only as one."""
        log = structlog.get_logger(__name__)
        kept = self._unwritten[organization_id]
        kept.merge(batch)
        log.warning("usage_not_written", organization_id=str(organization_id), rows=len(kept), reason=reason)
        while sum(map(len, self._unwritten.values())) > MAX_KEPT:
            oldest = next(iter(self._unwritten))
            log.error("usage_lost", organization_id=str(oldest), rows=len(self._unwritten.pop(oldest)))

    def _now(self) -> datetime:
        return self._infra.clock.now()


def _sum(one: Counted, other: Counted) -> Counted:
    return one._replace(calls=one.calls + other.calls, errors=one.errors + other.errors, cost=one.cost + other.cost)


def _within(day: date, moment: datetime) -> datetime:
    """The moment, or the last one of the day when it has ended since."""
    end = datetime.combine(day, datetime.max.time(), UTC)
    return min(moment, end)
