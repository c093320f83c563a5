"""Usage as the rest of the product sees it."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple
from uuid import UUID

Grouping = Literal["day", "operation", "principal"]


class Counted(NamedTuple):
    """How often one principal called one operation on one day. `errors` are answers of 400 and above."""

    day: date
    operation: str
    version: str
    principal_id: UUID
    calls: int
    errors: int
    cost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRow:
    """Calls of one group: only the members that the grouping names have a value."""

    calls: int
    errors: int
    cost: int
    day: date | None = None
    operation: str | None = None
    version: str | None = None
    principal_id: UUID | None = None
    principal_kind: str | None = None
    principal_name: str | None = None


class Totals(NamedTuple):
    """All calls of a span of days."""

    calls: int
    errors: int
    cost: int
