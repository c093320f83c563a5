"""Counts calls in memory and writes them down in batches: the path of a request pays for one look into a dictionary.

What was counted since the last batch, 5 s at most, is lost when the process is killed; when it ends in order, nothing
is. A batch whose commit was not answered is written again, so that a call may then count twice rather than never.
"""

import asyncio
import contextlib
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from types import TracebackType
from typing import Final, Self
from uuid import UUID

import structlog

from core.errors import Unavailable
from core.infra.context import Infrastructure, use
from core.kit.principal import Principal, job
from core.usage.service import usage
from core.usage.types import Counted

FLUSH_EVERY_S: Final = 5.0
MAX_KEPT: Final = 100_000
"""Rows kept while the database is away, the oldest first to go: 20 MB."""

_REFUSED: Final = 400


class Tally:
    """Calls of one principal to one operation since the last batch."""

    __slots__ = ("calls", "cost", "errors", "operation", "principal")

    def __init__(self, principal: Principal, operation: str) -> None:
        self.principal = principal
        self.operation = operation
        self.calls = self.errors = self.cost = 0


class UsageMeter:
    """Implements `core.contract.ports.Meter`. Entered, it writes every 5 s, at midnight (UTC) and at its end."""

    def __init__(self, infra: Infrastructure) -> None:
        self._infra = infra
        self._tallies: dict[tuple[int, int, str], Tally] = {}
        self._unwritten: dict[UUID, list[Counted]] = {}
        self._writer: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._writer = asyncio.create_task(self._write_regularly(), name="usage")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is not None:
            self._writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._writer
        await self.write(self._now().date())

    def count(self, principal: Principal, operation: str, status: int, cost: int) -> None:
        """One answered call: `operation` is `v2.listArticles`, `cost` what the budgets were charged."""
        key = (principal.principal_id.int, principal.organization_id.int, operation)
        tally = self._tallies.get(key)
        if tally is None:
            tally = self._tallies[key] = Tally(principal, operation)
        tally.calls += 1
        tally.cost += cost
        if status >= _REFUSED:
            tally.errors += 1

    async def write(self, day: date) -> None:
        """Write down what was counted, all of it on `day`; what fails is kept for the next time."""
        self._collect(day)
        batches, self._unwritten = self._unwritten, {}
        for organization_id, rows in batches.items():
            try:
                with use(self._infra):
                    async with self._infra.unit_of_work(job(organization_id)):
                        await usage.add(job(organization_id), rows)
            except Unavailable as error:
                self._keep(organization_id, rows, str(error))

    def _collect(self, day: date) -> None:
        tallies, self._tallies = self._tallies, {}
        rows = defaultdict(list, self._unwritten)
        for tally in tallies.values():
            version, _, operation = tally.operation.partition(".")
            principal = tally.principal
            rows[principal.organization_id].append(
                Counted(day, operation, version, principal.principal_id, tally.calls, tally.errors, tally.cost)
            )
        self._unwritten = dict(rows)

    def _keep(self, organization_id: UUID, rows: list[Counted], reason: str) -> None:
        """For the next time: rows of the same day, operation and principal as one."""
        log = structlog.get_logger(__name__)
        merged: dict[tuple[date, str, str, UUID], Counted] = {}
        for row in (*rows, *self._unwritten.get(organization_id, ())):
            same = merged.get(row[:4])
            merged[row[:4]] = row if same is None else _sum(same, row)
        self._unwritten[organization_id] = list(merged.values())
        log.warning("usage_not_written", organization_id=str(organization_id), rows=len(merged), reason=reason)
        while sum(map(len, self._unwritten.values())) > MAX_KEPT:
            oldest = next(iter(self._unwritten))
            log.error("usage_lost", organization_id=str(oldest), rows=len(self._unwritten.pop(oldest)))

    async def _write_regularly(self) -> None:
        while True:
            began = self._now()
            midnight = datetime.combine(began.date() + timedelta(days=1), datetime.min.time(), UTC)
            await asyncio.sleep(min(FLUSH_EVERY_S, (midnight - began).total_seconds()))
            try:
                await self.write(began.date())
            except Exception:  # noqa: BLE001 - one batch that cannot be written must not end all others
                structlog.get_logger(__name__).exception("usage_batch_failed")

    def _now(self) -> datetime:
        return self._infra.clock.now()


def _sum(one: Counted, other: Counted) -> Counted:
    return one._replace(calls=one.calls + other.calls, errors=one.errors + other.errors, cost=one.cost + other.cost)
