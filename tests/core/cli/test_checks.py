"""The doctor's single checks, on real servers in all kinds of health."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from core import settings as configuration
from core.cli import checks
from core.cli.ports import listen
from tests.support.engines import drop_database, fresh_database, with_database


@pytest.fixture
def migrated(postgres_url: str) -> Iterator[str]:
    url = fresh_database(postgres_url)
    yield url
    drop_database(url)


def statuses(findings: Iterator[checks.Finding]) -> dict[str, str]:
    return {finding.check: finding.status for finding in findings}


def test_a_home_below_a_file_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (finding,) = checks.home(configuration.load({}, home=tmp_path / "file" / "home"))
    assert finding.status == "failed"
    assert "set TIDINGS_HOME" in finding.fix


def test_a_port_in_use_is_named_with_what_to_do() -> None:
    with closing(listen("127.0.0.1", 0)) as taken:
        (finding,) = checks.port(configuration.load({}, port=taken.getsockname()[1]), None)
    assert finding.status == "failed"
    assert finding.fix == "stop that one, or set TIDINGS_PORT"


def test_a_database_that_was_never_migrated_is_named(postgres_url: str) -> None:
    empty = with_database(postgres_url, "postgres")
    found = {finding.check: finding for finding in checks.database(empty)}
    assert found["postgresql"].status == "ok"
    assert (found["schema"].status, found["schema"].fix) == ("failed", "run `tidings migrate`")


def test_an_application_role_that_owns_a_table_is_named(migrated: str) -> None:
    with psycopg.connect(migrated, autocommit=True) as connection:
        connection.execute("CREATE TABLE stray (id integer)")
        connection.execute("GRANT CREATE ON SCHEMA public TO tidings_app")
        connection.execute("ALTER TABLE stray OWNER TO tidings_app")
    found = {finding.check: finding for finding in checks.database(migrated)}
    assert (found["role"].status, found["role"].detail) == ("failed", "tidings_app owns 1 tables")


def test_a_temporary_table_of_a_session_is_nobodys_property(migrated: str) -> None:
    with psycopg.connect(migrated) as connection:
        connection.execute("SET ROLE tidings_app; CREATE TEMPORARY TABLE batch (id integer)")
        connection.commit()
        assert statuses(checks.database(migrated))["role"] == "ok"


def test_a_migrated_database_has_nothing_wrong(migrated: str) -> None:
    assert statuses(checks.database(migrated)) == {"postgresql": "ok", "role": "ok", "schema": "ok"}


def test_a_redis_that_answers_has_nothing_wrong(redis_url: str) -> None:
    assert statuses(checks.redis_server(redis_url)) == {"redis": "ok"}
