"""Keeps the parts of an instance running, and ends them in order."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, TypeVar

from core.cli.parts import Part
from core.infra.embedded import EngineError
from core.infra.embedded.process import last_lines

T = TypeVar("T")

FIRST_DELAY_S: Final = 1.0
LONGEST_DELAY_S: Final = 30.0
STEADY_S: Final = 60.0  # whoever has run this long begins with the first delay again


class Supervisor:
    """Starts parts, starts those again that end by themselves, and stops all in `drain_order` (names of parts).

    `say` prints a line for the operator.
    """

    def __init__(self, say: Callable[[str], None], *, drain_order: tuple[str, ...]) -> None:
        self._say = say
        self._drain_order = drain_order
        self._parts: dict[str, Part] = {}
        self._watches: dict[str, asyncio.Task[None]] = {}
        self._ended: dict[str, asyncio.Event] = {}
        self._draining = asyncio.Event()

    @property
    def pids(self) -> dict[str, int]:
        """Name and process id of what runs."""
        return {name: part.pid for name, part in self._parts.items() if part.pid is not None}

    def start(self, part: Part) -> None:
        """Starts a part and remembers it for the end. Raises what its start raises."""
        part.start()
        self._parts[part.name] = part
        self._ended[part.name] = asyncio.Event()
        self._watches[part.name] = asyncio.create_task(self._watch_start(part))

    async def until(self, ready: Awaitable[T], part: Part) -> T:
        """What `ready` gives; raises `EngineError` with the last line of its log if the part ends before that."""
        waiting = asyncio.ensure_future(ready)
        ended = asyncio.create_task(self._ended[part.name].wait())
        try:
            await asyncio.wait({waiting, ended}, return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                raise EngineError(f"{part.name} ended as it started: {last_line(part.log)}")
            return await waiting
        finally:
            waiting.cancel()
            ended.cancel()

    def keep(self) -> None:
        """From here on, a part that ends by itself is started again."""
        for name, part in self._parts.items():
            self._watches[name].cancel()
            self._watches[name] = asyncio.create_task(self._keep(part))

    async def drain(self) -> None:
        """Stops everything: who takes requests first, who keeps the data last."""
        self._draining.set()
        for name in self._drain_order:
            if name in self._parts:
                await asyncio.to_thread(self._parts[name].stop)
        for watch in self._watches.values():
            watch.cancel()
        await asyncio.gather(*self._watches.values(), return_exceptions=True)

    def kill(self) -> None:
        """Ends everything at once."""
        self._draining.set()
        for name in self._drain_order:
            if name in self._parts:
                self._parts[name].kill()

    async def _watch_start(self, part: Part) -> None:
        await ended(part)
        self._ended[part.name].set()

    async def _keep(self, part: Part) -> None:
        loop = asyncio.get_running_loop()
        delay_s = FIRST_DELAY_S
        while True:
            started_at = loop.time()
            await ended(part)
            if self._draining.is_set():
                return
            if loop.time() - started_at > STEADY_S:
                delay_s = FIRST_DELAY_S
            self._say(f"{part.name} ended unexpectedly ({last_line(part.log)}); starting it again in {delay_s:.0f} s")
            if await self._drains_within(delay_s):
                return
            try:
                part.start()
            except EngineError as error:
                self._say(str(error))
            else:
                self._say(f"{part.name} runs again")
            delay_s = min(delay_s * 2, LONGEST_DELAY_S)

    async def _drains_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._draining.wait(), seconds)
        except TimeoutError:
            return False
        return True


async def ended(part: Part) -> None:
    """Returns when the part has ended. Each wait has a thread of its own, which nothing else can keep busy."""
    loop = asyncio.get_running_loop()
    event = asyncio.Event()

    def wait() -> None:
        part.wait()
        if not loop.is_closed():
            loop.call_soon_threadsafe(event.set)

    threading.Thread(target=wait, name=f"wait-{part.name}", daemon=True).start()
    await event.wait()


def last_line(log: Path | None) -> str:
    """The last words of a process, and where to read the others."""
    if log is None:
        return "its output above says why"
    lines = [line.strip() for line in last_lines(log) if line.strip()]
    return f"{lines[-1][:300] if lines else 'it said nothing'} (log: {log})"
