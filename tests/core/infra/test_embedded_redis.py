"""The embedded Redis: started, private, locked and recovered."""

import os
import signal
from pathlib import Path

import pytest
import redis

from core.infra.embedded import EmbeddedRedis, EngineError


def test_only_this_user_may_speak_to_it(redis_url: str, engines_home: Path) -> None:
    assert (engines_home / "redis").stat().st_mode & 0o077 == 0
    assert (engines_home / "redis" / "redis.sock").stat().st_mode & 0o077 == 0


def test_it_listens_on_no_port(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.config_get("port") == {"port": "0"}


def test_it_answers_after_a_second_start(tmp_path: Path) -> None:
    server = EmbeddedRedis(tmp_path)
    server.__enter__().stop()
    with server, redis.Redis.from_url(server.url) as client:
        assert client.ping()


def test_it_starts_again_after_it_was_killed(tmp_path: Path) -> None:
    server = EmbeddedRedis(tmp_path)
    server.start()
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    server.wait()
    server.stop()
    with server, redis.Redis.from_url(server.url) as client:
        assert client.ping()


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path), pytest.raises(EngineError, match=f"in use by another .* .process {os.getpid()}."):
        EmbeddedRedis(tmp_path).start()


def test_a_folder_that_is_a_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(EngineError, match=r"cannot be used: .*set TIDINGS_HOME to another folder"):
        EmbeddedRedis(tmp_path / "home").start()


def test_a_path_too_long_for_a_socket_gets_a_short_private_one(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path / ("long-" * 20)) as server, redis.Redis.from_url(server.url) as client:
        assert client.ping()
