"""A transaction on the driver and SQLAlchemy's view of it are one; a connection comes back clean or not at all."""

import asyncio
from contextvars import Context, copy_context

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.errors import NotFound, Unavailable
from core.infra.db import Database, Statement, UnitOfWork, act_for, connection, session, settle, transaction
from core.kit.ids import new_id
from core.kit.principal import NEWSROOM_ID, Principal, operator
from core.models import Organization
from tests.core.infra.conftest import POOL_SIZE
from tests.support.waiting import until

STRANGER = Principal(new_id(), new_id(), "api_key")
TENANT = "SELECT current_organization()"


async def pids(database: Database) -> set[int]:
    """The server's processes behind the connections of the pool, each of which is there afterwards."""

    async def pid() -> int:
        async with UnitOfWork(database, operator()):
            await asyncio.sleep(0)
            return (await connection()).info.backend_pid

    return set(await asyncio.gather(*(pid() for _ in range(POOL_SIZE))))


async def kill_idle(database: Database) -> set[int]:
    """End those processes while nobody uses their connections."""
    ended = await pids(database)
    with psycopg.connect(database.url, autocommit=True) as owner:
        for each in ended:
            owner.execute("SELECT pg_terminate_backend(%s, 5000)", (each,))
    return ended


def idle(database: Database) -> bool:
    """Whether every connection is back in the pool."""
    return database.lender.lent == 0


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

    for _ in range(POOL_SIZE + 1):
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

    for _ in range(POOL_SIZE + 1):
        with pytest.raises(psycopg.errors.UndefinedColumn):
            await ask_nonsense()
    async with UnitOfWork(database, operator()):
        assert await (await (await connection()).execute("SELECT 1")).fetchone() == (1,)
    assert idle(database)


async def test_work_that_is_cancelled_gives_its_connection_back(database: Database) -> None:
    async def sleep() -> None:
        async with UnitOfWork(database, operator()):
            await (await connection()).execute("SELECT pg_sleep(60)")

    for _ in range(POOL_SIZE + 1):
        sleeping = asyncio.create_task(sleep())
        await asyncio.wait({sleeping}, timeout=0.05)
        sleeping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sleeping
    assert idle(database)
    async with UnitOfWork(database, operator()):
        assert await (await (await connection()).execute("SELECT 1")).fetchone() == (1,)


async def test_connections_that_died_in_the_pool_are_replaced_and_nobody_notices(database: Database) -> None:
    before = await kill_idle(database)
    after = await pids(database)
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

    for _ in range(POOL_SIZE + 1):
        with pytest.raises(psycopg.errors.UndefinedColumn):
            await ask_nonsense()
    assert slugs(database) == {"newsroom"}
    assert idle(database)


def made(slug: str) -> Statement:
    values = {"id": STRANGER.organization_id, "slug": slug}
    return Statement("INSERT INTO organizations (id, slug, name) VALUES (%(id)s, %(slug)s, 'Made')", values)


def refused(reason: str, detail: str = "") -> Statement:
    return Statement("SELECT refuse(%(reason)s, %(detail)s)", {"reason": reason, "detail": detail})


NO_ROOM = {"room": NotFound}


async def then_go_on(database: Database, then: str) -> None:
    """What sends what waits, in every way that there is; with "nothing" the COMMIT does."""
    if then == "statement":
        await transaction().ask(Statement("SELECT 7", {}))
    elif then == "connection":
        await connection()
    elif then == "session":
        await session()
    elif then == "another tenant":
        await act_for(operator())
    elif then == "settled":
        await settle()
    elif then == "a transaction of its own":
        async with UnitOfWork(database, operator()):
            pass


EVERY_WAY = ["nothing", "statement", "connection", "session", "another tenant", "settled", "a transaction of its own"]


@pytest.mark.parametrize("then", EVERY_WAY)
async def test_what_waits_is_written_in_the_order_in_which_it_came(database: Database, then: str) -> None:
    async with UnitOfWork(database, STRANGER):
        transaction().later(made("early"))
        transaction().later(Statement("UPDATE organizations SET slug = 'late' WHERE slug = 'early'", {}))
        assert idle(database)
        await then_go_on(database, then)
        assert slugs(database) == {"newsroom"}
    assert slugs(database) == {"newsroom", "late"}
    assert idle(database)


@pytest.mark.parametrize("then", EVERY_WAY)
@pytest.mark.parametrize("has_begun", [False, True])
async def test_nothing_is_done_behind_a_statement_that_refuses(database: Database, then: str, has_begun: bool) -> None:
    async def write() -> None:
        async with UnitOfWork(database, STRANGER):
            if has_begun:
                (await session()).add(organization("never"))
                await (await session()).flush()
            transaction().later(refused("room", "three rooms"), {"room": NotFound})
            transaction().later(made("never-either"))
            await then_go_on(database, then)

    for _ in range(POOL_SIZE + 1):
        with pytest.raises(NotFound, match="three rooms"):
            await write()
    assert slugs(database) == {"newsroom"}
    assert idle(database)


async def test_who_catches_a_refusal_is_refused_again(database: Database) -> None:
    async def write_on() -> None:
        async with UnitOfWork(database, STRANGER):
            transaction().later(refused("room"), NO_ROOM)
            for _ in range(2):
                with pytest.raises(NotFound):
                    await transaction().run(made("never"))
            with pytest.raises(NotFound):
                await settle()

    with pytest.raises(NotFound):
        await write_on()
    assert slugs(database) == {"newsroom"}
    assert idle(database)


async def test_a_refusal_that_nobody_has_a_word_for_is_an_error(database: Database) -> None:
    async def write() -> None:
        async with UnitOfWork(database, STRANGER):
            transaction().later(refused("another reason"), NO_ROOM)

    with pytest.raises(psycopg.DatabaseError, match="another reason"):
        await write()
    assert idle(database)


async def test_a_refusal_does_not_have_the_connection_prepare_anew(database: Database) -> None:
    async def write() -> None:
        async with UnitOfWork(database, STRANGER):
            transaction().later(made("never"))
            transaction().later(refused("room"), NO_ROOM)

    for _ in range(20):
        with pytest.raises(NotFound):
            await write()
    async with UnitOfWork(database, STRANGER):
        ((count,),) = await transaction().ask(Statement("SELECT count(*) FROM pg_prepared_statements", {}))
    assert count <= 10


@pytest.mark.parametrize("is_refused", [False, True])
async def test_what_waits_in_a_transaction_that_failed_is_never_sent(database: Database, is_refused: bool) -> None:
    """A task that a request has left behind still has its unit of work around it."""

    async def fail(left: list[Context]) -> None:
        async with UnitOfWork(database, STRANGER):
            left.append(copy_context())
            if is_refused:
                transaction().later(refused("room"), NO_ROOM)
                await settle()
            transaction().later(made("never"))
            raise RuntimeError

    left: list[Context] = []
    with pytest.raises((NotFound, RuntimeError)):
        await fail(left)
    await asyncio.create_task(settle(), context=left[0])
    assert slugs(database) == {"newsroom"}
    assert idle(database)


async def test_whole_transactions_on_connections_that_died_unused_are_done_once(database: Database) -> None:
    await kill_idle(database)
    async with UnitOfWork(database, STRANGER):
        transaction().later(made("once"))
    assert slugs(database) == {"newsroom", "once"}
    assert idle(database)


async def test_a_transaction_that_may_have_committed_is_not_done_again(database: Database) -> None:
    """Its connection dies in the only round trip: nobody can know what became of it, so the client has to decide."""
    sleeping = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep%'"

    async def write() -> None:
        async with UnitOfWork(database, STRANGER):
            transaction().later(made("unknown"))
            transaction().later(Statement("SELECT pg_sleep(60)", {}))

    writing = asyncio.create_task(write())
    with psycopg.connect(database.url, autocommit=True) as owner:
        await until(lambda: owner.execute(sleeping).fetchall() != [], "the sleep")
        ((pid,),) = owner.execute(sleeping).fetchall()
        owner.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    with pytest.raises(Unavailable):
        await writing
    assert slugs(database) == {"newsroom"}
    assert idle(database)
    async with UnitOfWork(database, STRANGER):
        assert await transaction().ask(Statement("SELECT 1", {})) == [(1,)]


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
    assert database.lender.idle == 0


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
