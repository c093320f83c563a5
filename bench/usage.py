"""What it costs to record which parts of the contract a request uses, and to read the record of a busy key.

The first is measured inside of the process, around exactly what the edge does for the meter, because it is less than a
server's CPU time varies: loops of calls with the recording and without it, in turns, each with its share of the summing
up that a batch takes. The second is what `GET /v2/deprecations` and `tidings contract diff` read.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import psycopg

from bench.contenders import SECRET
from bench.report import Row, Section
from core.app import create_app
from core.contract.edge import Edge
from core.contract.elements import Elements
from core.contract.exchange import Exchange, Lines
from core.deprecations.service import deprecations
from core.infra import migrate
from core.infra.context import Infrastructure, open_infrastructure
from core.infra.embedded import EmbeddedPostgres, EmbeddedRedis
from core.kit.ids import new_id
from core.kit.principal import NEWSROOM_ID, Principal, operator
from core.settings import load
from core.usage.meter import UsageMeter
from core.usage.service import usage

CALLS = 20_000
DAYS = 400
OTHER_KEYS = 200
BUSY_CALLS = 1_000_000
READS = 200
_DAY = datetime.now(UTC).date()
_KEY = Principal(NEWSROOM_ID, new_id(), "api_key")
_ITEM = {"url": "https://pages.example.org/1", "title": "One", "status": "unread", "tags": ["a", "b"]}
# every element of v1 on each day, for one key
_FILL = """
INSERT INTO element_usage_daily (organization_id, principal_id, day, version, operation, kind, name, value, calls,
  last_call_at)
SELECT %(organization)s, %(key)s, %(today)s::date - d, 'v1', e.operation, e.kind, e.name, e.value, %(calls)s,
  %(today)s::date - d + interval '12 hours'
FROM generate_series(0, %(days)s) d,
  unnest(%(operations)s::text[], %(kinds)s::text[], %(names)s::text[], %(values)s::text[])
    AS e (operation, kind, name, value)
"""


@dataclass(frozen=True)
class _Work:
    """One kind of request: the query of the n-th, and a body."""

    method: str
    path: str
    query: Callable[[int], bytes]
    body: Any = None


_WORK: Mapping[str, _Work] = {
    "list, the same again": _Work("GET", "/v2/articles", lambda _: b"category=technology&language=en&limit=20"),
    "list, each from a cursor of its own": _Work(
        "GET", "/v2/articles", lambda n: b"category=technology&language=en&limit=20&cursor=%064d" % n
    ),
    "POST of five members": _Work("POST", "/v2/collections/col_1/items", lambda _: b"", _ITEM),
}


def run(*, rounds: int) -> list[Section]:
    """µs a request, and ms a report."""
    return asyncio.run(_run(rounds))


async def _run(rounds: int) -> list[Section]:
    with tempfile.TemporaryDirectory(prefix="tidings-bench-") as folder, ExitStack() as stack:
        postgres = stack.enter_context(EmbeddedPostgres(Path(folder)))
        redis = stack.enter_context(EmbeddedRedis(Path(folder)))
        migrate.upgrade(postgres.url)
        settings = load({}, database_url=postgres.url, redis_url=redis.url, secret=SECRET)
        app = create_app(settings)
        async with open_infrastructure(settings) as infra:
            recording = _recording(UsageMeter(infra), app, rounds)
            busy = furnish(postgres.url, app)
            return [recording, await _report(infra, busy)]


def _recording(meter: UsageMeter, app: Edge, rounds: int) -> Section:
    rows, added = [], {}
    for name, work in _WORK.items():
        elements, exchanges = _requests(app, work)
        times: dict[str, list[float]] = {"calls only": [], "calls and elements": []}
        for _ in range(max(rounds, 3)):
            times["calls only"].append(_calls_only(meter, exchanges))
            times["calls and elements"].append(_with_elements(meter, elements, exchanges, work.body))
        cells = {label: median(found) for label, found in times.items()}
        added[name] = cells["calls and elements"] - cells["calls only"]
        rows.append(Row(name, {**cells, "added": added[name]}))
    targets = [(f"recorded in µs, {name}", figure, 3.0) for name, figure in added.items()]
    return Section(
        "Recording what a request uses: µs in the process",
        rows,
        targets,
        at_most=frozenset(name for name, *_ in targets),
        notes=(
            "With the share of a request in summing a batch up, and without writing it, which no request waits for.",
        ),
    )


def _requests(app: Edge, work: _Work) -> tuple[Elements, list[Exchange]]:
    route, parameters = app.parts.routes.find(work.path, work.path.encode())
    assert route is not None, work.path
    headers = {b"authorization": b"Bearer tdk_live_x", b"host": b"localhost", b"if-none-match": b'"x"'}
    exchanges = []
    for number in range(CALLS):
        scope = {"type": "http", "method": work.method, "path": work.path, "query_string": work.query(number)}
        exchange = Exchange(scope, _nowhere, headers=headers, request_id="r", version=None, complete=_complete)
        exchange.path_parameters = parameters
        exchange.media_type = "application/json"
        exchanges.append(exchange)
    return route.endpoints[work.method].elements, exchanges


def _calls_only(meter: UsageMeter, exchanges: list[Exchange]) -> float:
    began = time.process_time()
    for exchange in exchanges:
        meter.count(_KEY, "v2.measured", exchange.status or 200, 1)
    meter._collect(_DAY)
    return (time.process_time() - began) / CALLS * 1e6


def _with_elements(meter: UsageMeter, elements: Elements, exchanges: list[Exchange], body: Any) -> float:
    began = time.process_time()
    for exchange in exchanges:
        if body is not None:
            exchange.used = elements.in_body(exchange.media_type, body)
        meter.count(_KEY, "v2.measured", exchange.status or 200, 1, elements, elements.used(exchange))
    meter._collect(_DAY)
    return (time.process_time() - began) / CALLS * 1e6


async def _report(infra: Infrastructure, busy: Principal) -> Section:
    since = _DAY - timedelta(days=30)
    of_key: dict[str, Any] = {"since": since, "version": "v1", "principal_id": busy.principal_id}
    cells: dict[str, list[float]] = {}
    async with infra.unit_of_work(busy):
        whole = await usage.elements(busy, since=_DAY - timedelta(days=DAYS), principal_id=busy.principal_id)
    assert max(row.calls for row in whole) >= BUSY_CALLS
    reads: Mapping[str, Callable[[], Awaitable[Any]]] = {
        "30 days of the key": lambda: usage.elements(busy, **of_key),
        "its deprecations report": lambda: deprecations.report(busy, everybody=False),
    }
    for _ in range(READS):
        for name, read in reads.items():
            began = time.perf_counter()
            async with infra.unit_of_work(busy):
                assert await read()
            cells.setdefault(name, []).append((time.perf_counter() - began) * 1e3)
    for _ in range(10):
        began = time.perf_counter()
        async with infra.unit_of_work(operator()):
            await usage.elements_everywhere(since=since)
        cells.setdefault("30 days of every key, for the operator", []).append((time.perf_counter() - began) * 1e3)
    p95 = {name: quantiles(times, n=20)[-1] for name, times in cells.items()}
    bounds = dict.fromkeys(reads, 20.0)
    targets = [(f"p95 ms, {name}", p95[name], bound) for name, bound in bounds.items()]
    return Section(
        f"Reading what a key with {BUSY_CALLS:,} recorded calls uses, among {OTHER_KEYS} others",
        [Row(name, {"median ms": median(times), "p95 ms": p95[name]}) for name, times in cells.items()],
        targets,
        at_most=frozenset(name for name, *_ in targets),
    )


def furnish(url: str, app: Edge) -> Principal:
    """A key that has used all of v1 on every day, and many that did on the last thirty."""
    found = list(_elements(app))
    columns = [list(column) for column in zip(*found, strict=True)]
    named = dict(zip(("operations", "kinds", "names", "values"), columns, strict=True))
    busy = Principal(NEWSROOM_ID, new_id(), "api_key")
    with psycopg.connect(url, autocommit=True) as owner:
        common = {"organization": NEWSROOM_ID, "today": _DAY, **named}
        calls = BUSY_CALLS // DAYS + 1
        owner.execute(_FILL, {**common, "key": busy.principal_id, "days": DAYS - 1, "calls": calls})
        for _ in range(OTHER_KEYS):
            owner.execute(_FILL, {**common, "key": new_id(), "days": 29, "calls": 10})
        owner.execute("VACUUM ANALYZE element_usage_daily")
    return busy


def _elements(app: Edge) -> Iterator[tuple[str, str, str, str]]:
    """(operation, kind, name, value) for everything that v1 has."""
    routes = app.parts.routes
    for name, version in app.parts.versions.items():
        for path, item in version.document["paths"].items() if name == "v1" else ():
            route, _ = routes.find(f"/v1{path}", f"/v1{path}".encode())
            assert route is not None, path
            for method in item.keys() & {verb.lower() for verb in route.endpoints}:
                endpoint = route.endpoints[method.upper()]
                elements = endpoint.elements
                for element in elements.of((1 << len(elements.elements)) - 1):
                    yield (endpoint.name.partition(".")[2], *element)


async def _nowhere(_: Any) -> None:
    return None


def _complete(_: Exchange, __: Lines) -> None:
    return None
