"""Log-ins against the FastAPI peer: how many a second, what a storm of them does to reads, and what a token costs.

Every log-in compares an Argon2id hash, begins a session and is written to the audit log. The budgets of log-ins are
switched off. The API runs on one core; wrk, the people who log in, PostgreSQL and Redis share the other. There the
people step back, and the scheduler looks at processes and not at sessions: what is measured is the API, not how long
wrk waits for its own core.
"""

import json
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import httpx

from bench import data
from bench.contenders import LIMIT, Key, beside_the_load, both, new_key
from bench.crowd import PASSWORD, Crowd, email
from bench.harness import Load, Sample, Server, interleave, measure, middle, ungrouped
from bench.report import Row, Section
from core.infra import migrate
from core.infra.embedded import EmbeddedPostgres, EmbeddedRedis
from core.settings import FREE, PLANS

LOG_IN, LOG_IN_V1 = "/v2/auth/login", "/v1/auth/login"
PAGE = "/v2/articles?limit=20"
ARTICLES = 2000
PEOPLE = 32
CLIENTS = 8
STORM = 96
"""Clients of a storm: half as many again as may wait for the comparison of a password."""

READERS = (1, 16)
_WARM_UP_S = 1


@dataclass(frozen=True)
class _Storm:
    """One round of reads: alone, then among log-ins, and how many of those succeeded and were refused a second."""

    alone: Sample
    among: Sample
    logged_in: float
    refused: float

    @property
    def ratio(self) -> float:
        return self.among.p95_ms / self.alone.p95_ms


def run(*, rounds: int, seconds: int) -> list[Section]:
    """Log-ins a second, reads during a storm of them, and a read by token beside one by key."""
    with tempfile.TemporaryDirectory(prefix="tidings-bench-") as folder, ExitStack() as stack:
        stack.enter_context(ungrouped())
        postgres = stack.enter_context(EmbeddedPostgres(Path(folder)))
        redis = stack.enter_context(EmbeddedRedis(Path(folder)))
        migrate.upgrade(postgres.url)
        data.load(postgres.url, ARTICLES)
        key = new_key(postgres.url, "articles:read")
        beside_the_load(postgres, redis)
        servers = both(
            stack, "accounts", "fastapi_accounts", postgres, redis, Path(folder),
            ours=_settings(), theirs={"BENCH_CACHE": "on"},
        )  # fmt: skip
        _register(servers[0])
        return [
            _log_ins(servers, rounds=rounds, seconds=seconds),
            _storms(servers, key, rounds=rounds, seconds=seconds),
            _credentials(servers[0], key, rounds=rounds, seconds=seconds),
        ]


def _log_ins(servers: list[Server], *, rounds: int, seconds: int) -> Section:
    rates: dict[tuple[str, str], list[float]] = {}
    costs: dict[tuple[str, str], list[float]] = {}
    for _ in range(rounds):
        for path in (LOG_IN, LOG_IN_V1):
            for server in servers:
                rate, cpu_ms = _log_in_rate(server, path, seconds)
                rates.setdefault((path, server.name), []).append(rate)
                costs.setdefault((path, server.name), []).append(cpu_ms)
    rows, targets = [], []
    for path in (LOG_IN, LOG_IN_V1):
        for what, found in (("log-ins/s", rates), ("ms of server CPU", costs)):
            rows.append(Row(f"{path}, {what}", {name(each): median(found[path, each.name]) for each in servers}))
        targets.append((f"{path}, log-ins a second on one core", median(rates[path, servers[0].name]), 25.0))
    return Section("Log-in: Argon2id (19 MiB, 2 passes), a session, an entry in the audit log", rows, targets)


def _log_in_rate(server: Server, path: str, seconds: int) -> tuple[float, float]:
    """Log-ins a second, and ms of the server's CPU for each; none may be refused."""
    with Crowd(server, path, clients=CLIENTS, people=PEOPLE) as crowd:
        time.sleep(_WARM_UP_S)
        before, spent, began = crowd.answers[200], server.cpu_s(), time.monotonic()
        time.sleep(seconds)
        done, spent, took_s = crowd.answers[200] - before, server.cpu_s() - spent, time.monotonic() - began
    return done / took_s, spent / max(done, 1) * 1000


def _storms(servers: list[Server], key: Key, *, rounds: int, seconds: int) -> Section:
    load = Load("cached list", PAGE, key.header)
    found: dict[tuple[str, int], list[_Storm]] = {}
    for server in servers:
        measure(server, load, seconds=_WARM_UP_S)
    for _ in range(rounds):
        for readers in READERS:
            for server in servers:
                found.setdefault((server.name, readers), []).append(_storm(server, load, readers, seconds=seconds))
    rows, targets = [], []
    for readers in READERS:
        storms = {name(server): found[server.name, readers] for server in servers}
        ratios = {each: median(storm.ratio for storm in runs) for each, runs in storms.items()}
        prefix = f"{readers} reader{'s' if readers > 1 else ''}"
        alone = {each: middle([storm.alone for storm in runs]) for each, runs in storms.items()}
        among = {each: middle([storm.among for storm in runs]) for each, runs in storms.items()}
        rows += [
            Row(f"{prefix}, alone: p95 ms", {each: sample.p95_ms for each, sample in alone.items()}),
            Row(f"{prefix}, in the storm: p95 ms", {each: sample.p95_ms for each, sample in among.items()}),
            Row(f"{prefix}, in the storm: lists/s", {each: sample.rate for each, sample in among.items()}),
            Row(f"{prefix}, in the storm: log-ins/s", _middle(storms, "logged_in")),
            Row(f"{prefix}, in the storm: log-ins/s refused", _middle(storms, "refused")),
            Row(f"{prefix}, p95 in the storm against alone", ratios),
            Row(f"{prefix}, the same, least", {each: min(run.ratio for run in runs) for each, runs in storms.items()}),
            Row(f"{prefix}, the same, most", {each: max(run.ratio for run in runs) for each, runs in storms.items()}),
        ]
        targets.append((f"{prefix}: p95 in the storm against alone", ratios[name(servers[0])], 3.0))
    title = f"A cached list by key while {STORM} people log in, who come back when Retry-After says"
    return Section(title, rows, targets, frozenset(target[0] for target in targets))


def _storm(server: Server, load: Load, readers: int, *, seconds: int) -> _Storm:
    alone = measure(server, load, seconds=seconds, connections=readers)
    with Crowd(server, LOG_IN, clients=STORM, people=PEOPLE) as crowd:
        time.sleep(_WARM_UP_S)
        before, began = crowd.answers.copy(), time.monotonic()
        among = measure(server, load, seconds=seconds, connections=readers)
        answers, took_s = crowd.answers - before, time.monotonic() - began
    return _Storm(alone, among, answers[200] / took_s, answers[503] / took_s)


def _credentials(server: Server, key: Key, *, rounds: int, seconds: int) -> Section:
    with _client(server) as client:
        answer = client.post(LOG_IN, json={"email": email(0), "password": PASSWORD}).raise_for_status()
    by_key = Load("API key", PAGE, key.header)
    by_token = Load("access token", PAGE, {"authorization": f"Bearer {answer.json()['access_token']}"})
    results = interleave([server], [by_key, by_token], rounds=2 * rounds, seconds=max(1, seconds // 2))
    cells = {load.name: results[server.name, load.name].cpu_us for load in (by_key, by_token)}
    what = "access token against API key, µs more"
    return Section(
        "What a credential that is known costs: a cached list",
        [Row("µs of server CPU", cells)],
        [(what, cells["access token"] - cells["API key"], 5.0)],
        frozenset({what}),
    )


def name(server: Server) -> str:
    """The contender in the tables."""
    return server.name.partition(" ")[0]


def _middle(storms: dict[str, list[_Storm]], figure: str) -> dict[str, float]:
    return {each: median(getattr(storm, figure) for storm in runs) for each, runs in storms.items()}


def _register(server: Server) -> None:
    """The people, who then log in at the peer too: it has the same tables."""
    with _client(server) as client:
        for number in range(PEOPLE):
            client.post("/v2/auth/register", json={"email": email(number), "password": PASSWORD}).raise_for_status()


def _client(server: Server) -> httpx.Client:
    return httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=60, trust_env=False)


def _settings() -> dict[str, str]:
    """No budgets of log-ins, and one budget each, as the key has, counted at each request and never reached."""
    free = PLANS[FREE].model_copy(update={"organization_requests_per_hour": 0})
    return {
        "TIDINGS_LOGIN_ATTEMPTS_PER_MINUTE": "0",
        "TIDINGS_ADDRESS_REQUESTS_PER_MINUTE": "0",
        "TIDINGS_USER_REQUESTS_PER_HOUR": str(LIMIT),
        "TIDINGS_PLANS": json.dumps({FREE: free.model_dump()}),
    }
