"""The embedded PostgreSQL: started, kept, locked, recovered and explained."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from core.infra.embedded import EmbeddedPostgres, EngineError
from core.infra.embedded.postgres import version
from core.infra.embedded.process import SOCKET_PATH_BYTES

START_AND_DIE = """
import os, signal, sys
from pathlib import Path
from core.infra.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), durable=False)
server.start()
print(server.pid, flush=True)
if sys.argv[2] == "die":
    os.kill(os.getpid(), signal.SIGKILL)
signal.pause()
"""


def start_elsewhere(home: Path, then: str) -> tuple["subprocess.Popen[str]", int]:
    """Starts a server from another process, which dies at once or waits; gives that process and the server's pid."""
    process = subprocess.Popen(
        [sys.executable, "-c", START_AND_DIE, str(home), then], stdout=subprocess.PIPE, text=True, env={**os.environ}
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def test_the_application_is_no_superuser(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        row = connection.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user").fetchone()
    assert row == (False, False)


def test_nothing_listens_on_the_network(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_only_its_own_account_may_enter_the_socket_folder(postgres_url: str, engines_home: Path) -> None:
    assert (engines_home / "postgres").stat().st_mode & 0o077 == 0


def test_data_is_there_after_a_second_start(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path, durable=False)
    with server, psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    with server, psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_a_server_dies_with_the_process_that_started_it_and_starts_again(tmp_path: Path) -> None:
    process, _ = start_elsewhere(tmp_path, "die")
    process.communicate()
    server = EmbeddedPostgres(tmp_path, durable=False)
    with server, psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_stale_pid_file_of_a_stranger_is_no_obstacle(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path, durable=False):
        content = (tmp_path / "postgres" / "postmaster.pid").read_text().split("\n")
    content[0] = str(os.getppid())
    (tmp_path / "postgres" / "postmaster.pid").write_text("\n".join(content))
    with EmbeddedPostgres(tmp_path, durable=False) as server:
        assert server.pid is not None


def test_a_server_that_was_killed_recovers_what_was_committed(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path)
    with psycopg.connect(server.start()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    server.wait()
    server.stop()
    with server, psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_a_folder_in_use_names_the_process_that_uses_it(tmp_path: Path) -> None:
    process, _ = start_elsewhere(tmp_path, "wait")
    try:
        with pytest.raises(EngineError, match=f"in use by another running instance .process {process.pid}."):
            EmbeddedPostgres(tmp_path).start()
    finally:
        process.kill()
        process.communicate()


def test_data_of_an_older_release_is_refused_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("16\n")
    with pytest.raises(EngineError, match=r"holds data of PostgreSQL 16, this is 18: dump it .*docs/operations\.md"):
        EmbeddedPostgres(tmp_path).start()


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "diary.txt").write_text("dear")
    with pytest.raises(EngineError, match="holds no PostgreSQL data"):
        EmbeddedPostgres(tmp_path).start()
    assert (tmp_path / "postgres" / "diary.txt").read_text() == "dear"


def test_damaged_data_gives_one_line_with_the_log(tmp_path: Path) -> None:
    EmbeddedPostgres(tmp_path, durable=False).__enter__().stop()
    (tmp_path / "postgres" / "global" / "pg_control").write_bytes(b"\0" * 8192)
    with pytest.raises(EngineError, match=r"PostgreSQL cannot start.*postgres\.log") as refusal:
        EmbeddedPostgres(tmp_path, durable=False).start()
    assert "\n" not in str(refusal.value)


def test_an_interrupted_first_start_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "postgres.new").mkdir()
    (tmp_path / "postgres.new" / "PG_VERSION").write_text(version().split(".")[0])
    with EmbeddedPostgres(tmp_path, durable=False) as server:
        assert server.pid is not None
    assert not (tmp_path / "postgres.new").exists()


def test_a_path_too_long_for_a_socket_gets_a_short_private_one(tmp_path: Path) -> None:
    home = tmp_path / ("long-" * 20)
    assert len(str(home)) > SOCKET_PATH_BYTES
    with EmbeddedPostgres(home, durable=False) as server, psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_variables_of_another_postgresql_do_not_reach_this_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGDATA", "/nowhere")
    monkeypatch.setenv("PGPORT", "1")
    with EmbeddedPostgres(tmp_path, durable=False) as server:
        assert (tmp_path / "postgres" / ".s.PGSQL.5432").is_socket()
        assert server.pid is not None


def test_a_socket_of_a_killed_server_without_its_file_is_removed(tmp_path: Path) -> None:
    EmbeddedPostgres(tmp_path, durable=False).__enter__().stop()
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(tmp_path / "postgres" / ".s.PGSQL.5432"))
    with EmbeddedPostgres(tmp_path, durable=False) as server:
        assert server.pid is not None
