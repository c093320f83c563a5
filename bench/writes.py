"""Writes with an Idempotency-Key, end to end against the FastAPI peer on one PostgreSQL and one Redis.

A list is made with its entry in the audit log: without a key, with a new key in every request, and with one key that is
repeated. The API runs on one core; wrk, PostgreSQL and Redis share the other. Both have 16 connections to PostgreSQL.
What was made is removed after each run: an organisation may have 10,000 lists, and counting them is part of making one.

A run's CPU is shared out among the lists that it has made, which wrk's count is not: requests that its end cuts off
cost the server as much as any, and the slower server has more of them for what it has answered. A ratio is taken in
each round, of two runs that follow each other, in turn with either first.
"""

import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from statistics import median

import psycopg

from bench.contenders import Key, beside_the_load, both, new_key
from bench.harness import Load, Sample, Server, measure, middle
from bench.report import Row, Section
from core.infra import migrate
from core.infra.embedded import EmbeddedPostgres, EmbeddedRedis

PATH = "/v2/collections"
BODY = '{"name": "Battery research", "visibility": "organization"}'
MOST_SECONDS = 2
CONNECTIONS = 16
_IDLE_FOR_S, _IDLE_CPU_S = 0.1, 0.002
_BOTTLENECK = (
    "The target is on the server's CPU: the audit log of an organisation is a chain, so its writes wait for the disk"
    " one after the other, and repetitions are bound by the core that wrk and PostgreSQL share. Ours is not busy."
    " A ratio is the median of those of the rounds."
)
_BUSY = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND xact_start < now()"
_EMPTY = (
    "TRUNCATE collections, collection_items, collection_collaborators, kept_answers, audit_events, audit_heads CASCADE"
)


def run(*, rounds: int, seconds: int) -> list[Section]:
    """Requests a second and CPU of the server, of both."""
    with tempfile.TemporaryDirectory(prefix="tidings-bench-") as folder, ExitStack() as stack:
        postgres = stack.enter_context(EmbeddedPostgres(Path(folder)))
        redis = stack.enter_context(EmbeddedRedis(Path(folder)))
        migrate.upgrade(postgres.url)
        key = new_key(postgres.url, "collections:write")
        beside_the_load(postgres, redis)
        pool = {"TIDINGS_DATABASE_POOL_SIZE": str(CONNECTIONS)}  # as the peer has
        servers = both(stack, "writes", "fastapi_writes", postgres, redis, Path(folder), ours=pool)
        loads = _loads(key)
        samples = _samples(servers, loads, postgres.url, rounds=rounds, seconds=min(seconds, MOST_SECONDS))
    rows, targets = [], []
    for load in loads:
        runs = [samples[server.name, load.name] for server in servers]
        ours, peer = map(middle, runs)
        rows.append(Row(f"{load.name}, requests/s", {"tidings": ours.rate, "fastapi": peer.rate}))
        rows.append(Row(f"{load.name}, µs of server CPU", {"tidings": ours.cpu_us, "fastapi": peer.cpu_us}))
        if load.headers.keys() > {"authorization", "content-type"} or load.fresh_header:
            ratio = median(theirs.cpu_us / own.cpu_us for own, theirs in zip(*runs, strict=True))
            targets.append((f"{load.name} against FastAPI, server CPU", ratio, 7.0))
    return [
        Section("Writes: a list made once for each Idempotency-Key, and audited", rows, targets, notes=(_BOTTLENECK,))
    ]


def _loads(key: Key) -> list[Load]:
    headers = {**key.header, "content-type": "application/json"}
    post = Load("POST without a key", PATH, headers, status=201, method="POST", body=BODY)
    return [
        post,
        replace(post, name="POST with a new key", fresh_header="idempotency-key"),
        replace(post, name="POST repeated", headers={**headers, "idempotency-key": "the-same"}),
    ]


def _samples(
    servers: list[Server], loads: list[Load], database: str, *, rounds: int, seconds: int
) -> dict[tuple[str, str], list[Sample]]:
    """As `harness.interleave`, each round by itself, with an empty table before each run and an answer to repeat."""
    found: dict[tuple[str, str], list[Sample]] = {}
    with psycopg.connect(database, autocommit=True) as owner:
        for number in range(rounds + 1):
            for load in loads:
                for server in servers if number % 2 else reversed(servers):
                    owner.execute(_EMPTY)
                    asked = load
                    if "idempotency-key" in load.headers:
                        asked = replace(load, headers={**load.headers, "idempotency-key": f"{server.port}-{number}"})
                        measure(server, asked, seconds=1, connections=1)
                    sample = _measured(server, asked, owner, seconds=seconds)
                    if number:  # the first round warms up: what is prepared, compiled and allocated once
                        found.setdefault((server.name, load.name), []).append(sample)
    return found


def _measured(server: Server, load: Load, owner: psycopg.Connection[tuple[int]], *, seconds: int) -> Sample:
    """As `harness.measure`, with the CPU of a list that was made: of all of them, answered or not."""
    before = server.cpu_s()
    sample = measure(server, load, seconds=seconds, connections=CONNECTIONS)
    spent = _cpu_s_when_idle(server, owner) - before
    if "idempotency-key" in load.headers:  # made once and repeated
        return sample
    (made,) = owner.execute("SELECT count(*) FROM collections").fetchall()[0]
    return replace(sample, cpu_us=spent / made * 1e6)


def _cpu_s_when_idle(server: Server, owner: psycopg.Connection[tuple[int]]) -> float:
    """The CPU seconds of the server, once the requests that the end of a run has cut off are through."""
    spent = server.cpu_s()
    while True:
        time.sleep(_IDLE_FOR_S)
        before, spent = spent, server.cpu_s()
        if spent - before < _IDLE_CPU_S and owner.execute(_BUSY).fetchone() == (0,):
            return spent
