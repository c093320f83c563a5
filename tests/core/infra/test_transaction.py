"""A transaction on the driver and SQLAlchemy's view of it are one; a connection comes back clean or not at all."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.errors import NotFound, Unavailable
from core.infra.db import Database, Row, Statement, UnitOfWork, act_for, connection, session, transaction
from core.kit.ids import new_id
from core.kit.principal import NEWSROOM_ID, Principal, operator
from core.models import Organization
from tests.support.engines import drop_database, fresh_database

POOL = 2
STRANGER = Principal(new_id(), new_id(), "api_key")
TENANT = "SELECT current_organization()"


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    url = fresh_database(postgres_url)
    database = Database(url, pool_size=POOL)
    yield database
    await database.close()
    drop_database(url)


def idle(database: Database) -> bool:
    """Whether every connection is back in the pool."""
    return bool(database.engine.pool.checkedout() == 0)  # type: ignore[attr-defined]  # QueuePool's own


def slugs(database: Database) -> set[str]:
    with psycopg.connect(database.url) as owner:
        return {row[0] for row in owner.execute("SELECT slug FROM organizations").fetchall()}


def organization(slug: str) -> Organization:
    return Organization(id=STRANGER.organization_id, slug=slug, name=slug)


async def test_session_and_connection_are_in_one_transaction(database: Database) -> None:
    async with UnitOfWork(database, STRANGER):
        (await session()).add(organization("one"))
        await (await session()).flush()
        cursor = await (await connection()).execute("SELECT slug FROM organizations")
        assert await cursor.fetchall() == [("one",)]
        assert slugs(database) == {"newsroom"}
    assert slugs(database) == {"newsroom", "one"}
    assert idle(database)


async def test_what_the_session_still_holds_is_written_at_the_end(database: Database) -> None:
    async with UnitOfWork(database, STRANGER):
        await connection()
        (await session()).add(organization("late"))
    assert slugs(database) == {"newsroom", "late"}


@pytest.mark.parametrize("through", ["session", "connection"])
async def test_a_failure_rolls_back_whatever_wrote(database: Database, through: str) -> None:
    async def fail() -> None:
        async with UnitOfWork(database, STRANGER):
            if through == "session":
                (await session()).add(organization("never"))
                await (await session()).flush()
            else:
                insert = "INSERT INTO organizations (id, slug, name) VALUES (%s, 'never', 'Never')"
                await (await connection()).execute(insert, (STRANGER.organization_id,))
            raise RuntimeError

    for _ in range(POOL + 1):
        with pytest.raises(RuntimeError):
            await fail()
    assert slugs(database) == {"newsroom"}
    assert idle(database)


async def test_another_organisation_is_another_for_both(database: Database) -> None:
    async with UnitOfWork(database, STRANGER):
        await session()
        await act_for(operator())
        assert (await (await session()).execute(text(TENANT))).scalar_one() == NEWSROOM_ID
        assert await (await (await connection()).execute(TENANT)).fetchone() == (NEWSROOM_ID,)
    async with UnitOfWork(database, STRANGER):
        assert await (await (await connection()).execute(TENANT)).fetchone() == (STRANGER.organization_id,)


async def test_a_refused_statement_leaves_the_connection_usable(database: Database) -> None:
    async def ask_nonsense() -> None:
        async with UnitOfWork(database, operator()):
            await (await connection()).execute("SELECT nonsense")

    for _ in range(POOL + 1):
        with pytest.raises(psycopg.errors.UndefinedColumn):
            await ask_nonsense()
    async with UnitOfWork(database, operator()):
        assert await (await (await connection()).execute("SELECT 1")).fetchone() == (1,)
    assert idle(database)


async def test_work_that_is_cancelled_gives_its_connection_back(database: Database) -> None:
    async def sleep() -> None:
        async with UnitOfWork(database, operator()):
            await (await connection()).execute("SELECT pg_sleep(60)")

    for _ in range(POOL + 1):
        sleeping = asyncio.create_task(sleep())
        await asyncio.wait({sleeping}, timeout=0.05)
        sleeping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sleeping
    assert idle(database)
    async with UnitOfWork(database, operator()):
        assert await (await (await connection()).execute("SELECT 1")).fetchone() == (1,)


async def test_connections_that_died_in_the_pool_are_replaced_and_nobody_notices(database: Database) -> None:
    async def pid() -> int:
        async with UnitOfWork(database, operator()):
            await asyncio.sleep(0)
            return (await connection()).info.backend_pid

    before = set(await asyncio.gather(*(pid() for _ in range(POOL))))
    with psycopg.connect(database.url, autocommit=True) as owner:
        for each in before:
            owner.execute("SELECT pg_terminate_backend(%s, 5000)", (each,))
    after = set(await asyncio.gather(*(pid() for _ in range(POOL))))
    assert not before & after
    assert idle(database)


@pytest.mark.parametrize("through", ["session", "connection"])
async def test_a_connection_that_dies_in_use_is_unavailable_once(database: Database, through: str) -> None:
    async def lose_it() -> None:
        async with UnitOfWork(database, operator()):
            raw = await connection()
            with psycopg.connect(database.url, autocommit=True) as owner:
                owner.execute("SELECT pg_terminate_backend(%s, 5000)", (raw.info.backend_pid,))
            if through == "session":
                await (await session()).execute(text("SELECT 1"))
            else:
                await raw.execute("SELECT 1")

    with pytest.raises(Unavailable):
        await lose_it()
    assert idle(database)
    async with UnitOfWork(database, operator()):
        assert await (await (await connection()).execute("SELECT 1")).fetchone() == (1,)


async def test_several_statements_are_one_round_trip_and_one_transaction(database: Database) -> None:
    insert = Statement(
        "INSERT INTO organizations (id, slug, name) VALUES (%(id)s, 'asked', 'Asked') RETURNING slug",
        {"id": STRANGER.organization_id},
    )
    async with UnitOfWork(database, STRANGER):
        tenant, made, both = await transaction().run(
            Statement(TENANT, {}), insert, Statement("SELECT count(*) FROM organizations WHERE slug = 'asked'", {})
        )
        assert (tenant, made, both) == ([(STRANGER.organization_id,)], [("asked",)], [(1,)])
        assert slugs(database) == {"newsroom"}
        assert await (await (await connection()).execute(TENANT)).fetchone() == (STRANGER.organization_id,)
    assert slugs(database) == {"newsroom", "asked"}
    assert idle(database)


async def test_a_statement_that_fails_among_others_leaves_nothing_and_the_connection_usable(
    database: Database,
) -> None:
    async def ask_nonsense() -> None:
        async with UnitOfWork(database, STRANGER):
            await transaction().run(
                Statement(
                    "INSERT INTO organizations (id, slug, name) VALUES (%(id)s, 'no', 'No')",
                    {"id": STRANGER.organization_id},
                ),
                Statement("SELECT nonsense", {}),
                Statement(TENANT, {}),
            )

    for _ in range(POOL + 1):
        with pytest.raises(psycopg.errors.UndefinedColumn):
            await ask_nonsense()
    assert slugs(database) == {"newsroom"}
    assert idle(database)


async def test_what_is_to_be_checked_goes_with_the_next_statement_and_decides(database: Database) -> None:
    seen: list[list[Row]] = []

    async def judge(rows: list[Row]) -> None:
        seen.append(rows)

    async with UnitOfWork(database, STRANGER):
        transaction().check(Statement(TENANT, {}), judge)
        assert seen == []
        assert await transaction().ask(Statement("SELECT 7", {})) == [(7,)]
        assert seen == [[(STRANGER.organization_id,)]]


@pytest.mark.parametrize("then", ["nothing", "connection", "session", "another tenant"])
async def test_what_is_to_be_checked_is_judged_before_anything_is_committed(database: Database, then: str) -> None:
    async def refuse(_: list[Row]) -> None:
        raise NotFound("no room")

    async def write() -> None:
        async with UnitOfWork(database, STRANGER):
            (await session()).add(organization("never"))
            await (await session()).flush()
            transaction().check(Statement(TENANT, {}), refuse)
            if then == "connection":
                await connection()
            elif then == "session":
                await session()
            elif then == "another tenant":
                await act_for(operator())

    with pytest.raises(NotFound):
        await write()
    assert slugs(database) == {"newsroom"}
    assert idle(database)


async def test_a_lock_that_does_not_come_is_not_mistaken_for_a_dead_connection(database: Database) -> None:
    with psycopg.connect(database.url) as owner:
        owner.execute("LOCK TABLE organizations IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(Unavailable):
            async with UnitOfWork(database, STRANGER):
                await transaction().run(
                    Statement("SET LOCAL lock_timeout = 1", {}), Statement("SELECT count(*) FROM organizations", {})
                )
    assert idle(database)


async def test_a_transaction_that_was_asked_nothing_sends_nothing(database: Database) -> None:
    async with UnitOfWork(database, operator()):
        transaction()
    assert idle(database)
    assert database.engine.pool.checkedin() == 0  # type: ignore[attr-defined]  # QueuePool's own


async def test_psycopg_may_have_the_server_forget_what_is_prepared_at_any_time(database: Database) -> None:
    """It does so after each rollback, to a savepoint too, once it has prepared something itself."""
    for _ in range(3):
        async with UnitOfWork(database, operator()):
            assert await transaction().ask(Statement("SELECT 7", {})) == [(7,)]
            inside = await session()
            for _ in range(10):
                await inside.execute(text("SELECT 1"))
            with pytest.raises(DBAPIError):
                async with inside.begin_nested():
                    await inside.execute(text("SELECT 1 / 0"))
            await inside.execute(text("SELECT 1"))
            assert await transaction().ask(Statement("SELECT 7", {})) == [(7,)]
            await connection()
        with pytest.raises(RuntimeError):
            async with UnitOfWork(database, operator()):
                raise RuntimeError
    assert idle(database)
