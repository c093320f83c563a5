"""People who log in, each again as soon as the last answer is there, from a thread on the load's core.

The thread works when nobody else wants that core: wrk reads from there, and is not to wait for those who log in.
"""

import asyncio
import os
import threading
from collections import Counter
from contextlib import suppress
from types import TracebackType
from typing import Self

import httpx

from bench.harness import LOAD_CORE, BenchError, Server

PASSWORD = "a long walk by the sea"
_OK, _BUSY = 200, 503
_DEADLINE_S = 60


def email(number: int) -> str:
    """The address of a person."""
    return f"person-{number}@example.org"


class Crowd:
    """`clients` that log in as one of `people` at a time until the block ends.

    Who is refused with Retry-After (503) comes back when it says. Any other answer than 200 raises `BenchError` at the
    end.
    """

    def __init__(self, server: Server, path: str, *, clients: int, people: int) -> None:
        self.answers: Counter[int] = Counter()
        """Status → how many so far."""

        self._server, self._path, self._clients, self._people = server, path, clients, people
        self._wrong: str | None = None
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="crowd")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._loop.close()
        if self._wrong is not None and error is None:
            raise BenchError(f"{self._server.name} {self._path}: {self._wrong}")

    def _run(self) -> None:
        os.sched_setaffinity(0, {int(LOAD_CORE)})  # of this thread alone
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        self._loop.run_until_complete(self._log_in_all())

    async def _log_in_all(self) -> None:
        limits = httpx.Limits(max_connections=self._clients, max_keepalive_connections=self._clients)
        address = f"http://127.0.0.1:{self._server.port}"
        async with httpx.AsyncClient(base_url=address, timeout=_DEADLINE_S, limits=limits, trust_env=False) as client:
            await asyncio.gather(*(self._log_in(client, number) for number in range(self._clients)))

    async def _log_in(self, client: httpx.AsyncClient, number: int) -> None:
        while not self._stop.is_set():
            body = {"email": email(number % self._people), "password": PASSWORD}
            number += self._clients
            try:
                answer = await client.post(self._path, json=body)
            except httpx.TransportError as error:
                self._wrong = repr(error)
                return
            self.answers[answer.status_code] += 1
            if answer.status_code == _BUSY and "retry-after" in answer.headers:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), float(answer.headers["retry-after"]))
            elif answer.status_code != _OK:
                self._wrong = f"status {answer.status_code}: {answer.text[:200]}"
                return
