"""Waiting for something that another process or task does."""

import asyncio
from collections.abc import Awaitable, Callable

DEADLINE_S = 120.0  # other tests use the processors too; what hangs still ends
STEP_S = 0.005


async def until(condition: Callable[[], bool | Awaitable[bool]], what: str = "the condition") -> None:
    """Returns as soon as `condition` holds; fails the test when it does not within two minutes."""
    async with asyncio.timeout(DEADLINE_S) as deadline:
        while True:
            holds = condition()
            if isinstance(holds, Awaitable):
                holds = await holds
            if holds:
                return
            await asyncio.sleep(STEP_S)
    raise AssertionError(f"{what} did not come true within {DEADLINE_S:g} s (deadline {deadline.when()})")
