"""`tidings serve` in a process of its own, and clients that keep asking while something breaks."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, NamedTuple, Self

import httpx

from core import settings as configuration
from core.settings import Settings
from tests.support.instance import environment
from tests.support.measuring import unmeasured

READY_S: Final = 120.0  # other tests use the processors too; what hangs still ends
END_S: Final = 60.0
PACE_S: Final = 0.01  # between two requests of one client: a few hundred a second are enough to see a fault


class ServeProcess:
    """An API process on the engines that `settings` name; `module` is the program with the command `serve`."""

    def __init__(self, settings: Settings, *, module: str = "core.cli") -> None:
        self._settings = settings
        self._module = module
        self._process: asyncio.subprocess.Process | None = None
        self.address = ""

    async def __aenter__(self) -> Self:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(512)
            self.address = f"http://127.0.0.1:{listener.getsockname()[1]}"
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", self._module, "serve", "--fd", str(listener.fileno()),
                env=unmeasured(environment(self._settings.home, **configuration.as_environment(self._settings))),
                stdout=asyncio.subprocess.DEVNULL,
                pass_fds=[listener.fileno()],
            )  # fmt: skip
        async with httpx.AsyncClient(base_url=self.address, timeout=READY_S) as client:
            ready = asyncio.create_task(client.get("/health"))  # waits in the socket's queue until the process accepts
            ended = asyncio.create_task(self._process.wait())
            await asyncio.wait({ready, ended}, return_when=asyncio.FIRST_COMPLETED)
            ended.cancel()
            assert (await ready).status_code == 200
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    def terminate(self) -> None:
        """What an orchestrator sends first."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """What nobody can catch."""
        assert self._process is not None
        self._process.kill()

    async def ended(self) -> int:
        """The exit code."""
        assert self._process is not None
        async with asyncio.timeout(END_S):
            return await self._process.wait()


Pair = tuple[ServeProcess, ServeProcess]
"""Two processes on one database."""


class Answered(NamedTuple):
    """One request of the load. `status` is 0 where there was no answer at all."""

    at: float
    status: int
    took_s: float
    retry_after: str | None


@dataclass
class Load:
    """What the clients have seen so far."""

    answers: list[Answered] = field(default_factory=list)

    def since(self, moment: float) -> list[Answered]:
        """The answers to requests that were sent after `moment` (`time.monotonic`)."""
        return [answer for answer in self.answers if answer.at >= moment]

    def count(self, status: int, *, since: float = 0.0) -> int:
        """How many answers had this status."""
        return sum(answer.status == status for answer in self.since(since))


@asynccontextmanager
async def load(
    address: str, headers: Mapping[str, str], path: Callable[[int], str], *, clients: int = 6
) -> AsyncIterator[Load]:
    """Clients that ask, one request after the other, for `path(n)`, the n-th of all, until the end."""
    seen = Load()
    stop = asyncio.Event()
    numbers = iter(range(10**9))

    async def ask(client: httpx.AsyncClient) -> None:
        while not stop.is_set():
            began = time.monotonic()
            try:
                answer = await client.get(path(next(numbers)), headers=dict(headers))
            except httpx.TransportError:
                seen.answers.append(Answered(began, 0, time.monotonic() - began, None))
            else:
                took_s = time.monotonic() - began
                seen.answers.append(Answered(began, answer.status_code, took_s, answer.headers.get("Retry-After")))
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), PACE_S)

    async with httpx.AsyncClient(base_url=address, timeout=30) as client, asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(ask(client))
        try:
            yield seen
        finally:
            stop.set()


def kill_group(pid: int | None) -> None:
    """The end of an engine and its children, as when the machine loses them. Each leads a session of its own."""
    assert pid is not None
    os.killpg(pid, signal.SIGKILL)
