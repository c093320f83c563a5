"""End to end at a million articles: Tidings against the FastAPI peer on one PostgreSQL and one Redis.

The API runs on one core; wrk, PostgreSQL and Redis share the other. The database is kept in `.bench/` between runs.
"""

from collections.abc import Callable
from contextlib import ExitStack
from statistics import median, quantiles

import httpx
import psycopg

from bench import data, plans
from bench.contenders import beside_the_load, both, new_key, timed
from bench.harness import ROOT, BenchError, Load, Server, interleave
from bench.report import Row, Section
from core.infra import migrate
from core.infra.embedded import EmbeddedPostgres, EmbeddedRedis

HOME = ROOT / ".bench"
PAGE = "/v2/articles?category=technology&limit=20"
DEPTH = 10_000
_SEARCHES = {
    **data.SEARCHES,
    "two words": "harbour election",
    "a phrase": '"harbour election"',
    "without a word": "harbour -election",
    "either word": "election or vaccine",
    "no match": "zzzz",
}


def run(*, rows: int, rounds: int, seconds: int) -> list[Section]:
    """Cached and uncached list against the peer; deep pages; searches of every width."""
    HOME.mkdir(exist_ok=True)
    with EmbeddedPostgres(HOME) as postgres, EmbeddedRedis(HOME) as redis, ExitStack() as stack:
        prepare(postgres.url, rows)
        key = new_key(postgres.url, "articles:read").text
        beside_the_load(postgres, redis)
        cached, uncached = (
            both(
                stack, title, "fastapi_newsroom", postgres, redis, HOME,
                ours={"TIDINGS_CACHE_SECONDS": cache_s}, theirs={"BENCH_CACHE": switch},
            )
            for title, cache_s, switch in (("with a cache", "300", "on"), ("without a cache", "0", "off"))
        )  # fmt: skip
        return [
            plans.run(postgres.url),
            _against_peer(cached, uncached, key, rounds=rounds, seconds=seconds),
            _deep_pages(uncached[0], key),
            _searches(uncached[0], key),
        ]


def prepare(url: str, rows: int) -> None:
    """Migrate, and fill the database unless an earlier run has filled it with as many rows."""
    migrate.upgrade(url)
    with psycopg.connect(url) as connection:
        present = connection.execute("SELECT count(*) FROM articles").fetchone()
    if present == (rows,):
        return
    if present != (0,):
        raise BenchError(f"{HOME} holds {present and present[0]:,} articles, not {rows:,}: remove the folder")
    data.load(url, rows)


def _against_peer(cached: list[Server], uncached: list[Server], key: str, *, rounds: int, seconds: int) -> Section:
    rows, targets = [], []
    for name, servers, bound in (("cached list", cached, 8.0), ("uncached list", uncached, 6.0)):
        load = Load(name, PAGE, {"authorization": f"Bearer {key}"})
        results = interleave(servers, [load], rounds=rounds, seconds=seconds)
        ours, peer = (results[server.name, name] for server in servers)
        rows.append(Row(f"{name}, requests/s", {"tidings": ours.rate, "fastapi": peer.rate}))
        rows.append(Row(f"{name}, µs of server CPU", {"tidings": ours.cpu_us, "fastapi": peer.cpu_us}))
        targets.append((f"{name} against FastAPI, requests/s", ours.rate / peer.rate, bound))
    return Section("End to end: authenticated, limited, 20 articles of the database", rows, targets)


def _deep_pages(server: Server, key: str) -> Section:
    """Page 1 and page 10,000 by cursor: walked there once, then measured in turn."""
    with _client(server, key) as client:
        cursor = None
        for _ in range(DEPTH * 20 // 100):
            parameters = {"limit": "100"} | ({"cursor": cursor} if cursor else {})
            cursor = client.get("/v2/articles", params=parameters).raise_for_status().json()["page"]["next_cursor"]
        first = {"limit": "100"}
        deep = {"limit": "100", "cursor": str(cursor)}
        times = timed({"page 1": lambda: _page(client, first), "page 10,000": lambda: _page(client, deep)}, 200)
    rows = [Row(name, {"median ms": median(values)}) for name, values in times.items()]
    what = "page 10,000 against page 1"
    ratio = median(times["page 10,000"]) / median(times["page 1"])
    return Section("Deep pages by cursor", rows, [(what, ratio, 2.0)], frozenset({what}))


def _searches(server: Server, key: str) -> Section:
    with _client(server, key) as client:
        work = {name: _search(client, words) for name, words in _SEARCHES.items()}
        times = timed(work, 60)
    rows, targets = [], []
    for name, values in times.items():
        p95 = quantiles(values, n=20)[18]
        rows.append(Row(f"{name}: {_SEARCHES[name]}", {"median ms": median(values), "p95 ms": p95}))
        targets.append((f"search p95 ms, {name}", p95, 20.0))
    return Section("Search by `q`", rows, targets, frozenset(target[0] for target in targets))


def _search(client: httpx.Client, words: str) -> Callable[[], None]:
    return lambda: _page(client, {"q": words, "limit": "20"})


def _page(client: httpx.Client, parameters: dict[str, str]) -> None:
    client.get("/v2/articles", params=parameters).raise_for_status()


def _client(server: Server, key: str) -> httpx.Client:
    return httpx.Client(
        base_url=f"http://127.0.0.1:{server.port}",
        headers={"authorization": f"Bearer {key}"},
        timeout=30,
        trust_env=False,
    )
