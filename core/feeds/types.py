"""What the feeds feature gives away."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from core.sources.types import FetchOutcome, SourceState


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A feed as its subscriber sees it."""

    id: UUID
    slug: str
    url: str
    site_url: str | None
    title: str | None
    format: str | None
    category: str | None
    language: str | None
    state: SourceState
    state_reason: str | None
    article_count: int
    last_fetch_at: datetime | None
    next_fetch_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def paused(self) -> bool:
        return self.state == "paused"


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a new feed begins with. `url` is canonical and allowed; only a custom title outlasts a fetch."""

    url: str
    original_url: str
    title: str | None = None
    title_is_custom: bool = False
    category: str | None = None
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FeedRefresh:
    """A fetch that was asked for."""

    feed_id: UUID
    status: Literal["queued", "already_queued"]
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class FetchRow:
    """One entry of the fetch log."""

    started_at: datetime
    duration_ms: int
    outcome: FetchOutcome
    state: SourceState
    reason: str | None
    http_status: int | None
    bytes_read: int
    items_seen: int
    items_new: int
    items_updated: int
    items_removed: int
    items_rejected: int


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """The state of a feed and its latest fetches, newest first."""

    feed_id: UUID
    state: SourceState
    state_reason: str | None
    consecutive_failures: int
    poll_interval_seconds: int
    last_fetch_at: datetime | None
    last_success_at: datetime | None
    next_fetch_at: datetime | None
    fetches: tuple[FetchRow, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of one feed of an OPML document. `code` is that of the error that refused it."""

    url: str
    title: str | None
    status: Literal["created", "existing", "rejected"]
    feed_id: UUID | None = None
    code: str | None = None
    detail: str | None = None
