"""What the engines have in common: one instance a folder, a child process with a log, and a clean end."""

import signal
import subprocess
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar, Self

from core.infra.embedded.errors import EngineError
from core.infra.embedded.process import DirectoryLock, stop


class Engine(ABC):
    """A server with its data in `<home>/<name>`; `url` is how to reach it once it runs."""

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]
    stop_seconds: ClassVar[float]
    """How long it may take to end before it is killed."""

    def __init__(self, home: Path) -> None:
        self._home = home.absolute()
        self._data = self._home / self.name
        self._log = self._home / "logs" / f"{self.name}.log"
        self._lock = DirectoryLock(self._home / f"{self.name}.lock")
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""

    @abstractmethod
    def start(self) -> str:
        """Starts the server and gives its URL. Raises `EngineError`, one line for the operator."""

    def _take_home(self, *folders: Path) -> None:
        """Sees to it that nobody else uses this engine's part of the home, and makes these folders in it."""
        try:
            self._home.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(str(self._data))
            for folder in folders:
                folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise EngineError(
                f"{self._home} cannot be used: {error.strerror}; set TIDINGS_HOME to another folder"
            ) from None

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    def wait(self) -> None:
        """Blocks until the server ends."""
        process = self._process
        if process is not None:
            process.wait()

    def stop(self) -> None:
        """Stops the server. Safe to call twice."""
        if self._process is not None:
            stop(self._process, self.stop_signal, timeout_s=self.stop_seconds)
            self._process = None
        self._lock.release()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
