"""SQL on libpq's pipeline mode: what a connection needs to send a statement without waiting for the one before it.

psycopg's cursors find out anew at each call what a statement is; here a statement is looked up. Beneath psycopg's own
pipelines, which need a cursor for each statement and a wait for each block: 60 µs less for a statement.
"""

import re
from collections import OrderedDict
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple, Protocol

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import FeatureNotSupported, InvalidSqlStatementName, error_from_result
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGresult

Row = tuple[Any, ...]

MOST_PREPARED: Final = 500
"""Of one connection. The product has about a hundred, some of them for several types of values."""

_PARAMETER: Final = re.compile(r"%(?:\((\w+)\)s|%)")
GOOD: Final = frozenset({ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK})
_BINARY: Final = Format.BINARY  # to look a member of an enumeration up takes as long as to call a function
# sent before anybody knew that it could not be prepared; prepared before a migration changed what it shows
OF_PREPARATION: Final = (InvalidSqlStatementName, FeatureNotSupported)


class Statement(NamedTuple):
    """SQL with `%(…)s` in it, and what stands for these."""

    text: str
    values: Mapping[str, Any]


class Asker(Protocol):
    """A connection, or a transaction: whatever a repository can ask."""

    async def ask(self, statement: Statement) -> list[Row]:
        """The rows that it gives."""
        ...


Kind = tuple[str, tuple[int, ...]]
"""What is prepared once: the text, and the types of its values."""


class Bound(NamedTuple):
    """A statement with its values as PostgreSQL reads them."""

    kind: Kind
    sql: bytes
    values: Any
    formats: Any


class Statements:
    """The statements of one connection, prepared as they come for the first time."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._pgconn = connection.pgconn
        self._transformer = Transformer(connection)
        self._names: OrderedDict[Kind, bytes] = OrderedDict()
        self._made = 0

    def bind(self, statement: Statement) -> Bound:
        """Raises `psycopg.DataError` and the like for a value that PostgreSQL has nothing for."""
        text, values = statement
        sql, names, formats = _numbered(text)
        if not names:
            return Bound((text, ()), sql, (), ())
        transformer = self._transformer
        given = transformer.dump_sequence([values[name] for name in names], formats)
        return Bound((text, transformer.types or ()), sql, given, transformer.formats)

    def send(self, bound: Bound) -> int:
        """Send it, and give the number of answers that come before its own: one where it had to be prepared, or two."""
        name, before = self._names.get(bound.kind), 0
        if name is None:
            self._made += 1
            name = self._names[bound.kind] = b"tidings_%d" % self._made
            self._pgconn.send_prepare(name, bound.sql, param_types=bound.kind[1])
            before = 1
            if len(self._names) > MOST_PREPARED:
                self._pgconn.send_close_prepared(self._names.popitem(last=False)[1])
                before = 2
        else:
            self._names.move_to_end(bound.kind)
        self._pgconn.send_query_prepared(name, bound.values, param_formats=bound.formats, result_format=_BINARY)
        return before

    def forget(self, kind: Kind) -> None:
        """It may not have been prepared: the next time it is, under another name."""
        self._names.pop(kind, None)

    def forget_all(self) -> None:
        """Nothing is prepared any more."""
        self._names.clear()

    def rows(self, result: PGresult) -> list[Row]:
        """The rows of a good result. Raises `psycopg.DataError` for what cannot be read."""
        if not result.ntuples:
            return []
        self._transformer.set_pgresult(result)
        return self._transformer.load_rows(0, result.ntuples, tuple)

    def error(self, result: PGresult) -> psycopg.Error | None:
        """What the result says has gone wrong."""
        if result.status in GOOD:
            return None
        return error_from_result(result, encoding=self._transformer.encoding)


@lru_cache(maxsize=1024)
def _numbered(text: str) -> tuple[bytes, tuple[str, ...], list[PyFormat]]:
    """The SQL with `$1`, `$2` … in place of `%(…)s`, the names in their order, and the form in which each is given."""
    names: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        name = found[1]
        return "%" if name is None else f"${names.setdefault(name, len(names) + 1)}"

    sql = _PARAMETER.sub(number, text).encode()
    return sql, tuple(names), [PyFormat.AUTO] * len(names)
