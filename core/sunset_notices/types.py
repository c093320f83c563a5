"""Sunset notices as the rest of the product sees them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

LetterState = Literal["queued", "sent", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SunsetNotice:
    """That an organisation still calls a version that ends.

    `days` is which of the notices it is (90, 30, 7 or 1), `days_left` how many days there were when it was made;
    `calls` are those of the keys `api_key_ids` on the last 30 days.
    """

    organization_id: UUID
    id: UUID
    version: str
    sunset_at: datetime
    days: int
    days_left: int
    api_key_ids: tuple[UUID, ...]
    calls: int
    created_at: datetime


class CallingKey(NamedTuple):
    """A working key that calls a version that ends, and how often it did on the last 30 days."""

    id: UUID
    name: str
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SunsetLetter:
    """The mail of a notice to one person. `email` is None for who is no member any more."""

    id: UUID
    notice: SunsetNotice
    organization: str
    email: str | None
    name: str | None
    delivery_state: LetterState
