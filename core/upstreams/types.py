"""What every upstream client gives back, whatever its provider speaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

FailureState = Literal["failing", "throttled", "gone", "slow"]
FeedFormat = Literal["rss", "rdf", "atom", "json"]


@dataclass(frozen=True, slots=True)
class Draft:
    """One item as the provider gave it: parsed, not yet normalised.

    `provider_id` is unique and stable within its source. `content_html` and `summary` are untrusted markup as it came;
    `sections` are the provider's own words for where the item belongs. Times are aware UTC. A draft with `removed` is a
    tombstone: only its identity is meaningful.
    """

    provider_id: str
    url: str
    title: str
    summary: str | None
    content_html: str | None
    author: str | None
    image_url: str | None
    published_at: datetime | None
    updated_at: datetime | None
    language: str | None
    sections: tuple[str, ...]
    publisher: str | None
    removed: bool = False


@dataclass(frozen=True, slots=True)
class FeedInfo:
    """What a feed says about itself. `ttl_s` is in seconds; `language` is a BCP 47 tag as the feed wrote it."""

    title: str | None
    site_url: str | None
    format: FeedFormat
    language: str | None
    ttl_s: int | None


@dataclass(frozen=True, slots=True)
class Fetched:
    """The result of one poll.

    `cursor` is JSON-able and is handed back at the next poll (ETag, newest id, open pages…). `rejected` holds one short
    reason for each item that was skipped. `moved_to` is where the leading permanent redirects (301, 308) led: a
    temporary one ends the chain.
    `bytes_read` counts bytes on the wire, before decompression.
    """

    drafts: tuple[Draft, ...]
    cursor: dict[str, Any]
    outcome: Literal["ok", "not_modified"]
    http_status: int
    bytes_read: int
    requests: int
    rejected: tuple[str, ...]
    feed: FeedInfo | None
    moved_to: str | None
    quota_remaining: int | None


class UpstreamError(Exception):
    """A poll that brought nothing. `reason` is one short sentence for people, without any credential in it.

    `state` is what the source's health becomes; `retry_after_s` is the provider's own wish, in seconds.
    """

    def __init__(
        self,
        reason: str,
        *,
        state: FailureState = "failing",
        retry_after_s: int | None = None,
        http_status: int | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.state: FailureState = state
        self.retry_after_s = retry_after_s
        self.http_status = http_status


class Upstream(Protocol):
    """A provider's client. `config` is the source's own row, `cursor` what its last successful poll gave back."""

    kind: str

    async def fetch(self, *, config: Mapping[str, Any], cursor: Mapping[str, Any]) -> Fetched:
        """Poll once; raises UpstreamError when nothing could be had."""
        ...
