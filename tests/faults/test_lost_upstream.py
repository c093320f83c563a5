"""The upstreams go away and come back: what they said before is served all the while."""

from collections.abc import AsyncIterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import httpx
import pytest

from core.feeds.service import feeds
from core.infra.context import Infrastructure
from core.infra.notifications import FETCHED, Listener, listening
from core.kit.principal import operator
from core.sandbox.server import NewsroomServer
from core.sources.service import sources
from tests.faults.conftest import EVERY_SCOPE, Engines
from tests.faults.serving import ServeProcess
from tests.support.infrastructure import SECRET, opened
from tests.support.process import Database
from tests.support.seed import Seed
from tests.support.waiting import DEADLINE_S
from tests.support.workers import WorkerProcess


@pytest.fixture
def newsroom() -> "Newsroom":
    return Newsroom()


class Newsroom:
    """A newsroom that can be away: nothing listens on its port then."""

    def __init__(self) -> None:
        self._running = ExitStack()
        self.origin = self._running.enter_context(NewsroomServer()).origin

    def leave(self) -> None:
        self._running.close()

    def come_back(self) -> None:
        port = urlsplit(self.origin).port
        assert port is not None
        self._running.enter_context(NewsroomServer(port=port))


@pytest.fixture
async def infra(engines: Engines, newsroom: Newsroom) -> AsyncIterator[Infrastructure]:
    settings = {"sandbox_url": newsroom.origin, "address_requests_per_minute": 0}
    async with opened(engines.postgres.url, engines.redis.url, **settings) as infra:
        await sources.ensure_providers(infra.settings)
        await feeds.ensure_sandbox(infra.settings)
        yield infra
    newsroom.leave()


async def poll_everything(infra: Infrastructure, news: Listener) -> None:
    """Returns when every source was asked once more."""
    async with infra.unit_of_work(operator()):
        missing = {str(row.id) for row in await sources.poll(operator())}
    while missing:
        source = await news.next(DEADLINE_S)
        assert source is not None, f"{len(missing)} sources were never fetched"
        missing.discard(source)


async def test_articles_are_served_while_their_upstreams_are_away(infra: Infrastructure, newsroom: Newsroom) -> None:
    seed = Seed(infra.db.url, SECRET.encode())
    key = seed.key(*EVERY_SCOPE)
    seed.close()
    database = Database(infra.db.url)
    async with (
        WorkerProcess(infra.settings),
        ServeProcess(infra.settings) as server,
        httpx.AsyncClient(base_url=server.address, headers=key.header, timeout=30) as client,
        listening(infra.db.url, FETCHED) as news,
    ):

        async def listed() -> list[str]:
            rows = (await client.get("/v2/articles", params={"limit": 100})).json()["data"]
            return [row["id"] for row in rows]

        async def states() -> dict[str, str | None]:
            rows = (await client.get("/v2/sources", params={"limit": 100})).json()["data"]
            return {row["state"]: row["state_reason"] for row in rows}

        await poll_everything(infra, news)
        before, articles = await listed(), database.count("articles")
        assert before
        assert await states() == {"healthy": None}

        newsroom.leave()
        await poll_everything(infra, news)
        assert await listed() == before
        (failing,) = (await states()).items()
        assert failing[0] == "failing"
        assert failing[1]
        listing = await client.get("/v2/articles", params={"source": "guardian", "q": "zyzzyva"})
        assert "source_unhealthy" in [warning["code"] for warning in listing.json()["warnings"]]
        due = database.rows("SELECT slug FROM sources WHERE next_fetch_at IS NULL OR next_fetch_at <= last_fetch_at")
        assert due == []  # each is tried again later, none is given up

        newsroom.come_back()
        await poll_everything(infra, news)
        assert await states() == {"healthy": None}
        assert await listed() == before
        assert database.count("articles") == articles
