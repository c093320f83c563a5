"""Versions that end, and what callers use of them, as the rest of the product sees them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal, NamedTuple
from uuid import UUID

from core.contract.replacements import Replacement

ReportScope = Literal["caller", "key", "organization"]


class OldOperation(NamedTuple):
    """An operation of a version that ends: operationId, METHOD, whole path template, and what replaces it."""

    name: str
    method: str
    path: str
    replacement: Replacement | None = None


class Way(NamedTuple):
    """Where something of an operation went: name (or pointer) and enum value there; a note says what else to know."""

    name: str | None = None
    value: str | None = None
    note: str | None = None


class EndingVersion(NamedTuple):
    """A version with a Sunset date. `operations` are by operationId, `successor` is the name of the next version.

    `policy_url` is the page that says how versions end.
    """

    name: str
    deprecated_at: datetime | None
    sunset_at: datetime
    successor: str | None
    policy_url: str
    operations: Mapping[str, OldOperation]


class UsedElement(NamedTuple):
    """Something of an ending version that was called; kind, name and value are those of `usage`.

    `calls_by_day` has the calls of each day of the report, the first day first.
    """

    version: str
    operation: str
    kind: str
    name: str
    value: str
    calls: int
    last_call_at: datetime
    calls_by_day: Sequence[int]


class OldCaller(NamedTuple):
    """A key or a person that still calls ending versions. Kind and name are None for one that was erased."""

    id: UUID
    kind: str | None
    name: str | None
    calls: int
    last_call_at: datetime


class Report(NamedTuple):
    """What of ending versions was called from `first` to `last` (days, UTC), by operation, the operation itself first.

    `callers` are those with the most calls; there are none where the report is about one caller.
    """

    scope: ReportScope
    first: date
    last: date
    elements: Sequence[UsedElement]
    callers: Sequence[OldCaller]
