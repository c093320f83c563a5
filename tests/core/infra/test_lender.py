"""Connections are lent to one at a time, and whatever becomes of a borrower, the next one finds a place."""

import asyncio

import pytest

from core.errors import Unavailable
from core.infra import lender
from core.infra.db import Database, UnitOfWork, connection
from core.kit.principal import operator
from tests.core.infra.conftest import POOL_SIZE


async def borrow(database: Database, release: asyncio.Event) -> int:
    """Hold a connection in a transaction until the event; its process id on the server."""
    async with UnitOfWork(database, operator()):
        pid = (await connection()).info.backend_pid
        await release.wait()
    return pid


async def test_the_one_that_came_back_last_is_lent_first(database: Database) -> None:
    at_once = asyncio.Event()
    at_once.set()
    assert len({await borrow(database, at_once) for _ in range(5)}) == 1
    assert (database.lender.idle, database.lender.lent) == (1, 0)


async def test_who_finds_none_waits_for_one_to_come_back(database: Database) -> None:
    release = asyncio.Event()
    borrowers = [asyncio.create_task(borrow(database, release)) for _ in range(5 * POOL_SIZE)]
    await asyncio.wait(borrowers, timeout=0.1)
    assert database.lender.lent == POOL_SIZE
    release.set()
    assert len(set(await asyncio.gather(*borrowers))) == POOL_SIZE
    assert (database.lender.idle, database.lender.lent) == (POOL_SIZE, 0)


async def test_who_waits_too_long_is_told_so_and_takes_no_place(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lender, "POOL_TIMEOUT_S", 0.05)
    release = asyncio.Event()
    borrowers = [asyncio.create_task(borrow(database, release)) for _ in range(POOL_SIZE)]
    await asyncio.wait(borrowers, timeout=0.1)
    late = await asyncio.gather(*(borrow(database, release) for _ in range(3)), return_exceptions=True)
    assert {type(outcome) for outcome in late} == {Unavailable}
    release.set()
    await asyncio.gather(*borrowers)
    await asyncio.gather(*(borrow(database, release) for _ in range(POOL_SIZE)))
    assert (database.lender.idle, database.lender.lent) == (POOL_SIZE, 0)


async def test_who_goes_away_while_waiting_takes_no_place(database: Database) -> None:
    release = asyncio.Event()
    borrowers = [asyncio.create_task(borrow(database, release)) for _ in range(3 * POOL_SIZE)]
    await asyncio.wait(borrowers, timeout=0.1)
    for waiting in borrowers[POOL_SIZE:]:
        waiting.cancel()
    release.set()
    await asyncio.gather(*borrowers, return_exceptions=True)
    await asyncio.gather(*(borrow(database, release) for _ in range(2 * POOL_SIZE)))
    assert (database.lender.idle, database.lender.lent) == (POOL_SIZE, 0)


async def test_a_connection_that_cannot_be_opened_takes_no_place() -> None:
    nowhere = Database("postgresql://tidings@127.0.0.1:1/tidings", pool_size=POOL_SIZE)
    for _ in range(2 * POOL_SIZE):
        with pytest.raises(Unavailable):
            await borrow(nowhere, asyncio.Event())
    assert (nowhere.lender.idle, nowhere.lender.lent) == (0, 0)
    await nowhere.close()
