"""What the commands print: tables on a terminal, plain lines elsewhere, JSON when asked for."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from rich.console import Console  # loaded by who prints with it

Row = Mapping[str, Any]


@cache
def stdout() -> "Console":
    """Where results go."""
    return _console()


@cache
def stderr() -> "Console":
    """Where complaints go."""
    return _console(stderr=True)


def _console(*, stderr: bool = False) -> "Console":
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """One line, as it is."""
    sys.stdout.write(text + "\n")


def complain(text: str) -> None:
    """One line about what went wrong, on stderr."""
    from rich.text import Text

    stderr().print(Text(f"tidings: {' '.join(text.split())}", style="red" if stderr().is_terminal else ""))


def print_json(value: Any) -> None:
    """A value as one JSON document: indented on a terminal, on one line elsewhere."""
    option = orjson.OPT_INDENT_2 if stdout().is_terminal else 0
    sys.stdout.write(orjson.dumps(value, option=option | orjson.OPT_UTC_Z).decode() + "\n")


def show_rows(rows: Sequence[Row], columns: Sequence[str], *, as_json: bool, empty: str) -> None:
    """A list: as JSON with every member, else only `columns`, as a table or as lines with tabs between the values."""
    if as_json:
        print_json(rows)
    elif not rows:
        say(empty)
    elif stdout().is_terminal:
        _show_table(rows, columns)
    else:
        for row in rows:
            say("\t".join(as_text(row[column]) for column in columns))


def _show_table(rows: Sequence[Row], columns: Sequence[str]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(Text(as_text(row[column])) for column in columns))
    stdout().print(table)


def show_one(row: Row, *, as_json: bool) -> None:
    """One thing: as JSON, else a line for each member."""
    if as_json:
        print_json(row)
        return
    width = max(len(name) for name in row)
    for name, value in row.items():
        label = f"{name.replace('_', ' '):<{width}}  " if stdout().is_terminal else f"{name}\t"
        say(label + as_text(value))


def as_text(value: Any) -> str:
    """A value as people read it, on one line."""
    match value:
        case None:
            return "-"
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        case list() | tuple():
            return " ".join(str(item) for item in value)
        case Mapping():
            return " ".join(f"{name}={as_text(item)}" for name, item in value.items())
        case _:
            return " ".join(str(value).split())


@contextmanager
def working(text: str) -> Iterator[None]:
    """Shows on a terminal that something goes on until the block ends; silent elsewhere."""
    if not stdout().is_terminal:
        yield
        return
    from rich.text import Text

    with stdout().status(Text(text)):
        yield
