"""Authentication from memory, and how soon every process hears of a change."""

import asyncio
import dataclasses
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from core.errors import Unauthenticated, Unavailable
from core.infra import memory
from core.infra.changes import Changes
from core.infra.context import Infrastructure, use
from core.infra.db import Database
from core.infra.memory import Memory
from core.infra.redis import RedisClient
from core.keys.authenticator import ApiKeyAuthenticator
from core.keys.service import keys
from core.keys.types import CreatedApiKey, FoundKey
from core.kit.clock import FixedClock
from core.kit.crypto import new_api_key
from core.kit.ids import encode
from core.kit.principal import operator
from tests.support.waiting import until


class Process:
    """An API process as far as authentication goes; `loads` counts its questions to the database."""

    def __init__(self, infra: Infrastructure) -> None:
        redis = RedisClient(_redis_url(infra))
        self.infra = dataclasses.replace(infra, redis=redis, changes=Changes(redis))
        self.known: Memory[FoundKey] = Memory()
        self.authenticator = ApiKeyAuthenticator(self.infra, self.known)

    async def __aenter__(self) -> "Process":
        await self.authenticator.__aenter__()
        await until(lambda: self.known.is_hearing(), "the subscription")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.authenticator.__aexit__(None, None, None)
        await self.infra.redis.close()

    async def accepts(self, token: str) -> bool:
        try:
            await self.authenticator.authenticate(token)
        except Unauthenticated:
            return False
        return True


def _redis_url(infra: Infrastructure) -> str:
    assert infra.settings.redis_url is not None
    return infra.settings.redis_url.get_secret_value()


@pytest.fixture
async def process(infra: Infrastructure) -> AsyncIterator[Process]:
    async with Process(infra) as process:
        yield process


async def _make(infra: Infrastructure, **values: Any) -> CreatedApiKey:
    async with infra.unit_of_work(operator()):
        return await keys.create(operator(), **{"name": "import", "scopes": ["articles:read"], **values})


def _forget_in_database(infra: Infrastructure) -> None:
    """Takes the keys away behind everybody's back: who still accepts one has it from memory."""
    with psycopg.connect(infra.db.url) as owner:
        owner.execute("DELETE FROM api_keys")


async def test_a_token_without_the_form_of_a_key_never_reaches_the_database(infra: Infrastructure) -> None:
    nowhere = Database("postgresql://localhost:1/nowhere", pool_size=2)
    authenticator = ApiKeyAuthenticator(dataclasses.replace(infra, db=nowhere))
    for token in ("", "x" * 100_000, new_api_key()[:-1] + "!", "tdk_live_" + "é" * 36):
        with pytest.raises(Unauthenticated):
            await authenticator.authenticate(token)


async def test_an_unknown_key_is_asked_for_once(infra: Infrastructure, process: Process) -> None:
    token = new_api_key()
    assert not await process.accepts(token)
    assert process.known.get(token) is not None
    assert not await process.accepts(token)


async def test_a_key_is_asked_for_once_and_then_known(infra: Infrastructure, process: Process) -> None:
    made = await _make(infra)
    assert all(await asyncio.gather(*(process.accepts(made.key) for _ in range(50))))
    _forget_in_database(infra)
    assert await process.accepts(made.key)


@pytest.mark.parametrize("action", ["revoke", "rotate", "update"])
async def test_every_process_hears_of_a_change(infra: Infrastructure, process: Process, action: str) -> None:
    made = await _make(infra)
    async with Process(infra) as other:
        for each in (process, other):
            assert await each.accepts(made.key)
        async with infra.unit_of_work(operator()):
            if action == "revoke":
                await keys.revoke(operator(), encode("key", made.id))
            elif action == "rotate":
                await keys.rotate(operator(), encode("key", made.id), overlap_seconds=0)
            else:
                await keys.update(operator(), encode("key", made.id), {"scopes": ["feeds:read"]})
        for each in (process, other):
            await until(lambda each=each: each.known.get(made.key) is None, "the news")  # type: ignore[misc]  # bound now
            assert await each.accepts(made.key) is (action == "update")


async def test_a_change_that_is_rolled_back_is_not_told(infra: Infrastructure, process: Process) -> None:
    made = await _make(infra)
    assert await process.accepts(made.key)
    work = infra.unit_of_work(operator())
    await work.__aenter__()
    await keys.revoke(operator(), encode("key", made.id))
    await work.__aexit__(RuntimeError, RuntimeError(), None)
    assert process.known.get(made.key) is not None
    assert await keys.authenticate(made.key)


async def test_a_known_key_ends_at_its_end(infra: Infrastructure, process: Process) -> None:
    end = datetime.now(UTC) + timedelta(hours=1)
    made = await _make(infra, expires_at=end)
    assert await process.accepts(made.key)
    late = ApiKeyAuthenticator(dataclasses.replace(infra, clock=FixedClock(end)), process.known)
    with pytest.raises(Unauthenticated):
        await late.authenticate(made.key)


async def test_known_keys_are_accepted_while_the_database_is_away_and_others_wait(
    infra: Infrastructure, process: Process
) -> None:
    made = await _make(infra)
    assert await process.accepts(made.key)
    away = ApiKeyAuthenticator(
        dataclasses.replace(process.infra, db=Database("postgresql://localhost:1/nowhere", pool_size=2)), process.known
    )
    await away.authenticate(made.key)
    with pytest.raises(Unavailable):
        await away.authenticate(new_api_key())


async def test_uses_are_written_once_a_minute_and_off_the_path_of_requests(
    infra: Infrastructure, process: Process
) -> None:
    made = await _make(infra)
    key_id = encode("key", made.id)

    async def last_used_at() -> datetime | None:
        async with infra.unit_of_work(operator()):
            return (await keys.get(operator(), key_id)).last_used_at

    await process.accepts(made.key)
    assert await last_used_at() is None
    await process.authenticator.write_waiting()
    first = await last_used_at()
    assert first is not None
    process.known.drop_all()
    await process.accepts(made.key)
    await process.authenticator.write_waiting()
    assert await last_used_at() == first  # less than a minute later
    clock = FixedClock(first + timedelta(minutes=2))
    process.known.drop_all()
    later = ApiKeyAuthenticator(dataclasses.replace(process.infra, clock=clock), process.known)
    await later.authenticate(made.key)
    await later.write_waiting()
    assert await last_used_at() == clock.now()


async def test_a_revocation_without_redis_is_obeyed_within_a_second_everywhere(
    infra: Infrastructure, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, nowhere = await _make(infra), RedisClient("unix:///nowhere.sock")
    mute = dataclasses.replace(infra, redis=nowhere, changes=Changes(nowhere))
    async with ApiKeyAuthenticator(dataclasses.replace(mute, changes=Changes(nowhere))) as deaf:
        await deaf.authenticate(made.key)
        with use(mute):
            async with mute.unit_of_work(operator()):
                await keys.revoke(operator(), encode("key", made.id))
        now = time.monotonic()
        monkeypatch.setattr(time, "monotonic", lambda: now + memory.DEAF_S)
        with pytest.raises(Unauthenticated):
            await deaf.authenticate(made.key)
    await nowhere.close()
