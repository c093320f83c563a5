"""Pages by cursor: where a page begins, and what it shows of the rows that were read for it.

A cursor holds the sort values of the last row that was shown, and is good for the list that `bound_to` stands for.
"""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar, cast

from core.errors import InvalidCursor
from core.infra.context import infrastructure
from core.kit import cursor as cursors
from core.kit.slices import Slice

Row = TypeVar("Row")
First = TypeVar("First")
Second = TypeVar("Second")

FOREIGN_CURSOR: Final = "The cursor belongs to another list, or was changed."


def value_in(cursor: str | None, bound_to: bytes, kind: type[First]) -> First | None:
    """The one sort value in a cursor; None for the first page. Raises `InvalidCursor`."""
    return None if cursor is None else cast("First", _decoded(cursor, bound_to, kind)[0])


def pair_in(
    cursor: str | None, bound_to: bytes, first: type[First], second: type[Second]
) -> tuple[First, Second] | None:
    """The two sort values in a cursor; None for the first page. Raises `InvalidCursor`."""
    return None if cursor is None else cast("tuple[First, Second]", _decoded(cursor, bound_to, first, second))


def sliced(rows: Sequence[Row], limit: int, bound_to: bytes, place: Callable[[Row], cursors.Position]) -> Slice[Row]:
    """The first `limit` of `rows`. Where there is one more, a cursor leads on from `place` of the last one shown."""
    if len(rows) <= limit:
        return Slice(tuple(rows))
    return Slice(tuple(rows[:limit]), infrastructure().cursors.encode(place(rows[limit - 1]), bound_to=bound_to))


def _decoded(cursor: str, bound_to: bytes, *kinds: type) -> cursors.Position:
    try:
        values = infrastructure().cursors.decode(cursor, bound_to=bound_to)
    except cursors.InvalidCursor:
        raise InvalidCursor(FOREIGN_CURSOR) from None
    if len(values) != len(kinds) or not all(map(isinstance, values, kinds)):
        raise InvalidCursor(FOREIGN_CURSOR)
    return values
