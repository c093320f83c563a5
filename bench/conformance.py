"""What it costs to hold a sample of the answers against the documents: as a share of what a request costs.

One request in a hundred is less than servers differ by themselves, so the sample is made a hundred times as large: what
servers that look at every answer spend beyond those that look at none, divided by 100, is what 1 % costs. Beside it the
time for one answer inside of the process, for bodies that are new each time: the same page again is looked at once.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from prometheus_client import CollectorRegistry

from bench import data
from bench.contenders import new_key, settings
from bench.harness import Load, Server, interleave, start
from bench.newsroom import PAGE
from bench.report import Row, Section
from core.app import read_documents
from core.contract.conformance import Sample
from core.contract.monitor import Monitor, Sampler
from core.infra import migrate
from core.infra.embedded import EmbeddedPostgres, EmbeddedRedis
from core.kit import json

ROWS = 20_000
SHARES = {"off": "0", "1 %": "1", "100 %": "100"}
CACHED, UNCACHED, REFUSED = "cached list", "uncached list", "refused, 400"
MOST = 1.0
"""Percent of the CPU time of a request."""
_CALLS = 200_000
_BODIES = 2_000
_LINES = (
    b"content-type: application/json\r\ncontent-length: 9800",
    b'etag: "0123456789abcdef0123456789abcdef"',
    b"cache-control: private, no-cache",
    b"x-request-id: 01a1f84b-8020-72a1-8012-34567890abcd\r\nx-content-type-options: nosniff\r\n"
    b"content-security-policy: default-src 'none'; frame-ancestors 'none'",
    b'ratelimit-policy: "key";q=100;w=3600\r\nratelimit: "key";r=42;t=1380\r\nx-ratelimit-limit: 100\r\n'
    b"x-ratelimit-remaining: 42\r\nx-ratelimit-reset: 1795167380",
)


def run(*, rounds: int, seconds: int) -> list[Section]:
    """The share on real servers, and µs in the process."""
    with tempfile.TemporaryDirectory(prefix="tidings-bench-") as folder, ExitStack() as stack:
        postgres = stack.enter_context(EmbeddedPostgres(Path(folder)))
        redis = stack.enter_context(EmbeddedRedis(Path(folder)))
        migrate.upgrade(postgres.url)
        data.load(postgres.url, ROWS)
        key = new_key(postgres.url, "articles:read").header
        common = settings(postgres, redis, Path(folder))
        cached = list(_servers(stack, common))
        uncached = list(_servers(stack, {**common, "TIDINGS_CACHE_SECONDS": "0"}))
        loads = (Load(CACHED, PAGE, key), Load(REFUSED, "/v2/articles?limit=abc", key, 400))
        found = interleave(cached, loads, rounds=rounds, seconds=seconds)
        found |= interleave(uncached, [Load(UNCACHED, PAGE, key)], rounds=rounds, seconds=seconds)
    cpu_us = {name: {share: found[share, name].cpu_us for share in SHARES} for name in (CACHED, UNCACHED, REFUSED)}
    return [_on_servers(cpu_us), _in_the_process(cpu_us, rounds)]


def _servers(stack: ExitStack, environment: Mapping[str, str]) -> Iterator[Server]:
    command = [sys.executable, "-m", "core.cli", "serve"]
    for name, percent in SHARES.items():
        sampling = {
            **environment,
            "TIDINGS_LOG_LEVEL": "error",
            "TIDINGS_ADDRESS_REQUESTS_PER_MINUTE": "0",
            "TIDINGS_CONFORMANCE_SAMPLE_PERCENT": percent,
        }
        yield stack.enter_context(start(name, command, sampling))


def _on_servers(cpu_us: Mapping[str, Mapping[str, float]]) -> Section:
    targets = [
        (f"% of a request at 1 %, {name}", (cells["100 %"] - cells["off"]) / cells["off"], MOST)
        for name, cells in cpu_us.items()
    ]
    return Section(
        "Holding answers against the documents: µs of server CPU a request, by the share that is looked at",
        [Row(name, dict(cells)) for name, cells in cpu_us.items()],
        targets,
        at_most=frozenset(name for name, *_ in targets),
        notes=(
            "What looking at every answer adds to a request, divided by 100, in percent of the request without it.",
        ),
    )


def _in_the_process(cpu_us: Mapping[str, Mapping[str, float]], rounds: int) -> Section:
    pages = _pages()
    again, fresh, refused = (
        [_sample(body, status) for body in bodies]
        for bodies, status in ((pages[:1] * _BODIES, 200), (pages, 200), (_problems(), 400))
    )
    work: dict[str, tuple[float, float]] = {
        "a page of 20 articles that was seen before": (_examining(again, rounds), cpu_us[CACHED]["off"]),
        "a page of 20 articles, new each time": (_examining(fresh, rounds), cpu_us[UNCACHED]["off"]),
        "a problem, new each time": (_examining(refused, rounds), cpu_us[REFUSED]["off"]),
    }
    countdown = _countdown(rounds)
    rows, targets = [], []
    for name, (one, of_request) in work.items():
        added = countdown + one / 100
        rows.append(Row(name, {"one answer": one, "added at 1 %": added, "request": of_request}))
        targets.append((f"% of its request, {name}", 100 * added / of_request, MOST))
    return Section(
        "One answer: µs in the process",
        rows,
        targets,
        at_most=frozenset(name for name, *_ in targets),
        notes=(f"The countdown that each request pays is in what is added: {countdown:.3f} µs.",),
    )


class _Carrier:
    """What an exchange has for the sampler."""

    __slots__ = ("watch",)

    def __init__(self) -> None:
        self.watch: Callable[[], None] | None = None


def _countdown(rounds: int) -> float:
    """µs that choosing costs a request that is not chosen."""
    sampler, carrier = Sampler(1e-9), _Carrier()

    def chosen() -> None:
        for _ in range(_CALLS):
            carrier.watch = None
            if sampler.due():
                carrier.watch = _nobody
            if carrier.watch is not None:
                carrier.watch()

    def nothing() -> None:
        for _ in range(_CALLS):
            pass

    times = [(_cpu_s(chosen) - _cpu_s(nothing)) / _CALLS * 1e6 for _ in range(max(rounds, 3))]
    return median(times)


def _nobody() -> None:
    return None


def _examining(samples: list[Sample], rounds: int) -> float:
    """µs for one answer: handed over, taken out, examined and reported."""
    monitor = Monitor(read_documents(), 1.0, CollectorRegistry())
    report = _Silent()

    def examine() -> None:
        for sample in samples:
            monitor._examine(sample, report)

    monitor._examine(samples[0], report)  # compiles what it needs
    times = []
    for _ in range(max(rounds, 3)):
        monitor._checks._good.clear()
        times.append(_cpu_s(examine) / len(samples) * 1e6)
    if monitor._drifted:
        raise AssertionError(f"the bench's own answers drift: {monitor._drifted}")
    return median(times)


class _Silent:
    """Implements `core.contract.ports.Examined`."""

    def examined(self, operation: str, status: int, drifts: Any) -> None:
        """Nobody is told."""

    def dropped(self, operation: str, count: int) -> None:
        """Nobody is told."""


def _sample(body: bytes, status: int) -> Sample:
    lines = list(_LINES)
    if status != 200:
        lines[0] = b"content-type: application/problem+json\r\ncontent-length: 500"
    return Sample("v2.listArticles", status, lines, body, is_head=False, request_id="r")


def _pages() -> list[bytes]:
    """The example of the document with twenty articles, whose titles are other ones on each page."""
    answers = read_documents()["v2"]["paths"]["/articles"]["get"]["responses"]
    example = answers["200"]["content"]["application/json"]["example"]
    article = example["data"][0]
    return [
        json.dumps({**example, "data": [{**article, "title": f"{number} {each}"} for each in range(20)]})
        for number in range(_BODIES)
    ]


def _problems() -> list[bytes]:
    return [
        json.dumps(
            {
                "type": "/problems/validation_failed",
                "title": "The request does not match the document",
                "status": 400,
                "detail": "The request has 1 fault.",
                "instance": "/v2/articles",
                "code": "validation_failed",
                "request_id": f"01a1f84b-8020-72a1-8012-{number:012d}",
                "errors": [{"pointer": None, "parameter": "limit", "code": "type", "detail": "must be an integer"}],
            }
        )
        for number in range(_BODIES)
    ]


def _cpu_s(work: Callable[[], None]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
