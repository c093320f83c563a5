"""How well the instance keeps to its documents: written down in batches by every process, read by operation."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from core.conformance.repository import ConformanceRepository
from core.conformance.types import ConformanceFilter, Examined, OperationConformance
from core.errors import InvalidCursor
from core.infra.context import infrastructure
from core.infra.db import session
from core.kit import cursor as cursors
from core.kit.principal import Principal
from core.kit.slices import Slice

KEPT: Final = timedelta(days=90)
_CURSOR: Final = b"conformance "


class Conformance:
    """Every method needs a unit of work."""

    async def add(self, rows: Sequence[Examined]) -> None:
        """Add to what is there."""
        await ConformanceRepository(await session()).add(rows)

    async def forget(self, today: date) -> None:
        """Remove what is older than 90 days."""
        await ConformanceRepository(await session()).forget(before=today - KEPT)

    async def list(
        self, principal: Principal, wanted: ConformanceFilter, *, limit: int, cursor: str | None = None
    ) -> Slice[OperationConformance]:
        """A page of operations, in the order of version and name. Raises `InvalidCursor`."""
        bound_to = b"".join((_CURSOR, principal.organization_id.bytes, repr(wanted).encode()))
        after = None if cursor is None else _position(cursor, bound_to)
        since = infrastructure().clock.now().date() - timedelta(days=wanted.days - 1)
        found = await ConformanceRepository(await session()).by_operation(
            wanted, since=since, limit=limit + 1, after=after
        )
        if len(found) <= limit:
            return Slice(tuple(found))
        last = found[limit - 1]
        following = infrastructure().cursors.encode((last.version, last.operation), bound_to=bound_to)
        return Slice(tuple(found[:limit]), following)


def _position(cursor: str, bound_to: bytes) -> tuple[str, str]:
    try:
        version, operation = infrastructure().cursors.decode(cursor, bound_to=bound_to)
    except cursors.InvalidCursor:
        raise InvalidCursor("The cursor belongs to another list, or was changed.") from None
    return str(version), str(operation)


conformance: Final = Conformance()
