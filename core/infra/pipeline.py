"""Short reads that leave together: PostgreSQL's pipeline mode, on one connection that all tasks of a process share.

What costs most about a short read is to wake the server for it: on a virtual machine 90 µs of the sender's CPU for each
send, more than the query itself. The reads of one turn of the event loop leave in one send here, and their answers
come in about as few. Borrowing a connection, cursors and waits fall away too: 150 µs less for a page of 20 articles.

Reads of one turn are one transaction for the server, ended by one Sync (PostgreSQL documentation, "Pipeline Mode"):
after an error it passes over the rest, which is then sent again, each read by itself. A read waits for those before it,
so only what takes a few milliseconds belongs here. A connection that has waited for longer gets nothing new.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Final, NamedTuple

import psycopg
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGresult

from core.infra.statements import OF_PREPARATION, Kind, Row, Statement, Statements

Connect = Callable[[], Coroutine[Any, Any, psycopg.AsyncConnection[Any]]]

SLOW_AFTER_S: Final = 0.02
MOST_CONNECTIONS: Final = 4
DEADLINE_S: Final = 15.0
"""Longer than the server's own `statement_timeout`: by then it does not answer at all."""

_LOOK_EVERY_S: Final = 0.1
_MORE_TO_SEND: Final = 1  # PQflush


class _Pending:
    """One read under way: the statements in front of it, then its own; `rows` are those of the last."""

    __slots__ = ("alone", "rows", "statements")

    def __init__(self, statements: tuple[Statement, ...], rows: asyncio.Future[list[Row]]) -> None:
        self.statements = statements
        self.rows = rows
        self.alone = False

    def fail(self, error: Exception) -> None:
        if not self.rows.done():
            self.rows.set_exception(error)


class _Step(NamedTuple):
    """One answer that the server owes: to a read; or, with None, to the Sync at the end of what was sent at once.

    `kind` is what it says something about, and `shows` that it is the one with the read's rows.
    """

    read: _Pending | None
    sent_at: float
    kind: Kind | None = None
    shows: bool = False


class PipelinedConnection:
    """A connection in pipeline mode. For use on one event loop, which calls it when there is something to read."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._loop = asyncio.get_running_loop()
        self._connection = connection
        self._pgconn = connection.pgconn
        self._pgconn.enter_pipeline_mode()
        self._statements = Statements(connection)
        self._unsent: list[_Pending] = []
        self._owed: deque[_Step] = deque()
        self._passed_over: list[_Pending] = []
        self._watch: asyncio.TimerHandle | None = None
        self.lost: psycopg.Error | None = None
        self._socket = self._pgconn.socket
        self._loop.add_reader(self._socket, self._receive)

    @property
    def is_slow(self) -> bool:
        """Whether it has waited for an answer for longer than a read here should take."""
        return bool(self._owed) and self._loop.time() - self._owed[0].sent_at > SLOW_AFTER_S

    @property
    def under_way(self) -> int:
        """How many answers the server owes."""
        return len(self._owed)

    def read(self, *statements: Statement) -> "asyncio.Future[list[Row]]":
        """The rows of the last statement; those before it, such as what names the tenant, run right in front of it."""
        rows: asyncio.Future[list[Row]] = self._loop.create_future()
        if self.lost is not None:
            rows.set_exception(self.lost)
            return rows
        self._send_soon(_Pending(statements, rows))
        return rows

    async def close(self) -> None:
        """Give it up; what waits fails."""
        self._lose(psycopg.OperationalError("the connection was closed"))
        await self._connection.close()

    def _send_soon(self, read: _Pending) -> None:
        if not self._unsent:
            self._loop.call_soon(self._send)
        self._unsent.append(read)

    def _send(self) -> None:
        """Everything that was asked for in this turn of the loop, in one piece."""
        unsent, self._unsent = self._unsent, []
        if self.lost is not None:
            return
        now = self._loop.time()
        try:
            in_force: tuple[Statement, ...] | None = None
            for read in unsent:
                if read.rows.done():  # nobody waits any more
                    continue
                in_force = self._send_read(read, in_force, now)
                if read.alone:
                    self._sync(now)
                    in_force = None
            if self._owed and self._owed[-1].read is not None:
                self._sync(now)
            if self._pgconn.flush() == _MORE_TO_SEND:
                self._loop.add_writer(self._socket, self._flush)
        except psycopg.OperationalError as error:
            self._lose(error)
            for read in unsent:  # some of them are owed nothing yet, so that nobody else would tell them
                read.fail(error)
            return
        if self._watch is None:
            self._watch = self._loop.call_later(_LOOK_EVERY_S, self._look)

    def _send_read(
        self, read: _Pending, in_force: tuple[Statement, ...] | None, now: float
    ) -> tuple[Statement, ...] | None:
        """Send a read, without what stands in front of it where that is in force from the read before; what is then."""
        before, own = read.statements[:-1], read.statements[-1:]
        try:
            bound = [self._statements.bind(each) for each in (own if before == in_force else read.statements)]
        except (psycopg.Error, ValueError) as error:
            read.fail(error)
            return in_force
        for statement in bound:
            for _ in range(self._statements.send(statement)):
                self._owed.append(_Step(read, now, statement.kind))
            self._owed.append(_Step(read, now, statement.kind, shows=statement is bound[-1]))
        return before

    def _sync(self, now: float) -> None:
        self._pgconn.pipeline_sync()
        self._owed.append(_Step(None, now))

    def _flush(self) -> None:
        """The socket takes more of what did not fit into it."""
        try:
            if self._pgconn.flush() != _MORE_TO_SEND:
                self._loop.remove_writer(self._socket)
        except psycopg.OperationalError as error:
            self._lose(error)

    def _receive(self) -> None:
        """Hand out the answers that are here."""
        pgconn, owed = self._pgconn, self._owed
        try:
            pgconn.consume_input()
            while owed and not pgconn.is_busy():
                result = pgconn.get_result()
                if result is None:  # the end of one statement's answer, or of everything
                    if pgconn.status == ConnStatus.BAD:
                        raise psycopg.OperationalError("the connection was lost")
                    owed.popleft()
                elif result.status == ExecStatus.PIPELINE_SYNC:
                    owed.popleft()
                    self._send_again()
                else:
                    self._take(owed[0], result)
        except psycopg.OperationalError as error:
            self._lose(error)

    def _take(self, step: _Step, result: PGresult) -> None:
        read = step.read
        if read is None:
            self._lose(psycopg.OperationalError("an answer came that nobody asked for"))
        elif error := self._statements.error(result):
            if step.kind is not None:
                self._statements.forget(step.kind)
            if result.status != ExecStatus.PIPELINE_ABORTED and not isinstance(error, OF_PREPARATION):
                read.fail(error)
            elif step.shows and not read.rows.done():
                self._passed_over.append(read)
        elif step.shows and not read.rows.done():
            try:
                read.rows.set_result(self._statements.rows(result))
            except (psycopg.Error, ValueError) as unreadable:
                read.fail(unreadable)

    def _send_again(self) -> None:
        """What the server has passed over because of an error before it: each by itself, so that no other matters."""
        passed_over, self._passed_over = self._passed_over, []
        for read in passed_over:
            if read.alone:
                read.fail(psycopg.OperationalError("the server passed over the statement"))
            else:
                read.alone = True
                self._send_soon(read)

    def _look(self) -> None:
        """uvloop drops a socket that reports an error, after one call and without a word: look, and register anew."""
        self._watch = None
        if self.lost is not None or not self._owed:
            return
        if self._loop.time() - self._owed[0].sent_at > DEADLINE_S:
            self._lose(psycopg.OperationalError(f"no answer within {DEADLINE_S:g} s"))
            return
        self._loop.remove_reader(self._socket)
        self._loop.add_reader(self._socket, self._receive)
        self._receive()
        if self.lost is None:
            self._watch = self._loop.call_later(_LOOK_EVERY_S, self._look)

    def _lose(self, error: psycopg.Error) -> None:
        if self.lost is not None:
            return
        self.lost = error
        if self._watch is not None:
            self._watch.cancel()
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        for read in (*(step.read for step in self._owed if step.read), *self._unsent, *self._passed_over):
            read.fail(error)
        self._owed.clear()
        self._pgconn.finish()


class Pipeline:
    """Short reads of one kind of connection: one connection as long as it keeps up, a few where it does not."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._connections: list[PipelinedConnection] = []
        self._opening: asyncio.Task[PipelinedConnection] | None = None

    async def read(self, *statements: Statement) -> list[Row]:
        """The rows of the last statement; those before it run right in front of it. Raises what psycopg raises."""
        connection = self._free() or await self._open()
        return await connection.read(*statements)

    async def close(self) -> None:
        """Give all connections up."""
        if self._opening is not None:
            self._opening.cancel()
        for connection in self._connections:
            await connection.close()

    def _free(self) -> PipelinedConnection | None:
        """One that keeps up; the least busy one where there are enough; None to have another one opened."""
        for connection in self._connections:
            if connection.lost is not None:
                self._connections = [each for each in self._connections if each.lost is None]
                return self._free()
            if not connection.is_slow:
                return connection
        return self._least_busy() if len(self._connections) >= MOST_CONNECTIONS else None

    def _least_busy(self) -> PipelinedConnection | None:
        alive = (connection for connection in self._connections if connection.lost is None)
        return min(alive, key=lambda connection: connection.under_way, default=None)

    async def _open(self) -> PipelinedConnection:
        """Another connection, or a slow one where there can be no other; whoever asks meanwhile waits for the same."""
        if self._opening is None:
            self._opening = asyncio.create_task(self._opened(), name="open-pipeline")
            self._opening.add_done_callback(_seen)
        try:
            return await asyncio.shield(self._opening)
        except psycopg.OperationalError:
            slow = self._least_busy()
            if slow is None:
                raise
            return slow

    async def _opened(self) -> PipelinedConnection:
        try:
            connection = PipelinedConnection(await self._connect())
            self._connections.append(connection)
            return connection
        finally:
            self._opening = None


def _seen(opening: asyncio.Task[PipelinedConnection]) -> None:
    """Whoever waited for it may have gone: then nobody else asks why it failed."""
    if not opening.cancelled():
        opening.exception()
