"""The home folder: private files, one secret for ever, and no lies about what runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.infra.home import Home, HomeError, RunningInstance, digest


def instance(pid: int) -> RunningInstance:
    return RunningInstance(
        pid=pid, database_url="postgresql://", redis_url="unix://", api_url="http://", secret_digest=digest("secret")
    )


def test_a_folder_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HomeError, match="there is a file in its place"):
        Home(tmp_path / "file" / "home").prepare()


def test_a_disk_with_too_little_room_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(HomeError, match=r"MB of free space and \d+ MB are needed: make room"):
        Home(tmp_path).prepare(needed_bytes=2**60)


def test_a_folder_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(HomeError, match=r"cannot be used: .*TIDINGS_HOME"):
        Home(Path("/proc/tidings")).prepare()


def test_the_secret_is_made_once_and_private(tmp_path: Path) -> None:
    home = Home(tmp_path)
    secret = home.secret()
    assert len(bytes.fromhex(secret)) == 32
    assert home.secret() == secret
    assert home.secret_file.stat().st_mode & 0o777 == 0o600


def test_the_demo_key_is_private_and_read_back(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert home.demo_key() is None
    home.write_demo_key("tdk_live_x")
    assert home.demo_key() == "tdk_live_x"
    assert home.demo_key_file.stat().st_mode & 0o777 == 0o600


def test_an_instance_that_was_killed_does_not_run(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    home = Home(tmp_path)
    home.write_running(instance(ended.pid))
    assert home.running() is None


def test_a_file_of_another_shape_is_refused_with_what_to_do(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.run_file.write_text('{"pid": 1, "surprise": true}')
    with pytest.raises(HomeError, match="remove it and start again"):
        home.running()


def test_a_running_instance_is_found_until_it_says_good_bye(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.write_running(instance(os.getpid()))
    assert home.running() == instance(os.getpid())
    home.forget_running()
    assert home.running() is None
