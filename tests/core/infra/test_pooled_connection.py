"""Connections whose sockets stay registered with the event loop: they behave as psycopg's own."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest

from core.infra.pooled_connection import PooledConnection
from tests.support.waiting import until


@pytest.fixture
async def connection(postgres_url: str) -> AsyncIterator[PooledConnection]:
    connection = await PooledConnection.connect(postgres_url, autocommit=True)
    yield connection
    await connection.close()


async def _value(connection: PooledConnection, statement: str, *arguments: object) -> object:
    row = await (await connection.execute(statement, arguments)).fetchone()
    assert row is not None
    return row[0]


async def test_queries_are_answered_one_after_the_other(connection: PooledConnection) -> None:
    assert [await _value(connection, "SELECT %s::integer", number) for number in range(50)] == list(range(50))


async def test_an_error_leaves_the_connection_usable(connection: PooledConnection) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero):
        await connection.execute("SELECT 1 / 0")
    assert await _value(connection, "SELECT 1") == 1


async def test_what_does_not_fit_the_socket_goes_out_and_comes_back(connection: PooledConnection) -> None:
    text = "comet " * 2_000_000
    assert await _value(connection, "SELECT %s::text", text) == text
    assert await _value(connection, "SELECT 1") == 1


async def test_a_cancelled_query_is_cancelled_on_the_server_too(connection: PooledConnection) -> None:
    query = asyncio.create_task(_value(connection, "SELECT pg_sleep(60)"))
    async with await psycopg.AsyncConnection.connect(connection.info.dsn, autocommit=True) as owner:
        state = "SELECT state FROM pg_stat_activity WHERE pid = %s"
        pid = connection.info.backend_pid

        async def is_active() -> bool:
            return await (await owner.execute(state, (pid,))).fetchone() == ("active",)

        await until(is_active)
        query.cancel()
        with pytest.raises(asyncio.CancelledError):
            await query
        assert await (await owner.execute(state, (pid,))).fetchone() == ("idle",)
    assert await _value(connection, "SELECT 1") == 1


async def test_a_server_that_goes_away_is_noticed_while_waiting_and_while_idle(postgres_url: str) -> None:
    async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as owner:
        for statement in ("SELECT pg_sleep(60)", None):
            connection = await PooledConnection.connect(postgres_url, autocommit=True)
            pid = await _value(connection, "SELECT pg_backend_pid()")
            query = None if statement is None else asyncio.create_task(_value(connection, statement))
            await asyncio.sleep(0)  # the query is sent
            await owner.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
            with pytest.raises(psycopg.OperationalError):
                await (query or _value(connection, "SELECT 1"))
            await connection.close()


async def test_a_connection_that_the_server_ended_leaves_the_loop_in_peace(postgres_url: str) -> None:
    connection = await PooledConnection.connect(postgres_url, autocommit=True)
    pid = await _value(connection, "SELECT pg_backend_pid()")
    async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as owner:
        await owner.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    await until(lambda: connection._registered is None)
    with pytest.raises(psycopg.OperationalError):
        await _value(connection, "SELECT 1")
    await connection.close()


async def test_a_socket_that_the_loop_has_dropped_is_registered_again(connection: PooledConnection) -> None:
    assert await _value(connection, "SELECT 1") == 1
    asyncio.get_running_loop().remove_reader(connection.pgconn.socket)  # as uvloop does after an error on the socket
    assert await _value(connection, "SELECT 2") == 2
