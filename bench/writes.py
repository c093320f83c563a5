"""Writes with an Idempotency-Key, end to end against the FastAPI peer on one PostgreSQL and one Redis.

A list is made with its entry in the audit log: without a key, with a new key in every request, and with one key that is
repeated. The API runs on one core; wrk, PostgreSQL and Redis share the other. What was made is removed after each run:
an organisation may have 10,000 lists, and counting them is part of making one.
"""

import sys
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import psycopg

from bench.harness import LOAD_CORE, Load, Sample, Server, measure, middle, pin, serve, start
from bench.report import Row, Section
from core.infra import migrate
from core.infra.embedded import EmbeddedPostgres, EmbeddedRedis
from core.kit.crypto import derive, hash_api_key, new_api_key
from core.kit.ids import new_id
from core.kit.principal import NEWSROOM_ID

SECRET = "bench-secret-of-32-characters-or-more"
PATH = "/v2/collections"
BODY = '{"name": "Battery research", "visibility": "organization"}'
LIMIT = 100_000_000
MOST_SECONDS = 2
_BOTTLENECK = (
    "The target is on the server's CPU: the audit log of an organisation is a chain, so its writes wait for the disk"
    " one after the other, and repetitions are bound by the core that wrk and PostgreSQL share. Neither server is busy."
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
        key = _key(postgres.url)
        for engine in (postgres, redis):
            if engine.pid is not None:
                pin(engine.pid, LOAD_CORE)
        servers = _servers(stack, postgres.url, redis.url, Path(folder))
        loads = _loads(key)
        samples = _samples(servers, loads, postgres.url, rounds=rounds, seconds=min(seconds, MOST_SECONDS))
    rows, targets = [], []
    for load in loads:
        ours, peer = (samples[server.name, load.name] for server in servers)
        rows.append(Row(f"{load.name}, requests/s", {"tidings": ours.rate, "fastapi": peer.rate}))
        rows.append(Row(f"{load.name}, µs of server CPU", {"tidings": ours.cpu_us, "fastapi": peer.cpu_us}))
        if load.headers.keys() > {"authorization", "content-type"} or load.fresh_header:
            targets.append((f"{load.name} against FastAPI, server CPU", peer.cpu_us / ours.cpu_us, 7.0))
    return [
        Section("Writes: a list made once for each Idempotency-Key, and audited", rows, targets, notes=(_BOTTLENECK,))
    ]


def _loads(key: str) -> list[Load]:
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    post = Load("POST without a key", PATH, headers, status=201, method="POST", body=BODY)
    return [
        post,
        replace(post, name="POST with a new key", fresh_header="idempotency-key"),
        replace(post, name="POST repeated", headers={**headers, "idempotency-key": "the-same"}),
    ]


def _samples(
    servers: list[Server], loads: list[Load], database: str, *, rounds: int, seconds: int
) -> dict[tuple[str, str], Sample]:
    """As `harness.interleave`, with an empty table before each run and an answer to repeat."""
    found: dict[tuple[str, str], list[Sample]] = {}
    with psycopg.connect(database, autocommit=True) as owner:
        for number in range(rounds + 1):
            for load in loads:
                for server in servers:
                    _empty(owner)
                    asked = load
                    if "idempotency-key" in load.headers:
                        asked = replace(load, headers={**load.headers, "idempotency-key": f"{server.port}-{number}"})
                        measure(server, asked, seconds=1, connections=1)
                    sample = measure(server, asked, seconds=seconds if number else 1)
                    if number:  # the first round warms up
                        found.setdefault((server.name, load.name), []).append(sample)
    return {names: middle(runs) for names, runs in found.items()}


def _empty(owner: psycopg.Connection[tuple[int]]) -> None:
    """Remove what a run has made, once the requests that its end has cut off are through."""
    while owner.execute(_BUSY).fetchone() != (0,):
        continue
    owner.execute(_EMPTY)


def _servers(stack: ExitStack, database: str, redis: str, home: Path) -> list[Server]:
    tidings = {
        "TIDINGS_DATABASE_URL": database,
        "TIDINGS_REDIS_URL": redis,
        "TIDINGS_SECRET": SECRET,
        "TIDINGS_HOME": str(home),
        "TIDINGS_PORT": "{port}",
    }
    fastapi = {
        "BENCH_DATABASE_URL": database,
        "BENCH_REDIS_URL": redis,
        "BENCH_KEY_HASH_KEY": derive(SECRET.encode(), "api-key").hex(),
    }
    return [
        stack.enter_context(start("tidings writes", [sys.executable, "-m", "core.cli", "serve"], tidings)),
        stack.enter_context(serve("fastapi writes", "bench.servers.fastapi_writes:app", fastapi)),
    ]


def _key(url: str) -> str:
    """A key that may write, with the peer's limit: counted at each request and never reached."""
    key, identity = new_api_key(), new_id()
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO principals (organization_id, id, kind, name) VALUES (%s, %s, 'api_key', 'bench')",
            (NEWSROOM_ID, identity),
        )
        connection.execute(
            "INSERT INTO api_keys (organization_id, id, name, prefix, key_hash, scopes, requests_per_hour)"
            " VALUES (%s, %s, 'bench', %s, %s, %s, %s)",
            (NEWSROOM_ID, identity, key[:13], hash_api_key(key, SECRET.encode()), ["collections:write"], LIMIT),
        )
    return key
