"""Audit events as the rest of the product sees them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypedDict
from uuid import UUID

Target = tuple[str, UUID | str]
"""What an action was done to: its kind (`feed`, `api_key`) and its id, as a UUID or as clients see it."""


class Event(TypedDict):
    """One change, on its way into the log of the organisation."""

    id: UUID
    principal_id: UUID
    actor_kind: str
    actor_id: str
    action: str
    target_kind: str
    target_id: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    address: str | None
    request_id: str | None
    operation: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """One entry of the log. `hash` covers the entry and the hash of the one before it."""

    sequence: int
    id: UUID
    at: datetime
    actor_kind: str
    actor_id: str
    actor_name: str | None
    action: str
    target_kind: str
    target_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    address: str | None
    request_id: str | None
    operation: str | None
    hash: bytes


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries: None says nothing. `since` is included, `until` is not."""

    actor: str | None = None
    action: str | None = None
    target: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    request_id: str | None = None

    def given(self) -> dict[str, Any]:
        """Only what is asked for."""
        return {name: value for name in self.__slots__ if (value := getattr(self, name)) is not None}


class Head(NamedTuple):
    """How long a log is and what its last entry hashes to: note it down elsewhere, and nobody can rewrite the log."""

    length: int
    hash: bytes


class Verdict(NamedTuple):
    """What the verification of one organisation's log found; `broken_at` is the first wrong place."""

    organization_id: UUID
    head: Head
    broken_at: int | None = None
    reason: str | None = None
