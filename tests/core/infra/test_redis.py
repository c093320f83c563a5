"""The multiplexed connection, on real servers that are killed, stopped and restarted."""

import asyncio
import os
import signal
import ssl
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import uvloop

from core.infra.embedded import EmbeddedRedis
from core.infra.redis import RedisClient, RedisRefused, RedisUnavailable, Script
from core.infra.redis.address import parse
from core.infra.redis.connection import MAX_IN_FLIGHT
from tests.support.certificates import self_signed
from tests.support.forwarder import Forwarder
from tests.support.waiting import until


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[RedisClient]:
    client = RedisClient(redis_url)
    await client.call("FLUSHALL")
    yield client
    await client.close()


@pytest.fixture
def server() -> Iterator[EmbeddedRedis]:
    """A server of the test's own, to be mistreated."""
    with tempfile.TemporaryDirectory(prefix="tidings-redis-") as folder, EmbeddedRedis(Path(folder)) as server:
        yield server


def _path(url: str) -> str:
    return unquote(urlsplit(url).path)


async def test_replies_reach_their_callers_in_any_crowd(client: RedisClient) -> None:
    replies = await asyncio.gather(*(client.call("ECHO", str(number)) for number in range(5000)))
    assert replies == [str(number).encode() for number in range(5000)]


async def test_no_more_commands_are_under_way_than_the_bound(client: RedisClient) -> None:
    await client.call("PING")
    connection = client._connection
    assert connection is not None
    most = 0

    async def ask() -> None:
        nonlocal most
        waiting = asyncio.ensure_future(client.call("PING"))
        await asyncio.sleep(0)
        most = max(most, len(connection._waiting))
        await waiting

    await asyncio.gather(*(ask() for _ in range(3 * MAX_IN_FLIGHT)))
    assert most == MAX_IN_FLIGHT


async def test_commands_of_one_turn_of_the_loop_leave_in_one_send(redis_url: str) -> None:
    async with Forwarder(_path(redis_url)) as forwarder:
        client = RedisClient(f"redis://127.0.0.1:{forwarder.port}")
        await client.call("PING")
        forwarder.chunks.clear()
        await asyncio.gather(*(client.call("PING") for _ in range(50)))
        assert len(forwarder.chunks) == 1
        await client.close()


async def test_an_error_reply_fails_its_call_and_no_other(client: RedisClient) -> None:
    good, bad, also_good = await asyncio.gather(
        client.call("ECHO", "a"), client.call("NOSUCH"), client.call("ECHO", "b"), return_exceptions=True
    )
    assert (good, also_good) == (b"a", b"b")
    assert isinstance(bad, RedisRefused)


async def test_a_cancelled_call_leaves_its_reply_to_nobody(client: RedisClient) -> None:
    given_up = asyncio.create_task(client.call("ECHO", "mine"))
    await asyncio.sleep(0)
    given_up.cancel()
    assert await client.call("ECHO", "yours") == b"yours"


async def test_a_script_is_loaded_where_it_is_not_known(client: RedisClient) -> None:
    script = Script("return {KEYS[1], ARGV[1]}")
    for _ in range(2):
        await client.call("SCRIPT", "FLUSH")
        assert await client.run(script, ["k"], [7]) == [b"k", b"7"]
    assert await client.call("SCRIPT", "EXISTS", script.digest) == [1]


async def test_a_script_that_fails_is_our_bug_and_is_said_so(client: RedisClient) -> None:
    with pytest.raises(RedisRefused, match="nonsense"):
        await client.run(Script("return nonsense()"), [], [])


async def test_calls_in_flight_fail_when_the_server_is_killed_and_later_ones_succeed(server: EmbeddedRedis) -> None:
    client = RedisClient(server.url, timeout_s=5)
    await client.call("PING")
    in_flight = asyncio.create_task(client.call("BLPOP", "never", 0))
    await client.call("PING")
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    with pytest.raises(RedisUnavailable):
        await in_flight
    server.stop()
    with pytest.raises(RedisUnavailable):
        await client.call("PING")
    server.start()
    await until(lambda: client.connected, "the connection")
    assert await client.call("PING") == b"PONG"
    await client.close()


async def test_a_server_that_does_not_answer_in_time_is_given_up_and_tried_again(server: EmbeddedRedis) -> None:
    client = RedisClient(server.url, timeout_s=0.2)
    await client.call("PING")
    assert server.pid is not None
    os.kill(server.pid, signal.SIGSTOP)
    with pytest.raises(RedisUnavailable, match=r"no answer within 0\.2 s"):
        await client.call("PING")
    os.kill(server.pid, signal.SIGCONT)

    async def answers() -> bool:
        try:
            return bool(await client.call("PING") == b"PONG")
        except RedisUnavailable:
            return False

    await until(answers, "an answer")
    await client.close()


async def test_a_server_that_was_never_there_is_unavailable_and_found_when_it_comes(server: EmbeddedRedis) -> None:
    url = server.url
    server.stop()
    client = RedisClient(url)
    for _ in range(3):
        with pytest.raises(RedisUnavailable):
            await client.call("PING")
    server.start()
    await until(lambda: client.connected, "the connection")
    assert await client.call("PING") == b"PONG"
    await client.close()


async def test_what_is_not_redis_is_unavailable() -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    stranger = await asyncio.start_server(answer, "127.0.0.1", 0)
    client = RedisClient(f"redis://127.0.0.1:{stranger.sockets[0].getsockname()[1]}")
    with pytest.raises(RedisUnavailable):
        await client.call("PING")
    await client.close()
    stranger.close()


async def test_a_server_that_takes_no_more_clients_is_unavailable_until_it_does(server: EmbeddedRedis) -> None:
    owner, late = RedisClient(server.url), RedisClient(server.url)
    await owner.call("CONFIG", "SET", "maxclients", 1)
    for _ in range(3):
        with pytest.raises(RedisUnavailable):
            await late.call("PING")
    await owner.call("CONFIG", "SET", "maxclients", 100)
    await until(lambda: late.connected, "the connection")
    assert await late.call("PING") == b"PONG"
    await late.close()
    await owner.close()


async def test_it_works_on_uvloop_as_in_production(redis_url: str) -> None:
    async def work() -> list[object]:
        client, heard = RedisClient(redis_url), asyncio.Event()
        subscription = client.subscribe("uvloop", lambda _: heard.set(), lambda: None)
        await until(lambda: subscription.live, "the subscription")
        await client.call("PUBLISH", "uvloop", "hello")
        await heard.wait()
        answers = await asyncio.gather(*(client.call("ECHO", str(number)) for number in range(100)))
        await client.close()
        return answers

    def run() -> list[object]:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(work())

    assert await asyncio.to_thread(run) == [str(number).encode() for number in range(100)]


async def test_a_password_is_asked_for_and_given(server: EmbeddedRedis) -> None:
    path = _path(server.url)
    owner = RedisClient(server.url)
    await owner.call("CONFIG", "SET", "requirepass", "open sesame")
    for url in (f"unix://{path}", f"unix://:wrong@{path}"):
        stranger = RedisClient(url)
        with pytest.raises(RedisUnavailable, match=r"NOAUTH|WRONGPASS"):
            await stranger.call("PING")
        await stranger.close()
    known = RedisClient(f"unix://:open%20sesame@{path}?db=3")
    await known.call("SET", "here", "1")
    assert await known.call("EXISTS", "here") == 1
    assert await owner.call("EXISTS", "here") == 0  # another database
    await known.close()
    await owner.close()


async def test_tls_is_spoken_and_the_certificate_is_checked(redis_url: str, tmp_path: Path) -> None:
    certificate = self_signed(tmp_path, "localhost")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate.chain, certificate.key)
    async with Forwarder(_path(redis_url), tls=tls) as forwarder:
        trusting = RedisClient(f"rediss://localhost:{forwarder.port}?ssl_ca_certs={certificate.chain}")
        assert await trusting.call("PING") == b"PONG"
        await trusting.close()
        strict = RedisClient(f"rediss://localhost:{forwarder.port}")
        with pytest.raises(RedisUnavailable, match="certificate"):
            await strict.call("PING")
        await strict.close()
        careless = RedisClient(f"rediss://localhost:{forwarder.port}?ssl_cert_reqs=none")
        assert await careless.call("PING") == b"PONG"
        await careless.close()


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1", "redis://h/0?socket_timeuot=3", "rediss://h?ssl_cert_reqs=sometimes", "redis://h?db=first"],
)
def test_a_url_that_means_something_else_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"Redis URL|connection URL"):
        parse(url)


async def test_a_closed_client_takes_no_more_calls(redis_url: str) -> None:
    client = RedisClient(redis_url)
    await client.call("PING")
    await client.close()
    with pytest.raises(RedisUnavailable):
        await client.call("PING")
    with pytest.raises(RedisUnavailable):
        client.subscribe("c", print, print)
