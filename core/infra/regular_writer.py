"""What a process gathers in memory and writes down off the path of requests: regularly, and once more at its end."""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from types import TracebackType
from typing import ClassVar, Self

import structlog


class RegularWriter(ABC):
    """Entered, it calls `write_waiting` again and again; left, it ends what is under way and calls it a last time.

    What fails there is logged as `<name>_batch_failed` and ends neither the batches to come nor the server. A subclass
    keeps what it could not write, also when it is cancelled.
    """

    name: ClassVar[str]
    """What it writes, in a word."""

    every_s: ClassVar[float]

    _task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._write_regularly(), name=self.name)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._write_or_say()

    @abstractmethod
    async def write_waiting(self) -> None:
        """Write down what has been gathered since the last time."""

    def pause_s(self) -> float:
        """How long to gather until the next time."""
        return self.every_s

    async def _write_regularly(self) -> None:
        while True:
            await asyncio.sleep(self.pause_s())
            await self._write_or_say()

    async def _write_or_say(self) -> None:
        try:
            await self.write_waiting()
        except Exception:  # noqa: BLE001 - one batch that cannot be written must not end all others
            structlog.get_logger(type(self).__module__).exception(f"{self.name}_batch_failed")
