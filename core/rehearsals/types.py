"""Rehearsals as the rest of the product sees them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

RehearsalState = Literal["scheduled", "running", "ended", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalRow:
    """One rehearsal of a key, from `starts_at` up to `ends_at` or until it was cancelled."""

    id: UUID
    api_key_id: UUID
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    created_by: UUID
    cancelled_at: datetime | None

    def state(self, now: datetime) -> RehearsalState:
        """Where it stands."""
        if self.cancelled_at is not None:
            return "cancelled"
        if now < self.starts_at:
            return "scheduled"
        return "running" if now < self.ends_at else "ended"


class Refusal(NamedTuple):
    """Calls of one operation that a rehearsal refused: `version` is `v1`, `operation` the operationId."""

    rehearsal_id: UUID
    version: str
    operation: str
    calls: int
    first_at: datetime
    last_at: datetime
