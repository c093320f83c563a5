"""How well the instance keeps to its documents: written down in batches by every process, read by operation."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from core.conformance.repository import ConformanceRepository
from core.conformance.types import ConformanceFilter, Examined, OperationConformance
from core.infra.context import infrastructure
from core.infra.db import session
from core.infra.paging import pair_in, sliced
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
        after = pair_in(cursor, bound_to, str, str)
        since = infrastructure().clock.now().date() - timedelta(days=wanted.days - 1)
        found = await ConformanceRepository(await session()).by_operation(
            wanted, since=since, limit=limit + 1, after=after
        )
        return sliced(found, limit, bound_to, lambda last: (last.version, last.operation))


conformance: Final = Conformance()
