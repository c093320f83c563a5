"""Sends generated requests of v1 and their translations to a real instance, and compares every answer.

    python -m bench.translate                          10,000 requests to an instance that it starts itself
    python -m bench.translate --requests 500 --seed 7

The instance is `tidings up` with its sandbox newsroom, in a folder of its own. Exits with 1 at the first answer of v1
that differs from what the published mapping makes of v2's, and shows both.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import Final

import httpx

from ci.lints.contract.document import load_all
from tests.support.instance import Instance, tidings
from tests.support.v1_replay import Mismatch, Replay
from tests.support.v1_requests import Caller, Generator, World

PLAN: Final = {"organization_requests_per_hour": 0, "keys": 100_000, "feeds": 10, "members": 5, "storage_bytes": 2**33}
SETTINGS: Final = {
    "TIDINGS_FREE_REQUESTS_PER_HOUR": "0",
    "TIDINGS_ADDRESS_REQUESTS_PER_MINUTE": "0",
    "TIDINGS_LOGIN_ATTEMPTS_PER_MINUTE": "0",
    "TIDINGS_LOG_LEVEL": "warning",
    "TIDINGS_PLANS": json.dumps({"free": PLAN}),
}
OWNED: Final = ("articles:read", "sources:read", "collections:read", "collections:write", "keys:read", "keys:write")
REPORTED_EVERY: Final = 1000


async def replay(address: str, keys: dict[Caller, str], *, requests: int, seed: int) -> Replay:
    """Raises `Mismatch`."""
    document = next(document for document in load_all() if document.version == "v1")
    callers = {name: {"Authorization": f"Bearer {key}"} for name, key in keys.items()}
    async with httpx.AsyncClient(base_url=address, timeout=60) as client:
        world = await _world(client, callers["owner"])
        checked = Replay(client, document, world, {**callers, "nobody": {}})
        await _send(checked, Generator(document, world, seed), requests)
    return checked


async def _send(checked: Replay, generator: Generator, requests: int) -> None:
    begun = time.monotonic()
    for number in range(1, requests + 1):
        await checked.check(generator.next())
        if number % REPORTED_EVERY == 0:
            print(f"{number:,} requests in {time.monotonic() - begun:.0f} s: {dict(checked.outcomes)}", flush=True)


async def _world(client: httpx.AsyncClient, owner: dict[str, str]) -> World:
    """What the newsroom holds, and what belongs to somebody else."""
    articles = (await client.get("/v1/articles?limit=100", headers=owner)).json()["data"]
    sources = (await client.get("/v1/sources?limit=100", headers=owner)).json()["data"]
    stranger = {"email": "stranger@else.example", "password": "a long walk by the sea"}
    await client.post("/v2/auth/register", json=stranger)
    token = (await client.post("/v2/auth/login", json=stranger)).json()["access_token"]
    theirs = {"Authorization": f"Bearer {token}"}
    made = (await client.post("/v2/collections", json={"name": "Theirs"}, headers=theirs)).json()["id"]
    address = {"url": "https://www.example.org/theirs"}
    item = (await client.post(f"/v2/collections/{made}/items", json=address, headers=theirs)).json()["id"]
    wanted = {"name": "Theirs", "scopes": ["articles:read"]}
    key = (await client.post("/v2/api-keys", json=wanted, headers=theirs)).json()["id"]
    words = sorted({word for article in articles for word in article["title"].split()})
    foreign = {"collection": [made], "item": [item], "key": [key]}
    return World([one["id"] for one in articles], [one["id"] for one in sources], words, foreign)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.translate", description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=20261129)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tidings-translate-") as folder:
        home = Path(folder)
        with Instance(home, **SETTINGS) as instance:
            keys: dict[Caller, str] = {"owner": _key(home, OWNED), "reader": _key(home, OWNED[:2])}
            try:
                checked = asyncio.run(replay(instance.address, keys, requests=options.requests, seed=options.seed))
            except Mismatch as difference:
                print(f"MISMATCH\n{difference}")
                raise SystemExit(1) from None
    for (operation, status), count in sorted(checked.statuses.items()):
        print(f"{operation:24} {status} {count:6,}")
    print(f"{sum(checked.outcomes.values()):,} requests of v1, 0 mismatches; {dict(checked.outcomes)}")


def _key(home: Path, scopes: tuple[str, ...]) -> str:
    options = [option for scope in scopes for option in ("--scope", scope)]
    made = tidings(home, "keys", "create", "--name", "translate", *options, "--json", **SETTINGS)
    return str(json.loads(made.stdout)["key"])


if __name__ == "__main__":
    main()
