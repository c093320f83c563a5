"""The schema, the wall between organisations, and the unit of work, on a real PostgreSQL."""

from collections.abc import AsyncIterator
from uuid import UUID

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from core.errors import NotFound, Unavailable
from core.infra import migrate, revisions
from core.infra.db import Database, UnitOfWork, after_commit, session
from core.infra.pools import ROLE, application_conninfo
from core.kit.ids import new_id
from core.kit.principal import NEWSROOM_ID, Principal, job, operator
from core.models import Base
from tests.support.engines import fresh_database

OTHER_ID = UUID("00000000-0000-7000-8000-00000000aaaa")
ADD_SOURCE = text(
    "INSERT INTO sources (organization_id, id, slug, kind, name, poll_interval_s)"
    " VALUES (:organization, :id, :slug, 'feed', :slug, 60)"
)


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    url = fresh_database(postgres_url)
    with psycopg.connect(url) as owner:
        owner.execute("INSERT INTO organizations (id, slug, name) VALUES (%s, 'other', 'Other')", (OTHER_ID,))
    database = Database(url, pool_size=3)
    await database.open()
    yield database
    await database.close()


def _owner(database: Database) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(database.url, autocommit=True)


async def _add_source(database: Database, principal: Principal, slug: str) -> None:
    work = _work(database, principal)
    async with work:
        await (await session()).execute(
            ADD_SOURCE, {"organization": str(principal.organization_id), "id": str(new_id()), "slug": slug}
        )


def _work(database: Database, principal: Principal) -> UnitOfWork:
    return UnitOfWork(database, principal)


def test_the_models_describe_the_migrated_schema(database: Database) -> None:
    with migrate._engine(database.url).connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda name, kind, _: not str(name).startswith("procrastinate_")}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_every_migration_can_be_taken_back_and_run_again(database: Database) -> None:
    with migrate._engine(database.url).connect() as connection:
        config = migrate._config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        connection.commit()
        left = connection.execute(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'")
        ).all()
    assert left == []
    steps: list[str] = []
    migrate.upgrade(database.url, on_step=steps.append)
    assert len(steps) >= 3
    assert migrate.current(database.url) == revisions.head()


def test_every_table_with_an_organization_has_row_level_security(database: Database) -> None:
    with _owner(database) as owner:
        owned = owner.execute(
            "SELECT c.relname, c.relrowsecurity, count(p.polname) FROM pg_class c"
            " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organization_id'"
            " LEFT JOIN pg_policy p ON p.polrelid = c.oid"
            " WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace GROUP BY 1, 2"
        ).fetchall()
    assert {name for name, *_ in owned} >= {"api_keys", "articles", "feeds", "sources"}
    assert [name for name, secured, policies in owned if not secured or not policies] == []


def test_every_unique_key_of_an_owned_table_begins_with_the_organization() -> None:
    allowed = {
        "fetch_log",
        "api_keys.key_hash",
    }  # a log line has a number; the hash is looked up before the tenant is known
    offending = []
    for table in Base.metadata.tables.values():
        if "organization_id" in table.columns and table.name not in allowed:
            columns = [column.name for column in table.primary_key.columns]
            if columns[0] != "organization_id":
                offending.append(table.name)
    assert offending == []


def test_the_application_role_owns_nothing_and_cannot_bypass(database: Database) -> None:
    with _owner(database) as owner:
        role = owner.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolcanlogin FROM pg_roles WHERE rolname = %s",
            (ROLE,),
        ).fetchone()
        owned = owner.execute("SELECT count(*) FROM pg_class WHERE relowner = %s::regrole", (ROLE,)).fetchone()
    assert role == (False, False, False, False, False)
    assert owned == (0,)


async def test_without_an_organization_nothing_is_visible(database: Database) -> None:
    await _add_source(database, job(OTHER_ID), "theirs")
    with psycopg.connect(application_conninfo(database.url), autocommit=True) as connection:
        assert connection.execute(
            "SELECT count(*) FROM sources WHERE organization_id = %s", (OTHER_ID,)
        ).fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM api_keys").fetchone() == (0,)


async def test_one_organization_sees_its_own_rows_and_the_newsrooms(database: Database) -> None:
    await _add_source(database, operator(), "public")
    await _add_source(database, job(OTHER_ID), "theirs")
    seen = {}
    for name, principal in {"newsroom": operator(), "other": job(OTHER_ID), "third": job(UUID(int=9))}.items():
        async with database.tenant_reads(principal) as connection:
            rows = await (await connection.execute("SELECT slug FROM sources")).fetchall()
        seen[name] = sorted(slug for (slug,) in rows)
    assert seen == {"newsroom": ["public"], "other": ["public", "theirs"], "third": ["public"]}


async def test_the_newsroom_pool_never_shows_another_organization(database: Database) -> None:
    await _add_source(database, job(OTHER_ID), "theirs")
    async with database.newsroom_reads() as connection:
        rows = await (await connection.execute("SELECT slug FROM sources")).fetchall()
    assert rows == []


async def test_a_row_cannot_be_written_into_another_organization(database: Database) -> None:
    with pytest.raises(Exception, match="row-level security"):
        async with _work(database, job(OTHER_ID)):
            await (await session()).execute(
                ADD_SOURCE, {"organization": str(NEWSROOM_ID), "id": str(new_id()), "slug": "intruder"}
            )


async def test_the_newsrooms_rows_cannot_be_changed_from_outside(database: Database) -> None:
    await _add_source(database, operator(), "public")
    async with _work(database, job(OTHER_ID)):
        changed = await (await session()).execute(text("UPDATE sources SET name = 'hacked' RETURNING slug"))
        assert changed.all() == []


async def test_a_tenant_does_not_stay_on_the_pooled_connection(database: Database) -> None:
    for _ in range(6):  # twice the pool
        async with database.tenant_reads(job(OTHER_ID)):
            pass
    async with database._tenants.connection() as connection:
        row = await (await connection.execute("SELECT current_setting('tidings.organization_id', true)")).fetchone()
    assert row in (("",), (None,))


async def test_an_error_rolls_the_work_back_and_calls_nobody(database: Database) -> None:
    called: list[str] = []

    async def callback() -> None:
        called.append("committed")

    with pytest.raises(NotFound):  # noqa: PT012 - the block is the unit of work under test
        async with _work(database, operator()):
            await (await session()).execute(
                ADD_SOURCE, {"organization": str(NEWSROOM_ID), "id": str(new_id()), "slug": "gone"}
            )
            after_commit(callback)
            raise NotFound
    with _owner(database) as owner:
        assert owner.execute("SELECT count(*) FROM sources").fetchone() == (0,)
    assert called == []


async def test_callbacks_run_after_the_commit(database: Database) -> None:
    seen: list[object] = []

    async def callback() -> None:
        with _owner(database) as owner:
            seen.append(owner.execute("SELECT slug FROM sources").fetchone())

    async with _work(database, operator()):
        await (await session()).execute(
            ADD_SOURCE, {"organization": str(NEWSROOM_ID), "id": str(new_id()), "slug": "kept"}
        )
        after_commit(callback)
    assert seen == [("kept",)]


async def test_work_that_never_asks_for_a_session_opens_no_transaction(database: Database) -> None:
    async with _work(database, operator()):
        assert database.lender.lent == 0


async def test_a_lost_connection_becomes_unavailable(database: Database) -> None:
    with pytest.raises(Unavailable) as raised:  # noqa: PT012 - the block is the unit of work under test
        async with _work(database, operator()):
            current = await session()
            pid = (await current.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            with _owner(database) as owner:
                owner.execute("SELECT pg_terminate_backend(%s)", (pid,))
            await current.execute(text("SELECT 1"))
    assert raised.value.headers["Retry-After"] == "2"


async def test_a_database_that_is_away_becomes_unavailable() -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/nothing", pool_size=1)
    with pytest.raises(Unavailable):
        async with _work(away, operator()):
            await session()
    await away.close()
