"""`GET /health` and `GET /ready`: is the process alive, and can it do its work?"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from core.errors import Unavailable
from core.infra.context import infrastructure
from core.infra.redis import RedisUnavailable
from core.infra.revisions import head, is_behind
from core.lifecycle.repository import LifecycleRepository
from core.lifecycle.types import Check, Report, Status

_CHECK_TIMEOUT_S: Final = 3.0
_HEARTBEAT_LATE_S: Final = 30.0


class Readiness:
    """Asks every dependency at once, each under a deadline of 3 s."""

    def __init__(self, version: str) -> None:
        self._version = version
        self._started = time.monotonic()

    def health(self) -> dict[str, Any]:
        """The process answers. Nothing else is asked: a restart would not bring a lost database back."""
        return {"status": "ok", "version": self._version, "uptime_seconds": round(time.monotonic() - self._started, 1)}

    async def report(self) -> Report:
        checks = await asyncio.gather(
            _checked("postgresql", _postgresql), _checked("redis", _redis), _checked("worker", _worker)
        )
        return Report(
            ready=all(check.status != "failed" for check in checks),
            uptime_s=time.monotonic() - self._started,
            version=self._version,
            checks=tuple(checks),
        )


Question = Callable[[], Awaitable[tuple[Status, str | None]]]


async def _checked(name: str, question: Question) -> Check:
    began = time.monotonic()
    try:
        async with asyncio.timeout(_CHECK_TIMEOUT_S):
            status, detail = await question()
    except TimeoutError:
        status, detail = "failed", f"no answer within {_CHECK_TIMEOUT_S:g} s"
    except (Unavailable, OSError) as error:
        status, detail = "failed", str(error)
    if name != "postgresql" and status == "failed":
        status = "degraded"  # reads go on without Redis and without a worker; without PostgreSQL nothing does
    return Check(name, status, detail, (time.monotonic() - began) * 1000)


async def _postgresql() -> tuple[Status, str | None]:
    async with infrastructure().db.newsroom_reads() as connection:
        at = await LifecycleRepository(connection).migration()
    if is_behind(at):
        return "failed", f"the schema is at {at}, this version needs {head()}: run `tidings migrate`"
    return "ok", None


async def _redis() -> tuple[Status, str | None]:
    try:
        await infrastructure().redis.call("PING")
    except RedisUnavailable as error:
        return "degraded", f"{error}; limits are kept by each process, pages come from PostgreSQL"
    return "ok", None


async def _worker() -> tuple[Status, str | None]:
    async with infrastructure().db.newsroom_reads() as connection:
        count, age_s = await LifecycleRepository(connection).workers()
    if count == 0 or age_s is None:
        return "degraded", "no worker runs: nothing is polled (`tidings worker`)"
    if age_s > _HEARTBEAT_LATE_S:
        return "degraded", f"the last heartbeat of a worker is {age_s:.0f} s old"
    return "ok", f"{count} running"
