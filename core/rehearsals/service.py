"""The rules about rehearsals: who may have a key refused, when, and for how long."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core.audit.service import audit
from core.deprecations.service import deprecations
from core.errors import FieldError, RehearsalExists, RehearsalNotFound, Unprocessable
from core.infra.context import infrastructure
from core.infra.db import session
from core.infra.paging import pair_in, sliced
from core.keys.service import keys
from core.kit import ids
from core.kit.principal import Principal
from core.kit.slices import Slice
from core.organizations.service import organizations
from core.rehearsals.repository import RehearsalRepository
from core.rehearsals.types import Refusal, RehearsalRow, RehearsalState

FURTHEST: Final = timedelta(days=30)
"""How far ahead a rehearsal can be scheduled."""

_CURSOR: Final = b"rehearsals by age"
_NOT_FOUND: Final = "There is no rehearsal with this id."


class Rehearsals:
    """Whoever may change a key may rehearse the Sunset with it. Every method needs a unit of work."""

    async def create(
        self, principal: Principal, key_id: str, *, starts_at: datetime | None, duration_seconds: int
    ) -> RehearsalRow:
        """A window in which versions that end refuse the key; from now on where no start is given.

        Raises `ApiKeyNotFound`, `Forbidden`, `InsufficientScope`, `ApiKeyRevoked`, `Unprocessable` for a time that does
        not fit, and `RehearsalExists` while another one of the key runs or will.
        """
        key = await keys.workable(principal, key_id)
        now = _now()
        start = now if starts_at is None else starts_at
        _check_start(start, now)
        repository = await _repository(principal)
        if await repository.is_open(key.id, now=now):
            raise RehearsalExists("A rehearsal of this key runs or is scheduled.")
        made = RehearsalRow(
            id=ids.new_id(),
            api_key_id=key.id,
            starts_at=start,
            ends_at=start + timedelta(seconds=duration_seconds),
            created_at=now,
            created_by=principal.principal_id,
            cancelled_at=None,
        )
        await repository.add(made)
        audit.record(principal, "rehearsal.created", target=("rehearsal", made.id), after=_recorded(made))
        infrastructure().changes.announce(key.id)
        return made

    async def list(self, principal: Principal, *, limit: int, cursor: str | None = None) -> Slice[RehearsalRow]:
        """A page of the organisation's rehearsals, the newest first, those that are over included."""
        bound_to = _CURSOR + principal.organization_id.bytes
        after = pair_in(cursor, bound_to, datetime, UUID)
        rows = await (await _repository(principal)).page(limit=limit + 1, after=after)
        return sliced(rows, limit, bound_to, lambda last: (last.created_at, last.id))

    async def get(self, principal: Principal, rehearsal_id: str, *, lock: bool = False) -> RehearsalRow:
        """One rehearsal. With `lock` it stays as it is until the transaction ends. Raises `RehearsalNotFound`."""
        try:
            id_ = ids.decode("rhs", rehearsal_id)
        except ids.InvalidId:
            raise RehearsalNotFound(_NOT_FOUND) from None
        row = await (await _repository(principal)).get(id_, lock=lock)
        if row is None:
            raise RehearsalNotFound(_NOT_FOUND)
        return row

    async def cancel(self, principal: Principal, rehearsal_id: str) -> None:
        """End a rehearsal before its time; one that is over stays as it is.

        Raises `RehearsalNotFound` and `Forbidden`. Ending it does no harm, so it takes no right to the key itself.
        """
        row = await self.get(principal, rehearsal_id, lock=True)
        await organizations.require(principal, "keys.change")
        now = _now()
        if row.state(now) not in ("scheduled", "running"):
            return
        await (await _repository(principal)).cancel(row.id, at=now)
        audit.record(principal, "rehearsal.cancelled", target=("rehearsal", row.id), before=_recorded(row))
        infrastructure().changes.announce(row.api_key_id)

    async def refusals(self, principal: Principal, rehearsal_id: str) -> Sequence[Refusal]:
        """What a rehearsal has refused, up to a few seconds ago; most calls first. Raises `RehearsalNotFound`."""
        row = await self.get(principal, rehearsal_id)
        return await (await _repository(principal)).refusals(row.id)

    async def note_refusals(self, principal: Principal, refusals: Sequence[Refusal]) -> None:
        """Add calls that were refused to keys of the principal's organisation."""
        await (await _repository(principal)).add_refusals(refusals)

    def state(self, row: RehearsalRow) -> RehearsalState:
        """Where a rehearsal stands now."""
        return row.state(_now())


def _check_start(start: datetime, now: datetime) -> None:
    sunset = max((version.sunset_at for version in deprecations.endings().values()), default=None)
    if start < now:
        error = FieldError("in_the_past", "must lie in the future; null begins now", pointer="/starts_at")
        raise Unprocessable("A rehearsal cannot begin before now.", errors=[error])
    if start > now + FURTHEST:
        error = FieldError("too_far", f"must lie within {FURTHEST.days} days", pointer="/starts_at")
        raise Unprocessable("A rehearsal cannot be scheduled so far ahead.", errors=[error])
    if sunset is None or start > sunset or deprecations.clock.now() > sunset:
        error = FieldError("after_sunset", "must lie before the Sunset", pointer="/starts_at")
        raise Unprocessable("No version ends after that time, so there is nothing to rehearse.", errors=[error])


def _recorded(row: RehearsalRow) -> dict[str, Any]:
    """What the audit log keeps of a rehearsal."""
    return {
        "key_id": ids.encode("key", row.api_key_id),
        "starts_at": row.starts_at.isoformat(),
        "ends_at": row.ends_at.isoformat(),
    }


def _now() -> datetime:
    return infrastructure().clock.now()


async def _repository(principal: Principal) -> RehearsalRepository:
    return RehearsalRepository(await session(), principal)


rehearsals: Final = Rehearsals()
