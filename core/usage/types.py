"""Usage as the rest of the product sees it."""

from dataclasses import dataclass
from datetime import date, datetime
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


class ElementCounted(NamedTuple):
    """How often one principal used one element of an operation on one day; see `core.contract.elements.Element`."""

    day: date
    principal_id: UUID
    version: str
    operation: str
    kind: str
    name: str
    value: str
    calls: int
    last_call_at: datetime


class ElementUsage(NamedTuple):
    """Calls that used one element of an operation, summed over some days.

    `kind` is operation, parameter, member, enum or media_type; `name` the parameter's or the JSON pointer of a member
    of the request body; `value` the enum value or the media type. `last_call_at` is right to 5 s.
    """

    principal_id: UUID
    version: str
    operation: str
    kind: str
    name: str
    value: str
    calls: int
    last_call_at: datetime


class CallerUsage(NamedTuple):
    """What any caller of the instance used, as the operator sees it. Kind and name are None for one that is gone."""

    organization_slug: str
    principal_id: UUID
    principal_kind: str | None
    principal_name: str | None
    version: str
    operation: str
    kind: str
    name: str
    value: str
    calls: int
    last_call_at: datetime


class Totals(NamedTuple):
    """All calls of a span of days."""

    calls: int
    errors: int
    cost: int
