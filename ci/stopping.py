"""How a script ends when it is told to: in order, with everything that it started."""

import contextlib
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import IO

WHEN_TOLD = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def ended_when_told() -> Iterator[None]:
    """Within the block, which runs in the main thread, the first signal to end raises `SystemExit`.

    Unlike SIGTERM's own way it leaves every block on the way out; the signals after it are too late to disturb that.
    """

    def end(number: int, _: FrameType | None) -> None:
        for each in WHEN_TOLD:
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit(128 + number)

    before = {each: signal.signal(each, end) for each in WHEN_TOLD}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


class Stopped(Exception):
    """The programs are ended; what this one did says nothing."""


class Programs:
    """Programs that run while threads wait for them, and that can be ended together."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._is_over = False

    def run(self, command: Sequence[str | Path], *, env: dict[str, str], output: IO[bytes]) -> int:
        """Run one to its end, in a session of its own; gives its exit code. Raises `Stopped` after `end()`."""
        with self._lock:
            if self._is_over:
                raise Stopped
            process = subprocess.Popen(
                command,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches us alone
            )
            self._running.add(process)
        code = process.wait()
        with self._lock:
            self._running.discard(process)
            if self._is_over:
                raise Stopped
        return code

    @property
    def running(self) -> int:
        """How many run."""
        return len(self._running)

    def end(self) -> None:
        """End those that run, and begin no other."""
        with self._lock:
            self._is_over = True
            for process in self._running:
                process.kill()
