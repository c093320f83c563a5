"""`tidings up` as an operator meets it: real processes, a real Ctrl-C, a real kill -9."""

import os
import signal
import subprocess
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from core.cli.ports import listen
from core.cli.up import SAME_INTERRUPT_S
from tests.support.instance import Instance, tidings
from tests.support.waiting import until


def articles(instance: Instance, version: str) -> httpx.Response:
    return httpx.get(
        f"{instance.address}/{version}/articles", headers={"Authorization": f"Bearer {instance.key}"}, timeout=30
    )


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"


def test_a_port_in_use_is_found_before_anything_starts(tmp_path: Path) -> None:
    with closing(listen("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = tidings(tmp_path, "up", TIDINGS_PORT=str(port))
    assert answer.returncode == 1
    assert answer.stderr == (
        f"tidings: port {port} on 127.0.0.1 is in use by another program: stop that one, or set TIDINGS_PORT\n"
    )
    assert not (tmp_path / "postgres").exists()


def test_a_home_that_cannot_be_written_gives_one_line(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    answer = tidings(tmp_path / "home", "up")
    assert answer.returncode == 1
    assert answer.stderr.startswith("tidings: ")
    assert answer.stderr.count("\n") == 1
    assert "set TIDINGS_HOME" in answer.stderr


def test_a_misspelt_setting_gives_one_line(tmp_path: Path) -> None:
    answer = tidings(tmp_path, "up", TIDINGS_PROT="1")
    assert answer.returncode == 2
    assert answer.stderr == "tidings: TIDINGS_PROT is not a setting of Tidings; `tidings doctor` lists those that are\n"


def test_a_database_that_is_away_gives_one_line(tmp_path: Path) -> None:
    answer = tidings(tmp_path, "up", TIDINGS_DATABASE_URL="postgresql://127.0.0.1:1/tidings")
    assert answer.returncode == 1
    assert "tidings: The database does not answer." in answer.stderr
    assert "Traceback" not in answer.stderr


def test_from_nothing_to_articles_and_down_and_up_again_with_the_same_data(tmp_path: Path) -> None:
    with Instance(tmp_path) as first:
        assert "sandbox newsroom" in first.wait_for("No upstream credential is set")
        key = first.key
        assert first.home.joinpath("demo-key").stat().st_mode & 0o777 == 0o600
        assert first.run_file().keys() >= {"database_url", "redis_url", "sandbox_url", "api_url"}
        v1, v2 = articles(first, "v1"), articles(first, "v2")
        assert (v1.status_code, v2.status_code) == (200, 200)
        newest = v2.json()["data"][0]["id"]
        processes = first.run_file()["processes"]
        assert set(processes) == {"PostgreSQL", "Redis", "sandbox", "worker", "API"}
        busy = tidings(tmp_path, "up")
        assert busy.returncode == 1
        assert f"is in use by another running instance (process {first.pid})" in busy.stderr
        first.interrupt()
        assert first.wait() == 0
    assert not any(alive(pid) for pid in processes.values())
    assert not (tmp_path / "run.json").exists()

    with Instance(tmp_path) as second:
        assert second.key == key
        headers = {"Authorization": f"Bearer {key}"}
        assert httpx.get(f"{second.address}/v2/articles/{newest}", headers=headers).status_code == 200


async def test_nothing_is_left_behind_when_it_is_killed_and_the_next_start_recovers(tmp_path: Path) -> None:
    with Instance(tmp_path, "--no-wait") as first:
        processes = first.run_file()["processes"]
        first.kill()
    await until(lambda: not any(alive(pid) for pid in processes.values()))
    assert tidings(tmp_path, "sources").returncode == 1  # run.json is still there and is not believed
    with Instance(tmp_path, "--no-wait") as second:
        assert articles(second, "v2").status_code == 200


def test_a_crashed_process_is_started_again_and_a_second_interrupt_ends_everything_at_once(tmp_path: Path) -> None:
    with Instance(tmp_path, "--no-wait") as instance:
        processes = instance.run_file()["processes"]
        os.kill(processes["API"], signal.SIGKILL)
        instance.wait_for("API ended unexpectedly")
        assert articles(instance, "v2").status_code == 200  # it waited in the socket that `up` holds
        instance.wait_for("API runs again")
        os.kill(processes["worker"], signal.SIGSTOP)  # so that draining takes its time
        instance.interrupt()
        instance.wait_for("Stopping")
        with pytest.raises(subprocess.TimeoutExpired):
            instance.wait(SAME_INTERRUPT_S + 0.1)
        instance.interrupt()
        assert instance.wait() == 0
        assert "Ending everything at once." in instance.lines
    assert not any(alive(pid) for pid in processes.values())
