"""What the sources feature gives away."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

SourceKind = Literal["newsapi", "guardian", "reddit", "hackernews", "feed"]
SourceState = Literal["pending", "healthy", "slow", "failing", "moved", "gone", "throttled", "paused"]
FetchOutcome = Literal["ok", "not_modified", "failed"]


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source as its readers see it. Quota members are null where the upstream sets no bound."""

    id: UUID
    organization_id: UUID
    slug: str
    name: str
    kind: SourceKind
    state: SourceState
    state_reason: str | None
    article_count: int
    last_fetch_at: datetime | None
    next_fetch_at: datetime | None
    quota_limit: int | None
    quota_remaining: int | None
    quota_resets_at: datetime | None


@dataclass(frozen=True, slots=True)
class SourceGroup:
    """Sources of one kind in one state: how many, what they have brought, and when one of them was last asked."""

    kind: SourceKind
    state: SourceState
    count: int
    article_count: int
    last_fetch_at: datetime | None


@dataclass(frozen=True, slots=True)
class PollTarget:
    """What a poll needs to know. `url` is a feed's address; `cursor` is what the last poll left."""

    id: UUID
    kind: SourceKind
    name: str
    language: str | None
    category: str | None
    config: dict[str, Any]
    cursor: dict[str, Any]
    url: str | None
    state: SourceState
    consecutive_failures: int


@dataclass(frozen=True, slots=True)
class Quota:
    """What an upstream still grants: `remaining` of `limit` requests until `resets_at`."""

    limit: int
    remaining: int | None
    resets_at: datetime | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a poll means for its source. `next_fetch_at` is null for one that is gone."""

    state: SourceState
    reason: str | None
    next_fetch_at: datetime | None
    consecutive_failures: int


@dataclass(frozen=True, slots=True)
class PollReport:
    """One poll as the fetch log keeps it."""

    started_at: datetime
    duration_ms: int
    outcome: FetchOutcome
    http_status: int | None = None
    requests: int = 0
    bytes_read: int = 0
    items_seen: int = 0
    items_new: int = 0
    items_updated: int = 0
    items_removed: int = 0
    items_rejected: int = 0
