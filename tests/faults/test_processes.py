"""Real API processes that are told to stop, that share keys, and whose clients are slow on purpose."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final
from urllib.parse import urlsplit

import httpx
import psycopg

from core.contract.protocol import HEADERS_WITHIN_S
from core.infra.context import Infrastructure
from tests.faults.serving import Pair, ServeProcess, load
from tests.support.seed import Key
from tests.support.waiting import until

REQUESTS: Final = 20
SLOW_CLIENTS: Final = 200
REVOKED_WITHIN_S: Final = 1.0
WAITING: Final = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@asynccontextmanager
async def half_a_request(address: str, text: bytes) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection on which only this was sent."""
    parts = urlsplit(address)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        writer.write(text)
        await writer.drain()
        yield reader, writer
    finally:
        writer.close()


async def test_no_request_that_was_begun_is_cut_off_by_a_stop(
    installation: Infrastructure, server: ServeProcess, key: Key
) -> None:
    """Requests that wait for the database, and one whose body is still on its way, when SIGTERM comes."""
    body = b'{"name": "Made while stopping", "scopes": ["articles:read"]}'
    head = (
        f"POST /v2/api-keys HTTP/1.1\r\nHost: tidings.test\r\nAuthorization: Bearer {key.text}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
    ).encode()
    async with httpx.AsyncClient(base_url=server.address, headers=key.header, timeout=30) as client:

        def ask() -> list[asyncio.Task[httpx.Response]]:
            paths = (f"/v2/sources?limit={n + 1}" for n in range(REQUESTS))
            return [asyncio.create_task(client.get(path, extensions={"trace": trace})) for path in paths]

        async def trace(event: str, _: object) -> None:
            sent.append(event == "http11.send_request_body.complete")

        sent: list[bool] = []
        await asyncio.gather(*ask())  # connections are there: a lock is waited for no longer than 2 s
        with psycopg.connect(installation.db.url) as owner, psycopg.connect(installation.db.url) as watcher:
            watcher.autocommit = True

            def all_wait() -> bool:
                row = watcher.execute(WAITING).fetchone()
                held_up = row is not None and row[0] == installation.settings.database_pool_size
                return held_up and sum(sent) == 2 * REQUESTS

            async with half_a_request(server.address, head) as (reader, writer):
                assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"  # it has begun
                writer.write(body[:10])
                owner.execute("LOCK TABLE sources IN ACCESS EXCLUSIVE MODE")
                asking = ask()
                await until(all_wait, "requests that wait for the lock")
                assert (await client.get("/health")).status_code == 200  # by now it has read what was sent before
                server.terminate()
                await until(lambda: is_refused(server.address), "the end of the listening")
                owner.rollback()
                answers = await asyncio.gather(*asking)
                writer.write(body[10:])
                posted = await reader.read()
    assert [answer.status_code for answer in answers] == [200] * REQUESTS
    assert posted.startswith(b"HTTP/1.1 201 ")
    assert await server.ended() == 0


async def is_refused(address: str) -> bool:
    """Whether no new connection is taken any more. One that waits while the listening ends is reset unread."""
    try:
        async with httpx.AsyncClient(base_url=address, timeout=30) as late:
            await late.get("/health")
    except httpx.TransportError as error:
        return isinstance(error, httpx.ConnectError)
    return False


async def test_a_key_that_one_process_revokes_is_refused_by_the_other_within_a_second(pair: Pair, key: Key) -> None:
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(
            httpx.AsyncClient(base_url=pair[0].address, headers=key.header, timeout=30)
        )
        there = await stack.enter_async_context(httpx.AsyncClient(base_url=pair[1].address, timeout=30))
        for _ in range(5):
            made = (await here.post("/v2/api-keys", json={"name": "Short", "scopes": ["articles:read"]})).json()
            new = {"Authorization": f"Bearer {made['key']}"}
            for _ in range(3):  # it is in the other's memory now
                assert (await there.get("/v2/articles", headers=new)).status_code == 200
            assert (await here.delete(f"/v2/api-keys/{made['id']}")).status_code == 204
            revoked_at = time.monotonic()

            async def forgotten(new: dict[str, str] = new) -> bool:
                return (await there.get("/v2/articles", headers=new)).status_code == 401

            await until(forgotten, "the refusal")
            assert time.monotonic() - revoked_at <= REVOKED_WITHIN_S


async def test_a_rehearsal_that_one_process_begins_and_ends_is_heard_by_the_other_within_a_second(
    pair: Pair, key: Key
) -> None:
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(
            httpx.AsyncClient(base_url=pair[0].address, headers=key.header, timeout=30)
        )
        there = await stack.enter_async_context(httpx.AsyncClient(base_url=pair[1].address, timeout=30))
        made = (await here.post("/v2/api-keys", json={"name": "Old", "scopes": ["articles:read"]})).json()
        old = {"Authorization": f"Bearer {made['key']}"}

        async def answers(status: int) -> None:
            """The other process answers v1 with this status within a second from now."""
            began = time.monotonic()

            async def changed() -> bool:
                return (await there.get("/v1/articles", headers=old)).status_code == status

            await until(changed, f"an answer of {status}")
            assert time.monotonic() - began <= REVOKED_WITHIN_S

        for _ in range(3):
            await answers(200)
            rehearsal = {"key_id": made["id"], "duration_seconds": 600}
            address = (await here.post("/v2/rehearsals", json=rehearsal)).headers["location"]
            await answers(410)
            assert (await here.delete(address)).status_code == 204
        await answers(200)


async def last_words(reader: asyncio.StreamReader) -> bytes:
    """What the server says before it hangs up; nothing where a byte of ours crossed it and reset the connection."""
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""


async def test_clients_that_send_a_byte_now_and_then_hold_nobody_up_and_are_hung_up_on(pair: Pair, key: Key) -> None:
    server = pair[0]

    async def drip(stack: AsyncExitStack) -> asyncio.StreamReader:
        begun = b"GET /v2/articles HTTP/1.1\r\nHost: tidings.test\r\nX-Slow: "
        reader, writer = await stack.enter_async_context(half_a_request(server.address, begun))
        dripping.add(asyncio.create_task(keep_dripping(writer)))
        return reader

    async def keep_dripping(writer: asyncio.StreamWriter) -> None:
        """A byte a second, which is what keeps a naive server waiting for ever."""
        while not writer.is_closing():
            writer.write(b"x")
            await asyncio.sleep(1)

    dripping: set[asyncio.Task[None]] = set()
    async with AsyncExitStack() as stack:
        endings = [asyncio.create_task(last_words(await drip(stack))) for _ in range(SLOW_CLIENTS)]
        async with load(server.address, key.header, lambda number: f"/v2/articles?limit={1 + number % 100}") as seen:
            await until(lambda: seen.count(200) >= 100, "answers for everybody else")
        assert {answer.status for answer in seen.answers} == {200}
        assert not any(ending.done() for ending in endings), "the slow clients were gone before the others asked"
        async with asyncio.timeout(3 * HEADERS_WITHIN_S):
            words = await asyncio.gather(*endings)
        for task in dripping:
            task.cancel()
    assert {said[:12] for said in words} <= {b"HTTP/1.1 408", b""}
    assert b"HTTP/1.1 408" in {said[:12] for said in words}
