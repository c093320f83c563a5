"""The parts of a running instance, all of one shape: engines and our own processes."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from core.infra.embedded import EmbeddedPostgres, EmbeddedRedis
from core.infra.embedded.process import launch, stop


class Part(Protocol):
    """Something that runs beside us until it is stopped."""

    name: str
    log: Path | None

    def start(self) -> None:
        """Starts it. Call it from the main thread, with which the kernel ends it."""
        ...

    def wait(self) -> None:
        """Blocks until it has ended, by itself or because it was stopped."""
        ...

    def stop(self) -> None:
        """Lets it finish what it does, within its own time limit, and ends it."""
        ...

    def kill(self) -> None:
        """Ends it at once."""
        ...

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        ...


class Engine:
    """An embedded engine as a part."""

    def __init__(self, name: str, engine: EmbeddedPostgres | EmbeddedRedis, log: Path) -> None:
        self.name = name
        self.log: Path | None = log
        self._engine = engine

    def start(self) -> None:
        """Starts it and waits until it answers (a second at the first start); also again, after it has ended."""
        self._engine.stop()  # gives back the lock of the run before
        self._engine.start()

    def wait(self) -> None:
        """Blocks until it has ended."""
        self._engine.wait()

    def stop(self) -> None:
        """A clean shutdown."""
        self._engine.stop()

    def kill(self) -> None:
        """Ends it at once; PostgreSQL recovers at the next start."""
        if self.pid is not None:
            # SIGQUIT is the "immediate" shutdown of PostgreSQL, in which its own children go too
            os.kill(self.pid, signal.SIGQUIT if self.name == "PostgreSQL" else signal.SIGKILL)

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._engine.pid


class Child:
    """One of our own commands as a child process, `tidings <arguments>`.

    It leads a session of its own, so what it starts in turn is ended with it.
    """

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        log: Path | None,
        grace_s: float,
        keep_open: Sequence[int] = (),
        at_parents_end: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name = name
        self.log = log
        self._command = [sys.executable, "-m", "core.cli", *arguments]
        self._environment = environment
        self._grace_s = grace_s
        self._keep_open = keep_open
        self._at_parents_end = at_parents_end
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts the command."""
        self._process = launch(
            self._command,
            log=self.log,
            at_parents_end=self._at_parents_end,
            environment=self._environment,
            keep_open=self._keep_open,
        )

    def wait(self) -> None:
        """Blocks until it has ended."""
        if self._process is not None:
            self._process.wait()

    def stop(self) -> None:
        """SIGTERM, its time to drain, then the end of all that it started."""
        if self._process is not None:
            stop(self._process, signal.SIGTERM, timeout_s=self._grace_s)
            self.kill()

    def kill(self) -> None:
        """Ends it and all that it started."""
        if self._process is not None:
            with suppress(ProcessLookupError):  # the whole group has ended
                os.killpg(self._process.pid, signal.SIGKILL)

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None
