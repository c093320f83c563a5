"""Short reads that share a connection: in order, apart from each other, and none the worse for another's failure."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Any
from uuid import UUID

import psycopg
import pytest

from core.errors import Unavailable
from core.infra import pipeline as module
from core.infra import statements
from core.infra.db import Database
from core.infra.pipeline import Pipeline
from core.infra.statements import Row, Statement
from core.kit.ids import new_id
from core.kit.principal import Principal, job, operator
from tests.support.waiting import until

PID = Statement("SELECT pg_backend_pid()", {})
BROKEN = Statement("SELECT 1 / %(by)s", {"by": 0})
FIRST, SECOND = new_id(), new_id()


def number(value: int) -> Statement:
    return Statement("SELECT %(value)s::integer", {"value": value})


@pytest.fixture
async def pipeline(postgres_url: str) -> AsyncIterator[Pipeline]:
    async def connect() -> psycopg.AsyncConnection[Any]:
        return await psycopg.AsyncConnection.connect(postgres_url, autocommit=True)

    pipeline = Pipeline(connect)
    yield pipeline
    await pipeline.close()


@pytest.fixture
async def database(database: Database) -> Database:
    """The same, open and with two organisations and a key in each."""
    with psycopg.connect(database.url) as owner:
        for organization_id in (FIRST, SECOND):
            values = (organization_id, str(organization_id)[-8:])
            owner.execute("INSERT INTO organizations (id, slug, name) VALUES (%s, %s, 'Desk')", values)
            owner.execute(
                "INSERT INTO principals (organization_id, id, kind, name) VALUES (%s, %s, 'api_key', %s)",
                (organization_id, new_id(), str(organization_id)),
            )
    await database.open()
    return database


async def _outcomes(*reads: Awaitable[list[Row]]) -> list[list[Row] | BaseException]:
    return await asyncio.gather(*reads, return_exceptions=True)


async def test_each_read_gets_its_own_rows_over_one_connection(pipeline: Pipeline) -> None:
    answers = await asyncio.gather(*(pipeline.read(number(value)) for value in range(200)))
    assert answers == [[(value,)] for value in range(200)]
    pids = await asyncio.gather(*(pipeline.read(PID) for _ in range(20)))
    assert len({rows[0][0] for rows in pids}) == 1


async def test_a_read_that_fails_fails_alone(pipeline: Pipeline) -> None:
    reads = [pipeline.read(number(1)), pipeline.read(BROKEN), pipeline.read(number(2)), pipeline.read(BROKEN)]
    first, broken, second, broken_too = await _outcomes(*reads)
    assert (first, second) == ([(1,)], [(2,)])
    assert isinstance(broken, psycopg.errors.DivisionByZero)
    assert isinstance(broken_too, psycopg.errors.DivisionByZero)
    assert await pipeline.read(number(4)) == [(4,)]


async def test_a_statement_that_cannot_be_prepared_fails_alone_whenever_it_comes(pipeline: Pipeline) -> None:
    wrong = Statement("SELECT no_such_column", {})
    for _ in range(2):
        outcomes = await _outcomes(pipeline.read(wrong), pipeline.read(number(1)), pipeline.read(wrong))
        assert [type(outcome) for outcome in outcomes] == [
            psycopg.errors.UndefinedColumn, list, psycopg.errors.UndefinedColumn,
        ]  # fmt: skip


async def test_a_value_that_postgresql_has_nothing_for_fails_alone(pipeline: Pipeline) -> None:
    strange = Statement("SELECT %(value)s", {"value": object()})
    failed, good = await _outcomes(pipeline.read(strange), pipeline.read(number(1)))
    assert isinstance(failed, psycopg.ProgrammingError)
    assert good == [(1,)]


async def test_what_names_the_tenant_holds_for_its_own_reads_only(database: Database) -> None:
    text = "SELECT current_organization(), array_agg(name) FROM principals WHERE kind = 'api_key'"

    async def seen(organization_id: UUID) -> list[Row]:
        return await database.short_read(job(organization_id), text, {})

    async def broken(organization_id: UUID) -> list[Row]:
        return await database.short_read(job(organization_id), *BROKEN)

    callers = [FIRST, FIRST, SECOND, FIRST, SECOND, SECOND, FIRST]
    answers = await asyncio.gather(*(seen(caller) for caller in callers))
    assert answers == [[(caller, [str(caller)])] for caller in callers]
    mixed = await _outcomes(seen(FIRST), broken(FIRST), seen(FIRST), seen(SECOND), broken(SECOND), seen(SECOND))
    good = [rows[0][0] for rows in mixed if isinstance(rows, list)]
    assert good == [FIRST, FIRST, SECOND, SECOND]


async def test_a_tenant_does_not_stay_for_whoever_comes_next(database: Database) -> None:
    await database.short_read(Principal(FIRST, new_id(), "api_key"), "SELECT 1", {})
    named = "SELECT current_setting('tidings.account_id', true)"
    person = Principal(FIRST, new_id(), "user", role="owner")
    assert await database.short_read(person, named, {}) == [(str(person.principal_id),)]
    assert await database.short_read(job(FIRST), named, {}) == [("",)]
    assert await database.short_read(operator(), "SELECT current_organization()", {}) == [(operator().organization_id,)]


async def test_nobody_waits_long_behind_a_slow_read(pipeline: Pipeline) -> None:
    (pid,) = (await pipeline.read(PID))[0]
    slow = asyncio.create_task(pipeline.read(Statement("SELECT pg_sleep(60)", {})))
    await until(lambda: pipeline._connections[0].is_slow)
    assert await pipeline.read(PID) != [(pid,)]
    await pipeline.close()
    with pytest.raises(psycopg.OperationalError):
        await slow


async def test_where_no_other_connection_can_be_had_a_read_waits_behind_the_slow_one(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    (pid,) = (await pipeline.read(PID))[0]
    slow = asyncio.create_task(pipeline.read(Statement("SELECT pg_sleep(0.2)", {})))
    await until(lambda: pipeline._connections[0].is_slow)

    async def refuse() -> psycopg.AsyncConnection[Any]:
        raise psycopg.OperationalError("too many clients already")

    monkeypatch.setattr(pipeline, "_connect", refuse)
    assert await pipeline.read(PID) == [(pid,)]
    await slow


async def test_a_read_that_nobody_waits_for_any_more_leaves_the_others_alone(pipeline: Pipeline) -> None:
    await pipeline.read(number(0))
    reads = [asyncio.create_task(pipeline.read(number(value))) for value in range(10)]
    await asyncio.sleep(0)
    for read in reads[::2]:
        read.cancel()
    outcomes = await _outcomes(*reads)
    assert outcomes[1::2] == [[(value,)] for value in range(1, 10, 2)]
    assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes[::2])


async def test_a_connection_that_ends_fails_what_waits_and_is_replaced(pipeline: Pipeline, postgres_url: str) -> None:
    (pid,) = (await pipeline.read(PID))[0]
    waiting = asyncio.create_task(pipeline.read(Statement("SELECT pg_sleep(60)", {})))
    await asyncio.sleep(0)
    async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as owner:
        await owner.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    with pytest.raises(psycopg.OperationalError):
        await waiting
    assert await pipeline.read(number(1)) == [(1,)]


async def test_a_connection_that_ended_while_it_was_idle_is_replaced(pipeline: Pipeline, postgres_url: str) -> None:
    (pid,) = (await pipeline.read(PID))[0]
    async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as owner:
        await owner.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    await until(lambda: pipeline._connections[0].lost is not None)
    assert await pipeline.read(PID) != [(pid,)]


async def test_every_read_of_a_turn_fails_whose_sending_found_the_connection_lost(
    pipeline: Pipeline, postgres_url: str
) -> None:
    (pid,) = (await pipeline.read(PID))[0]
    with psycopg.connect(postgres_url, autocommit=True) as owner:  # waits without a turn of the loop
        owner.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    texts = [Statement(f"SELECT '{'comet ' * 2000}', {value}", {}) for value in range(3)]  # libpq writes at 8 KiB
    async with asyncio.timeout(10):
        outcomes = await _outcomes(*map(pipeline.read, texts))
    assert [type(outcome) for outcome in outcomes] == [psycopg.OperationalError] * 3
    assert await pipeline.read(number(1)) == [(1,)]


async def test_a_server_that_does_not_answer_is_given_up(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DEADLINE_S", 0.2)
    with pytest.raises(psycopg.OperationalError, match="no answer"):
        await pipeline.read(Statement("SELECT pg_sleep(60)", {}))


async def test_what_does_not_fit_the_socket_goes_out_and_comes_back(pipeline: Pipeline) -> None:
    text = "comet " * 2_000_000
    large = Statement("SELECT %(text)s::text", {"text": text})
    assert await _outcomes(pipeline.read(large), pipeline.read(number(1))) == [[(text,)], [(1,)]]


async def test_more_statements_than_are_kept_prepared(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "MOST_PREPARED", 3)
    for _ in range(2):
        texts = [Statement(f"SELECT {value}", {}) for value in range(10)]
        assert await asyncio.gather(*map(pipeline.read, texts)) == [[(value,)] for value in range(10)]
    assert (await pipeline.read(Statement("SELECT count(*) FROM pg_prepared_statements", {})))[0][0] <= 4


async def test_a_table_that_a_migration_has_changed_is_read_as_it_is_now(pipeline: Pipeline, postgres_url: str) -> None:
    everything = Statement("SELECT * FROM of_old", {})
    async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as owner:
        await owner.execute("CREATE TABLE of_old AS SELECT 1 AS one")
        try:
            assert await pipeline.read(everything) == [(1,)]
            await owner.execute("ALTER TABLE of_old ADD COLUMN two integer DEFAULT 2")
            assert await pipeline.read(everything) == [(1, 2)]
        finally:
            await owner.execute("DROP TABLE of_old")


async def test_a_database_that_is_away_is_unavailable() -> None:
    database = Database("postgresql://127.0.0.1:1/tidings", pool_size=2)
    for principal in (operator(), job(FIRST)):
        with pytest.raises(Unavailable):
            await database.short_read(principal, "SELECT 1", {})
