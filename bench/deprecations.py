"""How long `GET /v2/deprecations` takes for a key that has called everything of v1 a million times within 30 days.

The whole handler is measured: its transaction, the queries, what the documents say of every element, and the JSON.
"""

import asyncio
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median, quantiles
from typing import Final, Literal

import psycopg

from bench.contenders import SECRET
from bench.report import Row, Section
from bench.usage import OTHER_KEYS, furnish
from core.app import create_app
from core.contract.responses import Response
from core.deprecations.service import DAYS
from core.infra import migrate
from core.infra.context import Infrastructure, open_infrastructure
from core.infra.embedded import EmbeddedPostgres, EmbeddedRedis
from core.kit import json
from core.kit.principal import NEWSROOM_ID, Principal
from core.settings import load
from handlers.v2.deprecations import get_deprecations

BUSY_CALLS: Final = 1_000_000
MOST_MS: Final = 20.0
MOST_MS_OF_ALL: Final = 100.0
READS: Final = 200
_OF_KEY: Final = "the calls of the key"
_OF_ALL: Final = f"those of all {OTHER_KEYS + 1} keys"
_RAISE: Final = """
UPDATE element_usage_daily SET calls = %(calls)s
WHERE organization_id = %(organization)s AND principal_id = %(key)s AND kind = 'operation'
"""


def run(*, rounds: int) -> list[Section]:
    """ms a report."""
    return asyncio.run(_run(rounds))


async def _run(rounds: int) -> list[Section]:
    with tempfile.TemporaryDirectory(prefix="tidings-bench-") as folder, ExitStack() as stack:
        postgres = stack.enter_context(EmbeddedPostgres(Path(folder)))
        redis = stack.enter_context(EmbeddedRedis(Path(folder)))
        migrate.upgrade(postgres.url)
        settings = load({}, database_url=postgres.url, redis_url=redis.url, secret=SECRET)
        app = create_app(settings)
        busy = furnish(postgres.url, app)
        _call_often(postgres.url, busy, len(app.parts.versions["v1"].document["paths"]))
        admin = Principal(NEWSROOM_ID, busy.principal_id, "api_key", frozenset({"keys:read"}))
        async with open_infrastructure(settings) as infra:
            times = {
                _OF_KEY: await _times(infra, busy, "caller", READS * rounds),
                _OF_ALL: await _times(infra, admin, "organization", READS),
            }
    p95 = {name: quantiles(found, n=20)[-1] for name, found in times.items()}
    rows = [Row(name, {"median ms": median(found), "p95 ms": p95[name]}) for name, found in times.items()]
    targets = [(f"p95 ms, {name}", p95[name], most) for name, most in ((_OF_KEY, MOST_MS), (_OF_ALL, MOST_MS_OF_ALL))]
    title = f"What a key still uses of v1, with {BUSY_CALLS:,} calls of it in {DAYS} days"
    return [Section(title, rows, targets, at_most=frozenset(name for name, *_ in targets))]


def _call_often(url: str, busy: Principal, paths: int) -> None:
    """Each operation on each day so often that they are a million calls; there are at least as many as paths."""
    with psycopg.connect(url, autocommit=True) as owner:
        calls = BUSY_CALLS // (DAYS * paths) + 1
        owner.execute(_RAISE, {"organization": NEWSROOM_ID, "key": busy.principal_id, "calls": calls})


async def _times(
    infra: Infrastructure, caller: Principal, scope: Literal["caller", "organization"], reads: int
) -> list[float]:
    found = []
    for _ in range(reads):
        began = time.perf_counter()
        async with infra.unit_of_work(caller):
            answer = await get_deprecations(caller, scope=scope)
        found.append((time.perf_counter() - began) * 1e3)
    _check(answer)
    return found


def _check(answer: Response) -> None:
    calls = [each["calls"] for each in json.loads(answer.body)["elements"] if each["kind"] == "operation"]
    assert sum(calls) >= BUSY_CALLS, f"only {sum(calls):,} calls are in the report"
