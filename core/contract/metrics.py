"""Counts and durations of requests for Prometheus, labelled by operation and never by path.

They are counted in plain numbers, and become Prometheus' families when somebody scrapes: 0.4 µs a request, where a
counter and a histogram of prometheus_client, each with its lock, take 1.2.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

_BOUNDS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class _Series:
    """What was seen of one operation: answers by status, durations by bucket."""

    __slots__ = ("buckets", "seconds", "statuses")

    def __init__(self) -> None:
        self.statuses: dict[int, int] = {}
        self.buckets = [0] * (len(_BOUNDS_S) + 1)
        self.seconds = 0.0


class RequestMetrics:
    """`tidings_http_requests_total`, `tidings_http_request_duration_seconds` and `tidings_http_requests_in_flight`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._series: dict[tuple[str, str], _Series] = {}
        self._in_flight: Callable[[], int] = lambda: 0
        registry.register(self)

    def watch_in_flight(self, read: Callable[[], int]) -> None:
        """Have the gauge call `read` when it is scraped."""
        self._in_flight = read

    def observe(self, operation: str, version: str, status: int, seconds: float) -> None:
        """Count one answer."""
        series = self._series.get((operation, version))
        if series is None:
            series = self._series[operation, version] = _Series()
        series.statuses[status] = series.statuses.get(status, 0) + 1
        series.buckets[bisect_left(_BOUNDS_S, seconds)] += 1
        series.seconds += seconds

    def collect(self) -> Iterable[Metric]:
        """The families, as prometheus_client's registry asks for them."""
        requests = CounterMetricFamily(
            "tidings_http_requests", "Requests answered.", labels=("operation", "version", "status")
        )
        durations = HistogramMetricFamily(
            "tidings_http_request_duration_seconds",
            "Time from a request's headers to the last byte of its answer.",
            labels=("operation", "version"),
        )
        for (operation, version), series in list(self._series.items()):
            for status, count in list(series.statuses.items()):
                requests.add_metric((operation, version, str(status)), count)
            durations.add_metric((operation, version), _cumulative(series.buckets), series.seconds)
        in_flight = GaugeMetricFamily("tidings_http_requests_in_flight", "Requests being answered now.")
        in_flight.add_metric((), self._in_flight())
        return (requests, durations, in_flight)


def _cumulative(buckets: list[int]) -> list[tuple[str, float]]:
    """Prometheus' buckets: each counts what is at or below its bound."""
    total, found = 0, []
    for bound, count in zip((*map(str, _BOUNDS_S), "+Inf"), buckets, strict=True):
        total += count
        found.append((bound, float(total)))
    return found
