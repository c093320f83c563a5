"""A sample of the answers that are sent is held against the documents, off the path of the requests.

A request pays for a countdown. Of one that is chosen the edge hands over what it has sent already, by reference; one
task of the event loop looks at these one by one, between the requests. Whatever it finds, the answer has gone out.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, Metric

from core.contract.answers import Drift
from core.contract.conformance import ResponseChecks, Sample
from core.contract.ports import Examined

if TYPE_CHECKING:
    from core.contract.exchange import Exchange, Lines

MAX_BODY_BYTES: Final = 2**20
"""Of an answer that is looked at: a larger one would hold up the event loop for 10 ms and more."""
MAX_WAITING_BYTES: Final = 16 * 2**20
MAX_WAITING: Final = 1000
_HEAD_BYTES: Final = 1000
_LABELS: Final = ("operation", "version", "status")


class Sampler:
    """Chooses requests at random, `share` of them (0 to 1), and keeps their answers until somebody looks at them."""

    def __init__(self, share: float, chance: random.Random | None = None) -> None:
        self._share = share
        self._chance = chance or random.Random()  # noqa: S311 - no secret depends on it
        self._left = self._gap()
        self._waiting: deque[Sample] = deque()
        self._bytes = 0
        self._arrived = asyncio.Event()
        self.dropped: Counter[str] = Counter()
        """Operation → answers that were chosen and could not wait."""

    def due(self) -> bool:
        """Whether the answer to this request is to be looked at; called once a request."""
        self._left -= 1
        if self._left > 0:
            return False
        self._left = self._gap()
        return True

    def take(self, exchange: Exchange, status: int, lines: Lines, body: bytes) -> None:
        """Keep an answer of an operation, or count that there was no room for it."""
        endpoint = exchange.endpoint
        if endpoint is None or endpoint.is_page or endpoint.is_probe or exchange.version is None:
            return
        size = len(body) + _HEAD_BYTES
        if len(body) > MAX_BODY_BYTES or self._bytes + size > MAX_WAITING_BYTES or len(self._waiting) >= MAX_WAITING:
            self.dropped[endpoint.name] += 1
            return
        self._bytes += size
        is_head = exchange.method == "HEAD"
        self._waiting.append(Sample(endpoint.name, status, lines, body, is_head, exchange.request_id))
        self._arrived.set()

    async def next(self) -> Sample:
        """The oldest that waits, as soon as there is one."""
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        return self.pop()

    def pop(self) -> Sample:
        """The oldest that waits. Raises `IndexError` where none does."""
        sample = self._waiting.popleft()
        self._bytes -= len(sample.body) + _HEAD_BYTES
        return sample

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def _gap(self) -> int:
        """Requests until the next choice: geometrically distributed, as if a die was thrown for each."""
        if self._share >= 1:
            return 1
        return 1 + int(math.log(1 - self._chance.random()) / math.log1p(-self._share))


class Monitor:
    """Looks at what the sampler keeps, counts, and reports.

    `tidings_contract_checked_total`, `tidings_contract_drift_total` (both by operation, version and status) and
    `tidings_contract_samples_dropped_total` count for the process; an `Examined` for whom it is reported to.
    """

    def __init__(self, documents: Mapping[str, Mapping[str, Any]], share: float, registry: CollectorRegistry) -> None:
        self.sampler = Sampler(share)
        self._checks = ResponseChecks(documents)
        self._checked: Counter[tuple[str, int]] = Counter()
        self._drifted: Counter[tuple[str, int]] = Counter()
        self._reported: Counter[str] = Counter()
        self._log = structlog.get_logger("tidings.contract")
        registry.register(self)

    @asynccontextmanager
    async def running(self, report: Examined) -> AsyncIterator[None]:
        """Look at samples until the end of the block, and then at those that still wait."""
        task = asyncio.create_task(self._examine_all(report), name="contract-monitor")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            while self.sampler.waiting:
                self._examine(self.sampler.pop(), report)
            self._report_dropped(report)

    async def _examine_all(self, report: Examined) -> None:
        while True:
            sample = await self.sampler.next()
            self._examine(sample, report)
            self._report_dropped(report)
            await asyncio.sleep(0)  # the requests that came meanwhile go first

    def _examine(self, sample: Sample, report: Examined) -> None:
        try:
            drifts = self._checks.drifts(sample)
        except Exception:  # noqa: BLE001 - a fault of the monitor must not end it, and is not the answer's
            self._log.exception("answer not examined", operation=sample.operation, request_id=sample.request_id)
            return
        self._checked[sample.operation, sample.status] += 1
        if drifts:
            self._drifted[sample.operation, sample.status] += 1
            self._tell(sample, drifts)
        report.examined(sample.operation, sample.status, drifts)

    def _tell(self, sample: Sample, drifts: Sequence[Drift]) -> None:
        version, _, operation = sample.operation.partition(".")
        self._log.warning(
            "contract drift",
            operation=operation,
            version=version,
            status=sample.status,
            request_id=sample.request_id,
            drifts=[drift._asdict() for drift in drifts],
        )

    def _report_dropped(self, report: Examined) -> None:
        for operation, count in self.sampler.dropped.items():
            if more := count - self._reported[operation]:
                self._reported[operation] = count
                report.dropped(operation, more)

    def collect(self) -> Iterable[Metric]:
        """The families, as prometheus_client's registry asks for them."""
        checked = CounterMetricFamily("tidings_contract_checked", "Answers held against the document.", labels=_LABELS)
        drifted = CounterMetricFamily(
            "tidings_contract_drift", "Answers that are not as the document says.", labels=_LABELS
        )
        for family, counts in ((checked, self._checked), (drifted, self._drifted)):
            for (name, status), count in list(counts.items()):
                version, _, operation = name.partition(".")
                family.add_metric((operation, version, str(status)), count)
        dropped = CounterMetricFamily(
            "tidings_contract_samples_dropped", "Answers that were chosen for a look and found no room."
        )
        dropped.add_metric((), sum(self.sampler.dropped.values()))
        return (checked, drifted, dropped)
