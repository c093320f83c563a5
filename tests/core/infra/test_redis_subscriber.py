"""Published messages: heard, and known to be missed when they are."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from core.infra.embedded import EmbeddedRedis
from core.infra.redis import RedisClient, Subscription
from tests.support.forwarder import Forwarder
from tests.support.waiting import until


class Notebook:
    """What a listener was told."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.gaps = 0

    def gap(self) -> None:
        self.gaps += 1

    async def listen(self, client: RedisClient, channel: str) -> Subscription:
        subscription = client.subscribe(channel, self.messages.append, self.gap)
        await until(lambda: subscription.live, "the subscription")
        return subscription


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[RedisClient]:
    client = RedisClient(redis_url)
    yield client
    await client.close()


@pytest.fixture
def server() -> Iterator[EmbeddedRedis]:
    with tempfile.TemporaryDirectory(prefix="tidings-redis-") as folder, EmbeddedRedis(Path(folder)) as server:
        yield server


async def test_a_message_reaches_every_listener_of_its_channel_only(client: RedisClient) -> None:
    first, second, other = Notebook(), Notebook(), Notebook()
    await first.listen(client, "news")
    await second.listen(client, "news")
    await other.listen(client, "weather")
    await client.call("PUBLISH", "news", b"\x00hello")
    await until(lambda: bool(first.messages and second.messages), "the message")
    assert first.messages == second.messages == [b"\x00hello"]
    assert other.messages == []
    assert (first.gaps, second.gaps, other.gaps) == (1, 1, 1)


async def test_a_listener_is_told_that_it_may_have_missed_something_while_the_server_was_away(
    server: EmbeddedRedis,
) -> None:
    client, notebook = RedisClient(server.url), Notebook()
    subscription = await notebook.listen(client, "news")
    server.stop()
    await until(lambda: not subscription.live, "the loss")
    server.start()
    await until(lambda: subscription.live, "the return")
    assert notebook.gaps == 2
    await client.call("PUBLISH", "news", "again")
    await until(lambda: notebook.messages == [b"again"], "the message")
    await client.close()


async def test_a_link_that_dies_silently_is_noticed(redis_url: str) -> None:
    async with Forwarder(unquote(urlsplit(redis_url).path)) as forwarder:
        client, notebook = RedisClient(f"redis://127.0.0.1:{forwarder.port}"), Notebook()
        subscription = await notebook.listen(client, "news")
        forwarder.freeze()
        await until(lambda: not subscription.live, "the loss")
        forwarder.thaw()
        await until(lambda: subscription.live, "the return")
        assert notebook.gaps == 2
        await client.close()
