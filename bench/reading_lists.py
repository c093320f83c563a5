"""Pages of a reading list of 100,000 items: the first and the 5,000th, in both versions, and against the FastAPI peer.

v2 goes on from a cursor. v1 counts pages: its last page is as near as its first, and the one in the middle is the
farthest. The API runs on one core; wrk, PostgreSQL and Redis share the other.
"""

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import httpx
import psycopg

from bench.contenders import Key, beside_the_load, both, new_key, timed
from bench.harness import Load, Server, interleave
from bench.report import Row, Section
from core.infra import migrate
from core.infra.embedded import EmbeddedPostgres, EmbeddedRedis
from core.kit.ids import encode, new_id
from core.kit.principal import NEWSROOM_ID

ITEMS = 100_000
PAGE = 20
LAST_PAGE = ITEMS // PAGE
_FILL = """
WITH list AS (
  INSERT INTO collections (organization_id, id, name, name_key, sort_key, visibility, item_count, created_by,
    created_by_kind)
  VALUES (%(organization)s, %(list)s, 'Long', 'long', 'long', 'organization', %(items)s, %(key)s, 'api_key')
  RETURNING organization_id, id)
INSERT INTO collection_items (organization_id, id, collection_id, identity, url, title, status, tags, position,
  added_at)
SELECT list.organization_id, gen_random_uuid(), list.id, decode(md5(n::text), 'hex'),
  'https://pages.example.org/' || n, 'What page ' || n || ' has to say',
  (ARRAY['unread', 'reading', 'done'])[1 + n %% 3], ARRAY['tag-' || n %% 10], n * 1048576::bigint,
  now() + n * interval '1 s'
FROM list, generate_series(1, %(items)s) n
"""


def run(*, rounds: int, seconds: int) -> list[Section]:
    """How long pages take wherever they lie, and how many a second beside the peer."""
    with tempfile.TemporaryDirectory(prefix="tidings-bench-") as folder, ExitStack() as stack:
        postgres = stack.enter_context(EmbeddedPostgres(Path(folder)))
        redis = stack.enter_context(EmbeddedRedis(Path(folder)))
        migrate.upgrade(postgres.url)
        key = new_key(postgres.url, "collections:read")
        reading_list = _furnish(postgres.url, key)
        beside_the_load(postgres, redis)
        off = {"BENCH_CACHE": "off"}
        servers = both(stack, "lists", "fastapi_reading_lists", postgres, redis, Path(folder), theirs=off)
        return [_depth(servers[0], key.header, reading_list), _rate(servers, key.header, reading_list, rounds, seconds)]


def _depth(server: Server, headers: dict[str, str], reading_list: str) -> Section:
    path = f"/collections/{reading_list}/items"
    address = f"http://127.0.0.1:{server.port}"
    with httpx.Client(base_url=address, headers=headers, timeout=30, trust_env=False) as client:
        deep = {"cursor": _cursor_of_last_page(client, path)}
        work: dict[str, Callable[[], int]] = {
            "v2, page 1": lambda: _page(client, f"/v2{path}", {}),
            f"v2, page {LAST_PAGE:,}": lambda: _page(client, f"/v2{path}", deep),
            "v1, page 1": lambda: _page(client, f"/v1{path}", {"page": "1"}),
            f"v1, page {LAST_PAGE:,}": lambda: _page(client, f"/v1{path}", {"page": str(LAST_PAGE)}),
            f"v1, page {LAST_PAGE // 2:,}": lambda: _page(client, f"/v1{path}", {"page": str(LAST_PAGE // 2)}),
        }
        times = timed(work, 200)
    medians = {name: median(values) for name, values in times.items()}
    rows = [Row(name, {"median ms": value}) for name, value in medians.items()]
    targets = [
        (
            f"{version}, page {LAST_PAGE:,} against page 1",
            medians[f"{version}, page {LAST_PAGE:,}"] / medians[first],
            1.5,
        )
        for version, first in (("v2", "v2, page 1"), ("v1", "v1, page 1"))
    ]
    title = f"A reading list of {ITEMS:,} items: pages of {PAGE} wherever they lie"
    return Section(title, rows, targets, frozenset(target[0] for target in targets))


def _rate(servers: list[Server], headers: dict[str, str], reading_list: str, rounds: int, seconds: int) -> Section:
    load = Load("page of a reading list", f"/v2/collections/{reading_list}/items?limit={PAGE}", headers)
    results = interleave(servers, [load], rounds=rounds, seconds=seconds)
    ours, peer = (results[server.name, load.name] for server in servers)
    rows = [
        Row(f"{load.name}, requests/s", {"tidings": ours.rate, "fastapi": peer.rate}),
        Row(f"{load.name}, µs of server CPU", {"tidings": ours.cpu_us, "fastapi": peer.cpu_us}),
    ]
    targets = [(f"{load.name} against FastAPI, server CPU", peer.cpu_us / ours.cpu_us, 4.0)]
    return Section(
        "Pages of a reading list, not cached: authenticated, limited, 20 items of the database", rows, targets
    )


def _cursor_of_last_page(client: httpx.Client, path: str) -> str:
    """The cursor of the page before the last, walked to in the longest steps."""
    cursor, left = None, ITEMS - PAGE
    while left:
        step = min(100, left)
        query = {"limit": str(step)} | ({"cursor": cursor} if cursor else {})
        cursor = client.get(f"/v2{path}", params=query).raise_for_status().json()["page"]["next_cursor"]
        left -= step
    return str(cursor)


def _page(client: httpx.Client, path: str, query: dict[str, str]) -> int:
    rows = client.get(path, params={"limit": str(PAGE), **query}).raise_for_status().json()["data"]
    assert len(rows) == PAGE
    return len(rows)


def _furnish(url: str, key: Key) -> str:
    """The id of a full list."""
    reading_list = new_id()
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(_FILL, {"organization": NEWSROOM_ID, "list": reading_list, "key": key.id, "items": ITEMS})
        owner.execute("VACUUM ANALYZE collections, collection_items")
    return encode("col", reading_list)
