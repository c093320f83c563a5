"""Sessions over several real processes: one lineage whatever is killed, and an end that all of them hear of."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Final

import httpx
import psycopg
import pytest

from core.infra.context import Infrastructure
from core.kit import ids
from tests.faults.conftest import Engines
from tests.faults.serving import Pair, ServeProcess
from tests.support.infrastructure import opened
from tests.support.people import Person, sign_up
from tests.support.waiting import until

AT_ONCE: Final = 20
ENDED_WITHIN_S: Final = 1.0
KILLS: Final = 3
REFRESH: Final = "/v2/auth/refresh"
WAITING: Final = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@pytest.fixture(scope="module")
async def installation(engines: Engines) -> AsyncIterator[Infrastructure]:
    """An empty database, and as many log-ins as the tests need."""
    settings = {"address_requests_per_minute": 0, "login_attempts_per_minute": 0, "log_level": "warning"}
    async with opened(engines.postgres.url, engines.redis.url, **settings) as infra:
        yield infra


@pytest.fixture
async def person(pair: Pair) -> Person:
    """Somebody who registered and logged in as everybody does."""
    async with httpx.AsyncClient(base_url=pair[0].address, timeout=30) as api:
        return await sign_up(api)


def reason_of(infra: Infrastructure, person: Person) -> str | None:
    """Why the person's session ended; None while it lasts."""
    with psycopg.connect(infra.db.url) as owner:
        session_id = ids.decode("ses", person.session_id)
        row = owner.execute("SELECT end_reason FROM sessions WHERE id = %s", [session_id]).fetchone()
    assert row is not None
    return None if row[0] is None else str(row[0])


async def test_twenty_refreshes_at_once_on_two_processes_give_one_lineage(
    installation: Infrastructure, pair: Pair, person: Person
) -> None:
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(httpx.AsyncClient(base_url=each.address, timeout=30)) for each in pair
        ]
        token = person.refresh_token
        for _ in range(3):
            body = {"refresh_token": token}
            answers = await asyncio.gather(*(clients[number % 2].post(REFRESH, json=body) for number in range(AT_ONCE)))
            assert {answer.status_code for answer in answers} == {200}
            following = {answer.json()["refresh_token"] for answer in answers}
            assert len(following) == 1
            token = following.pop()
        assert token != person.refresh_token
        assert reason_of(installation, person) is None


async def test_a_process_that_is_killed_while_it_refreshes_loses_no_session(
    installation: Infrastructure, pair: Pair, person: Person
) -> None:
    """Killed while its transaction waits: the client asks again with the same token, and goes on."""
    token = person.refresh_token
    session_id = ids.decode("ses", person.session_id)
    for _ in range(KILLS):
        async with ServeProcess(installation.settings) as doomed:
            with psycopg.connect(installation.db.url) as owner, psycopg.connect(installation.db.url) as watcher:
                watcher.autocommit = True
                owner.execute("SELECT 1 FROM sessions WHERE id = %s FOR UPDATE", [session_id])
                async with httpx.AsyncClient(base_url=doomed.address, timeout=30) as client:
                    asking = asyncio.create_task(client.post(REFRESH, json={"refresh_token": token}))

                    def waits(watcher: psycopg.Connection[tuple[int]] = watcher) -> bool:
                        row = watcher.execute(WAITING).fetchone()
                        return row is not None and row[0] > 0

                    await until(waits, "the refresh that waits for the session")
                    doomed.kill()
                    with pytest.raises(httpx.TransportError):
                        await asking
        async with httpx.AsyncClient(base_url=pair[0].address, timeout=30) as client:
            answer = await client.post(REFRESH, json={"refresh_token": token})
            assert answer.status_code == 200
            token = answer.json()["refresh_token"]
    assert reason_of(installation, person) is None


async def test_a_reused_token_ends_the_session_on_every_process(
    installation: Infrastructure, pair: Pair, person: Person
) -> None:
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(httpx.AsyncClient(base_url=pair[0].address, timeout=30))
        there = await stack.enter_async_context(httpx.AsyncClient(base_url=pair[1].address, timeout=30))
        tokens = [person.refresh_token]
        for client in (here, there):
            answer = await client.post(REFRESH, json={"refresh_token": tokens[-1]})
            tokens.append(answer.json()["refresh_token"])
        assert (await here.post(REFRESH, json={"refresh_token": tokens[0]})).status_code == 401
        assert reason_of(installation, person) == "refresh_reuse"
        for client in (here, there):
            assert (await client.post(REFRESH, json={"refresh_token": tokens[-1]})).status_code == 401


async def test_a_session_that_one_process_ends_is_over_on_the_other_within_a_second(pair: Pair) -> None:
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(httpx.AsyncClient(base_url=pair[0].address, timeout=30))
        there = await stack.enter_async_context(httpx.AsyncClient(base_url=pair[1].address, timeout=30))
        for _ in range(5):
            person = await sign_up(here)
            for _ in range(3):  # it is in the other's memory now
                assert (await there.get("/v2/me", headers=person.header)).status_code == 200
            assert (await here.post("/v2/auth/logout", headers=person.header)).status_code == 204
            ended_at = time.monotonic()

            async def forgotten(person: Person = person) -> bool:
                return (await there.get("/v2/me", headers=person.header)).status_code == 401

            await until(forgotten, "the refusal")
            assert time.monotonic() - ended_at <= ENDED_WITHIN_S
