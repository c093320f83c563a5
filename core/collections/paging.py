"""Where a page of lists, items or people goes on."""

from uuid import UUID

from core.collections.repository import After
from core.errors import InvalidCursor
from core.infra.context import infrastructure
from core.kit import cursor as cursors


def position_of(cursor: str, bound_to: bytes, kind: type) -> After:
    """The sort value, which is a `kind`, and the id in a cursor. Raises `InvalidCursor`."""
    try:
        position = infrastructure().cursors.decode(cursor, bound_to=bound_to)
    except cursors.InvalidCursor:
        position = ()
    match position:
        case (value, UUID() as id_) if isinstance(value, kind):
            return value, id_  # type: ignore[return-value]  # `kind` is one of the types of `After`
    raise InvalidCursor("The cursor belongs to another list, or was changed.")
