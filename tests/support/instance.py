"""A real `tidings up` in a process of its own, as an operator runs it."""

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import orjson

COMMAND = [sys.executable, "-m", "core.cli"]
START_S = 120.0  # other tests use the processors too; what hangs still ends
STOP_S = 20.0


def environment(home: Path, **settings: str) -> dict[str, str]:
    """The environment of a command: nobody else's settings, this home, a free port."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TIDINGS_")}
    return {**inherited, "TIDINGS_HOME": str(home), "TIDINGS_PORT": "0", **settings}


def tidings(home: Path, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Runs one command to its end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        env=environment(home, **settings),
        timeout=120,
        check=False,
    )


class Instance:
    """`tidings up` from its start until it has stopped."""

    def __init__(self, home: Path, *options: str, **settings: str) -> None:
        self.home = home
        self.lines: list[str] = []
        self._process = subprocess.Popen(
            [*COMMAND, "up", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment(home, **settings),
            start_new_session=True,  # a Ctrl-C at the terminal of the tests is not one here
        )

    def __enter__(self) -> Self:
        try:
            self.wait_for("Ctrl-C stops everything")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.interrupt()
            self.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    @property
    def pid(self) -> int:
        """The process id of `tidings up` itself."""
        return self._process.pid

    def run_file(self) -> Mapping[str, Any]:
        """What it tells other commands."""
        found: Mapping[str, Any] = orjson.loads((self.home / "run.json").read_bytes())
        return found

    @property
    def address(self) -> str:
        """Where the API answers."""
        return str(self.run_file()["api_url"])

    @property
    def key(self) -> str:
        """The demo key."""
        return (self.home / "demo-key").read_text().strip()

    def interrupt(self) -> None:
        """What Ctrl-C at a terminal sends."""
        self._process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        """The end without a goodbye."""
        self._process.kill()
        self._process.wait()

    def wait(self, timeout_s: float = STOP_S) -> int:
        """The exit code, once it has stopped; raises `subprocess.TimeoutExpired` when it does not."""
        try:
            return self._process.wait(timeout_s)
        finally:
            self._drain()

    def wait_for(self, words: str) -> str:
        """The line with these words, once it was printed; fails the test when it never is."""
        deadline = time.monotonic() + START_S
        while True:
            for line in self.lines:
                if words in line:
                    return line
            if not self._read(deadline - time.monotonic()):
                raise AssertionError(f"never said {words!r}, but:\n" + "\n".join(self.lines))

    def _read(self, timeout_s: float) -> bool:
        stdout = self._process.stdout
        assert stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            if not selector.select(max(0.0, timeout_s)):
                return False
        chunk = os.read(stdout.fileno(), 65536)
        if not chunk:
            return False
        self.lines = ("\n".join(self.lines) + chunk.decode()).split("\n")
        return True

    def _drain(self) -> None:
        while self._read(0):
            pass
