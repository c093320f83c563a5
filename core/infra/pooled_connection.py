"""A pooled connection whose socket stays registered with the event loop.

psycopg registers the socket at each wait and takes it out again: on uvloop 15 system calls a query, and a handle made
and closed, together 60 µs. Here it stays, and wakes whoever waits for an answer.
"""

import asyncio
import select
from collections.abc import Generator, Sequence
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGconn, PGresult
from psycopg.waiting import Ready, Wait

from core.infra.statements import GOOD, OF_PREPARATION, Bound, Kind, Row, Statement, Statements

Result = TypeVar("Result")

# looked up once: on an enumeration's class that takes as long as to call a function
_READ, _READABLE, _SYNC = Wait.R, Ready.R, ExecStatus.PIPELINE_SYNC


class PooledConnection(psycopg.AsyncConnection[tuple[Any, ...]]):
    """Behaves like psycopg's, errors and cancellation included. For use on one event loop."""

    _registered: int | None = None
    _waiter: "asyncio.Future[Ready] | None" = None
    _statements: Statements | None = None
    _poll: "select.poll | None" = None

    @property
    def is_quiet(self) -> bool:
        """Whether the server has said nothing since its last answer; what it says unasked is that it goes away."""
        if self.closed:
            return False
        if self._poll is None:
            self._poll = select.poll()
            self._poll.register(self.pgconn.socket, select.POLLIN)
        return not self._poll.poll(0)

    async def together(self, statements: Sequence[Statement]) -> list[list[Row]]:
        """The rows of each statement, all sent at once: one round trip. An error leaves out what comes behind it."""
        if self._statements is None:
            self._statements = Statements(self)
        known = self._statements
        bound = [known.bind(statement) for statement in statements]
        async with self.lock:
            results, due = await self.wait(_exchange(self.pgconn, known, bound))
        for result in results:
            if result.status not in GOOD:
                raise _failure(known, results, due)
        return [known.rows(result) for result, (_, is_shown) in zip(results, due, strict=True) if is_shown]

    async def ask(self, statement: Statement) -> list[Row]:
        """The rows of one statement."""
        return (await self.together((statement,)))[0]

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
            while state == _READ:
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

    def _deallocate(self, name: bytes | None) -> PQGen[None]:
        """psycopg's own. With None the server forgets all prepared statements, as after each rollback: ours too."""
        if name is None and self._statements is not None:
            self._statements.forget_all()
        yield from super()._deallocate(name)

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


Due = tuple[Kind, bool]
"""What a result is about, and whether it is shown; one that is not is only of the preparation."""


def _failure(known: Statements, results: Sequence[PGresult], due: Sequence[Due]) -> psycopg.Error:
    """The error that made the server pass over the rest. Only what was not, or is no longer, prepared is forgotten."""
    failures = [(of, error) for result, of in zip(results, due, strict=True) if (error := known.error(result))]
    for (kind, is_shown), error in failures:
        if not is_shown or isinstance(error, OF_PREPARATION):
            known.forget(kind)
    return failures[0][1]


def _exchange(pgconn: PGconn, known: Statements, bound: Sequence[Bound]) -> PQGen[tuple[list[PGresult], list[Due]]]:
    """Send all, then take the results, and what each of them is about."""
    pgconn.enter_pipeline_mode()
    due: list[Due] = []
    for statement in bound:
        due += [(statement.kind, False)] * known.send(statement)
        due.append((statement.kind, True))
    pgconn.pipeline_sync()
    while pgconn.flush():
        if (yield Wait.RW) & Ready.R:
            pgconn.consume_input()
    results: list[PGresult] = []
    while True:
        while pgconn.is_busy():
            if (yield _READ) & _READABLE:
                pgconn.consume_input()
        result = pgconn.get_result()
        if result is not None:
            if result.status == _SYNC:
                break
            results.append(result)
        elif pgconn.status == ConnStatus.BAD:
            raise psycopg.OperationalError("the connection was lost")
    pgconn.exit_pipeline_mode()
    return results, due
