"""An answer that costs something, kept for seconds: however many ask, it is looked for once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """What a coroutine function gives, for `seconds` from when it was asked. A failure is not kept."""

    def __init__(self, make: Callable[[], Awaitable[T]], seconds: float) -> None:
        self._make = make
        self._seconds = seconds
        self._task: asyncio.Task[T] | None = None
        self._asked_at = 0.0

    async def get(self) -> T:
        """The answer; all who ask while it is being made wait for the same one, and none can cancel it."""
        task = self._task
        if task is None or (task.done() and (self._is_old() or task.cancelled() or task.exception() is not None)):
            self._asked_at = time.monotonic()
            task = self._task = asyncio.create_task(self._run(), name="portal")
        return await asyncio.shield(task)

    def _is_old(self) -> bool:
        return time.monotonic() - self._asked_at > self._seconds

    async def _run(self) -> T:
        return await self._make()
