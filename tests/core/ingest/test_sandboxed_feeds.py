"""What a test key subscribes to is read inside of the process: nothing goes out, whatever address it names."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from core.errors import UrlNotAllowed
from core.feeds.service import feeds
from core.infra.context import Infrastructure
from core.infra.http import Egress
from core.ingest.clients import Clients
from core.ingest.polling import poll_source
from core.keys.service import keys
from core.kit.principal import NEWSROOM_ID, Principal, operator, sandbox_of
from core.sandbox.egress import ORIGIN
from tests.support.process import Database

SANDBOX = sandbox_of(NEWSROOM_ID)


class Wired(Egress):
    """Fails whoever uses it."""

    async def request(self, method: str, url: str, **_: Any) -> Any:
        raise AssertionError(f"{method} {url} went out")


@pytest.fixture
async def tester(infra: Infrastructure) -> Principal:
    """A test key of the newsroom."""
    async with infra.unit_of_work(operator()):
        made = await keys.create(operator(), name="Tried", scopes=["feeds:write"], mode="test")
    return await keys.authenticate(made.key)


@pytest.fixture
async def clients(infra: Infrastructure) -> AsyncIterator[Clients]:
    async with Wired.from_settings(infra.settings) as egress:
        yield Clients(infra.settings, egress)


async def subscribed(infra: Infrastructure, clients: Clients, tester: Principal, url: str) -> UUID:
    async with infra.unit_of_work(tester):
        feed = await feeds.create(tester, url)
    await poll_source(clients, tester.organization_id, feed.id)
    return feed.id


def state(database: Database, feed: UUID) -> tuple[str, str | None, int]:
    row = database.row("SELECT * FROM sources WHERE id = %s", feed)
    return row["state"], row["state_reason"], row["article_count"]


async def test_an_address_that_no_feed_can_have_is_refused_without_asking_dns(
    infra: Infrastructure, tester: Principal
) -> None:
    for url in ("ftp://newsroom.example/feed.xml", "http://127.0.0.1/feed.xml", "https://user:word@newsroom.example/"):
        with pytest.raises(UrlNotAllowed):
            async with infra.unit_of_work(tester):
                await feeds.create(tester, url)


@pytest.mark.parametrize(
    "url",
    ["https://example.org/feed.xml", f"{ORIGIN}/feeds/nothing.xml", f"{ORIGIN}/control", f"{ORIGIN}/mail", ORIGIN],
)
async def test_any_other_address_is_a_feed_that_does_not_exist(
    infra: Infrastructure, clients: Clients, tester: Principal, database: Database, url: str
) -> None:
    feed = await subscribed(infra, clients, tester, url)
    assert state(database, feed) == ("failing", "There is no feed at this address (status 404).", 0)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("gone", "gone"), ("shy", "throttled"), ("busy", "throttled"), ("moved", "moved"), ("slow", "healthy")],
)
async def test_a_feed_of_the_frozen_newsroom_behaves_as_its_name_says(
    infra: Infrastructure, clients: Clients, tester: Principal, database: Database, name: str, expected: str
) -> None:
    feed = await subscribed(infra, clients, tester, f"{ORIGIN}/feeds/{name}.xml")
    assert state(database, feed)[0] == expected


async def test_a_healthy_feed_brings_its_articles_into_the_sandbox(
    infra: Infrastructure, clients: Clients, tester: Principal, database: Database
) -> None:
    feed = await subscribed(infra, clients, tester, f"{ORIGIN}/feeds/elbe-kurier.xml")
    assert state(database, feed) == ("healthy", None, 20)
    owners = database.rows("SELECT DISTINCT organization_id FROM articles WHERE source_id = %s", feed)
    assert [row["organization_id"] for row in owners] == [SANDBOX]
