"""Worker processes, to be watched and killed."""

import asyncio
import json
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from core.settings import Settings, as_environment
from tests.support.measuring import unmeasured

ROOT = Path(__file__).parents[2]
START_S = 120.0  # other tests use the processors too; what hangs still ends


class WorkerProcess:
    """A worker in a process of its own; `module` is what is run. Its log is JSON lines, kept in `lines`."""

    def __init__(self, settings: Settings, *, module: str = "tests.support.worker") -> None:
        self._settings = settings
        self._module = module
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self.lines: list[dict[str, Any]] = []

    async def __aenter__(self) -> Self:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("TIDINGS_")}
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", self._module,
            stdout=asyncio.subprocess.PIPE, cwd=ROOT, env=unmeasured({**inherited, **as_environment(self._settings)}),
        )  # fmt: skip
        self._reader = asyncio.create_task(self._read())
        async with asyncio.timeout(START_S):
            await self._ready.wait()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.ended()

    @property
    def process(self) -> asyncio.subprocess.Process:
        assert self._process is not None
        return self._process

    def kill(self) -> None:
        """`kill -9`: no goodbye."""
        self.process.kill()

    def terminate(self) -> None:
        """What an orchestrator sends first."""
        self.process.terminate()

    async def ended(self) -> int:
        """The exit status, once it has ended and everything that it wrote was read."""
        assert self._reader is not None
        status = await self.process.wait()
        await self._reader
        return status

    def events(self, name: str) -> list[dict[str, Any]]:
        """The log lines of one event."""
        return [line for line in self.lines if line.get("event") == name]

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.lines.append(json.loads(line))
            if self.lines[-1].get("event") == "worker_ready":
                self._ready.set()
        self._ready.set()
