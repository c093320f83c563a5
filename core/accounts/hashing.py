"""Passwords are hashed by processes of their own: 20 ms of a core each, which no request is to wait for.

On Linux each process has a policy (sched(7)). One of `SCHED_IDLE` works when nobody else wants its core, and whoever
wakes up takes the core from it at once. One that is only nicer keeps it until its time slice ends, 2.8 ms: with one
client that reads while people log in, that was seven times what a read takes. It cannot be a thread: one that must wait
for the core while it has Python's lock has everybody wait.
"""

import asyncio
import subprocess
import sys
import time
import weakref
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO, Any, Final, Literal

from core.accounts import argon
from core.errors import Unavailable
from core.kit import json

PATIENCE_S: Final = 0.25
"""Ten times what a hash takes on a core that has nothing else to do."""

_RETRY_AFTER_S: Final = 2

Policy = Literal["idle", "steady"]


class Hashing:
    """Computes one hash after the other, when the core has nothing else to do.

    A core that is never idle would have them wait for ever. So one that is not done `patience_s` after it was begun is
    begun once more by a second process, which gets about a tenth of the core, and so is what waits behind it. Whichever
    is done first counts.
    """

    def __init__(self, *, patience_s: float = PATIENCE_S) -> None:
        self.idle = HashingProcess("idle")
        self.steady = HashingProcess("steady")
        self._patience_s = patience_s

    async def ask(self, name: str, *arguments: str | None) -> Any:
        """What `core.accounts.argon` answers. What was not begun when its caller is cancelled is left.

        Raises `Unavailable` when no process can be had.
        """
        request = json.dumps([name, *arguments]) + b"\n"
        if self.is_starved():
            return await asyncio.wrap_future(self.steady.submit(request))
        first = self.idle.submit(request)
        attempts = [asyncio.wrap_future(first)]
        try:
            done = await _done(attempts, timeout_s=self._patience_s)
            while not done and not self.is_starved():
                done = await _done(attempts, timeout_s=self._patience_s)
            if not done:
                if first.cancel():  # it was not begun
                    attempts.clear()
                attempts.append(asyncio.wrap_future(self.steady.submit(request)))
                done = await _done(attempts)
            return done.pop().result()
        finally:
            for attempt in attempts:
                if not attempt.cancel() and not attempt.cancelled():
                    attempt.exception()  # or asyncio would complain that nobody has looked

    def is_starved(self) -> bool:
        """Whether the idle process gets no core."""
        began_at = self.idle.began_at
        return began_at is not None and time.monotonic() - began_at > self._patience_s


class HashingProcess:
    """One process, which is started by the first request, and again when it has died. It ends with its parent."""

    def __init__(self, policy: Policy) -> None:
        self.began_at: float | None = None
        """When what it computes at present was begun, in the time of `time.monotonic`."""

        self._policy = policy
        self._pipes: list[_Process] = []  # none or one; `finalize` must not hold the object itself
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"hashing-{policy}")
        weakref.finalize(self, _end, self._pipes)

    @property
    def pid(self) -> int | None:
        """Of the process, where there is one."""
        return self._pipes[0].pid if self._pipes else None

    def submit(self, request: bytes) -> "Future[Any]":
        """The answer to a line, after those that were asked for before. Fails with `Unavailable`."""
        return self._thread.submit(self._answer, request)

    def _answer(self, request: bytes) -> Any:
        self.began_at = time.monotonic()
        try:
            for _ in range(2):  # it may have died since it was asked last
                if answer := _asked(self._running(), request):
                    return json.loads(answer)
                _end(self._pipes)
        finally:
            self.began_at = None
        raise Unavailable("Passwords cannot be compared at this moment.", retry_after_s=_RETRY_AFTER_S)

    def _running(self) -> "_Process":
        if not self._pipes:
            command = [sys.executable, "-I", argon.__file__, self._policy]
            self._pipes.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))  # noqa: S603  # ours
        return self._pipes[0]


_Process = subprocess.Popen[bytes]


def _asked(process: _Process, request: bytes) -> bytes:
    """The answer, or nothing where the process has died."""
    stdin, stdout = _pipes_of(process)
    try:
        stdin.write(request)
        stdin.flush()
    except BrokenPipeError:
        return b""
    return stdout.readline()


def _end(pipes: list[_Process]) -> None:
    while pipes:
        process = pipes.pop()
        process.kill()
        process.wait()
        for pipe in _pipes_of(process):
            try:
                pipe.close()
            except BrokenPipeError:  # of what was written when it died
                continue


def _pipes_of(process: _Process) -> tuple[IO[bytes], IO[bytes]]:
    assert process.stdin is not None  # noqa: S101 - it was started with pipes
    assert process.stdout is not None  # noqa: S101 - as above
    return process.stdin, process.stdout


async def _done(attempts: "list[asyncio.Future[Any]]", *, timeout_s: float | None = None) -> "set[asyncio.Future[Any]]":
    """Those that are done: one at least, or none when the time is over."""
    done, _ = await asyncio.wait(attempts, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    return done
