"""A pooled connection whose socket stays registered with the event loop.

psycopg registers the socket at each wait and takes it out again: on uvloop 15 system calls a query, and a handle made
and closed, together 60 µs. Here it stays, and wakes whoever waits for an answer.
"""

import asyncio
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.waiting import Ready, Wait

Result = TypeVar("Result")


class PooledConnection(psycopg.AsyncConnection[tuple[Any, ...]]):
    """Behaves like psycopg's, errors and cancellation included. For use on one event loop."""

    _registered: int | None = None
    _waiter: "asyncio.Future[Ready] | None" = None

    async def wait(
        self,
        gen: PQGen[Result],
        interval: float = 0.1,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is psycopg's
    ) -> Result:
        """Drive one of psycopg's generators: while it waits for the server's answer, here; for all else, there."""
        if timeout is not None:
            self._unregister()
            return await super().wait(gen, interval, timeout)
        try:
            state = next(gen)
            while state == Wait.R:
                state = gen.send(await self._readable(interval))
        except StopIteration as end:
            result: Result = end.value
            return result
        except asyncio.CancelledError:
            self._unregister()
            return await super().wait(_Interrupted(gen), interval)  # cancels the query as well, and raises again
        except OSError as error:  # from the loop: the socket is closed
            self._unregister()
            raise psycopg.OperationalError("the connection's socket is closed") from error
        except BaseException:
            self._unregister()  # libpq may have closed the socket
            raise
        self._unregister()
        return await super().wait(_resumed(gen, state), interval)

    async def close(self) -> None:
        """Close the connection."""
        self._unregister()
        await super().close()

    async def _readable(self, interval: float) -> Ready:
        """`Ready.R`; `Ready.NONE` after `interval` seconds, and then the next wait registers the socket anew.

        uvloop drops a socket that reports an error, after one call and without a word: a connection that the server
        reset would never wake anybody again.
        """
        loop = asyncio.get_running_loop()
        if self._registered is None:
            self._registered = self.pgconn.socket
            loop.add_reader(self._registered, self._wake, Ready.R)
        self._waiter = loop.create_future()
        timer = loop.call_later(interval, self._wake, Ready.NONE)
        try:
            ready = await self._waiter
        finally:
            timer.cancel()
            self._waiter = None
        if ready == Ready.NONE:
            self._unregister()
        return ready

    def _wake(self, ready: Ready) -> None:
        if self._waiter is None:
            self._unregister()  # nobody asked: the server has closed it, and would wake us again and again
        elif not self._waiter.done():
            self._waiter.set_result(ready)

    def _unregister(self) -> None:
        if self._registered is not None:
            asyncio.get_running_loop().remove_reader(self._registered)
            self._registered = None


def _resumed(gen: PQGen[Result], state: Wait) -> PQGen[Result]:
    """The generator from where it stands, waiting for `state`."""
    try:
        while True:
            state = gen.send((yield state))
    except StopIteration as end:
        result: Result = end.value
        return result


class _Interrupted(Generator[Wait, Ready | int, Result]):
    """A generator that begins with a cancellation, and then goes on where it stood."""

    def __init__(self, rest: PQGen[Result]) -> None:
        self._rest = rest
        self._begun = False

    def send(self, value: Any) -> Wait:
        if not self._begun:
            self._begun = True
            raise asyncio.CancelledError
        return self._rest.send(value)

    def throw(self, *exception: Any) -> Wait:
        return self._rest.throw(*exception)
