"""Many organisations read side by side, many requests are given up half-way, and no row of another one ever comes out.

python -m tests.faults.tenancy [--organizations 20] [--clients 50] [--seconds 60] [--without-filters]

Every text of an organisation's rows names it (`tenant-07`), so a foreign row is a foreign name in an answer. Two server
processes, small pools, and answers both from the cache and fresh: a connection that kept the last tenant, a cached page
under the wrong key or a cancelled transaction would show. `--without-filters` removes the tenant filters from the
product's own queries, which leaves row-level security alone.
"""

import argparse
import asyncio
import random
import re
import sys
import tempfile
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

import httpx
import orjson

from core.infra.embedded import EmbeddedPostgres, EmbeddedRedis
from tests.faults.serving import ServeProcess
from tests.support.infrastructure import SECRET, opened
from tests.support.seed import Key, Seed

SCOPES: Final = ("articles:read", "sources:read", "feeds:read", "keys:read")
ROWS_EACH: Final = 120
KEPT_S: Final = 1.0
"""Idle connections are not used again after this: one that the server is about to close would break a request."""
GIVEN_UP: Final = 0.1
"""The share of requests that their client gives up."""

PATHS: Final = (
    "/v2/articles?limit=100",
    "/v2/articles?limit=100&sort=published_at",
    "/v2/articles?limit=100&count=exact&fields=title,url",
    "/v2/articles?limit=100&q=story",
    "/v1/articles?limit=100",
    "/v2/feeds?limit=100",
    "/v2/api-keys?limit=100",
    "/v2/sources?limit=100",
)
_NAME: Final = re.compile(rb"tenant-(\d+)")


@dataclass(frozen=True)
class Tenant:
    """An organisation with rows of its own."""

    number: int
    organization_id: UUID
    key: Key

    @property
    def name(self) -> str:
        """What all its texts hold."""
        return name_of(self.number)


@dataclass
class Seen:
    """What the clients have been given."""

    rows: int = 0
    own: int = 0
    foreign: int = 0
    given_up: int = 0
    statuses: Counter[int] = field(default_factory=Counter)

    def take(self, tenant: Tenant, answer: httpx.Response) -> None:
        """Count an answer's rows and the names in it."""
        self.statuses[answer.status_code] += 1
        if answer.status_code != httpx.codes.OK:
            return
        self.rows += len(orjson.loads(answer.content)["data"])
        for number in _NAME.findall(answer.content):
            if int(number) == tenant.number:
                self.own += 1
            else:
                self.foreign += 1


def name_of(number: int) -> str:
    """The name of an organisation, which no other text holds."""
    return f"tenant-{number:02}"


def furnish(url: str, organizations: int) -> list[Tenant]:
    """Organisations with a feed, articles and keys each, and a newsroom that everybody reads."""
    seed = Seed(url, SECRET.encode())
    newsroom = seed.source("newsroom")
    for _ in range(ROWS_EACH):
        seed.article(newsroom)
    tenants = []
    for number in range(organizations):
        name = name_of(number)
        own = seed.organization(name)
        feed = seed.feed(name, organization_id=own)
        for _ in range(ROWS_EACH):
            seed.article(feed, organization_id=own, title=f"A story of {name}", summary=name)
        key = seed.key(*SCOPES, organization_id=own, name=f"The key of {name}")
        tenants.append(Tenant(number, own, key))
    seed.close()
    return tenants


async def read(
    addresses: list[str], tenants: list[Tenant], *, clients: int, requests: int | None, seconds: float | None
) -> Seen:
    """`clients` clients of each tenant read until each has made `requests` requests, or `seconds` have passed."""
    seen = Seen()
    stop = asyncio.Event()
    chance = random.Random(7)

    async def client(tenant: Tenant, http: httpx.AsyncClient) -> None:
        made = 0
        while not stop.is_set() and (requests is None or made < requests):
            made += 1
            path = chance.choice(PATHS)
            if chance.random() < 0.5 and "articles" in path:  # half of the lists are not in the cache
                path += f"&from=2026-01-01T00:00:{chance.randrange(60):02}.{chance.randrange(1000):03}Z"
            patience = chance.uniform(0.0005, 0.05) if chance.random() < GIVEN_UP else 60
            try:
                async with asyncio.timeout(patience):
                    seen.take(tenant, await http.get(path))
            except TimeoutError:
                seen.given_up += 1

    async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        for index, tenant in enumerate(tenants):
            http = await stack.enter_async_context(
                httpx.AsyncClient(
                    base_url=addresses[index % len(addresses)],
                    headers=tenant.key.header,
                    timeout=60,
                    limits=httpx.Limits(
                        max_connections=clients,
                        max_keepalive_connections=clients,
                        keepalive_expiry=KEPT_S,
                    ),
                )
            )
            for _ in range(clients):
                group.create_task(client(tenant, http))
        if seconds is not None:
            group.create_task(_stop_after(stop, seconds))
    return seen


async def _stop_after(stop: asyncio.Event, seconds: float) -> None:
    await asyncio.sleep(seconds)
    stop.set()


async def run(
    postgres_url: str,
    redis_url: str,
    *,
    organizations: int,
    clients: int,
    requests: int | None = None,
    seconds: float | None = None,
    filters: bool = True,
) -> Seen:
    """The whole experiment on engines that run."""
    settings = {"address_requests_per_minute": 0, "log_level": "error", "database_pool_size": 8}
    async with opened(postgres_url, redis_url, **settings) as infra, AsyncExitStack() as stack:
        tenants = furnish(infra.db.url, organizations)
        module = "core.cli" if filters else "tests.support.unfiltered"
        servers = [await stack.enter_async_context(ServeProcess(infra.settings, module=module)) for _ in range(2)]
        addresses = [server.address for server in servers]
        return await read(addresses, tenants, clients=clients, requests=requests, seconds=seconds)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.tenancy", description=__doc__)
    parser.add_argument("--organizations", type=int, default=20)
    parser.add_argument("--clients", type=int, default=50, help="of each organisation")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--without-filters", action="store_true", help="row-level security alone")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="tidings-tenancy-") as folder,
        EmbeddedPostgres(Path(folder)) as postgres,
        EmbeddedRedis(Path(folder)) as redis,
    ):
        seen = asyncio.run(
            run(
                postgres.url,
                redis.url,
                organizations=given.organizations,
                clients=given.clients,
                seconds=given.seconds,
                filters=not given.without_filters,
            )
        )
    sys.stdout.write(
        f"{seen.rows:,} rows read ({seen.own:,} own names), {seen.foreign} foreign; "
        f"{seen.given_up:,} requests given up; statuses {dict(seen.statuses)}\n"
    )
    sys.exit(0 if seen.foreign == 0 and seen.own else 1)


if __name__ == "__main__":
    main()
