"""Tidings and the FastAPI peer, side by side on one PostgreSQL and one Redis, for one key."""

import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from bench.harness import LOAD_CORE, Server, pin, serve, start
from core.infra.embedded import EmbeddedPostgres, EmbeddedRedis
from core.kit.crypto import derive, hash_api_key, new_api_key
from core.kit.ids import new_id
from core.kit.principal import NEWSROOM_ID

SECRET = "bench-secret-of-32-characters-or-more"
LIMIT = 100_000_000
"""Requests an hour: counted at each, by both, and never reached."""


class Key(NamedTuple):
    """An API key of the newsroom, as a client sends it, and its id."""

    text: str
    id: UUID

    @property
    def header(self) -> dict[str, str]:
        """How a request shows it."""
        return {"authorization": f"Bearer {self.text}"}


def new_key(url: str, scope: str) -> Key:
    """A key written as the product stores it, in the database at `url`."""
    key = Key(new_api_key(), new_id())
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO principals (organization_id, id, kind, name) VALUES (%s, %s, 'api_key', 'bench')",
            (NEWSROOM_ID, key.id),
        )
        connection.execute(
            "INSERT INTO api_keys (organization_id, id, name, prefix, key_hash, scopes, requests_per_hour)"
            " VALUES (%s, %s, 'bench', %s, %s, %s, %s)",
            (NEWSROOM_ID, key.id, key.text[:13], hash_api_key(key.text, SECRET.encode()), [scope], LIMIT),
        )
    return key


def settings(postgres: EmbeddedPostgres, redis: EmbeddedRedis, home: Path) -> dict[str, str]:
    """The environment of `tidings serve`; `start` fills in the port."""
    return {
        "TIDINGS_DATABASE_URL": postgres.url,
        "TIDINGS_REDIS_URL": redis.url,
        "TIDINGS_SECRET": SECRET,
        "TIDINGS_HOME": str(home),
        "TIDINGS_PORT": "{port}",
    }


def both(
    stack: ExitStack,
    title: str,
    peer: str,
    postgres: EmbeddedPostgres,
    redis: EmbeddedRedis,
    home: Path,
    *,
    ours: Mapping[str, str] | None = None,
    theirs: Mapping[str, str] | None = None,
) -> list[Server]:
    """Tidings and then the peer (a module of `bench.servers`), running until `stack` ends; with further settings."""
    environment = {
        "BENCH_DATABASE_URL": postgres.url,
        "BENCH_REDIS_URL": redis.url,
        "BENCH_KEY_HASH_KEY": derive(SECRET.encode(), "api-key").hex(),
    }
    command = [sys.executable, "-m", "core.cli", "serve"]
    tidings = start(f"tidings {title}", command, {**settings(postgres, redis, home), **(ours or {})})
    fastapi = serve(f"fastapi {title}", f"bench.servers.{peer}:app", {**environment, **(theirs or {})})
    return [stack.enter_context(tidings), stack.enter_context(fastapi)]


def beside_the_load(*engines: EmbeddedPostgres | EmbeddedRedis) -> None:
    """Keep engines on the core that wrk has too, so that the other one is the server's."""
    for engine in engines:
        if engine.pid is not None:
            pin(engine.pid, LOAD_CORE)


def timed(work: Mapping[str, Callable[[], Any]], times: int) -> dict[str, list[float]]:
    """Milliseconds of each piece of work, in turn, after a warm-up."""
    found: dict[str, list[float]] = {name: [] for name in work}
    for number in range(times + 5):
        for name, call in work.items():
            began = time.perf_counter()
            call()
            if number >= 5:
                found[name].append((time.perf_counter() - began) * 1000)
    return found
