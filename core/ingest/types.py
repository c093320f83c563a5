"""What ingest works on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

ContentStatus = Literal["full", "excerpt"]

CATEGORIES: Final = (
    "business", "culture", "general", "health", "politics", "science", "sports", "technology", "world",
)  # fmt: skip
"""The categories of the documents; a test holds them against each other."""


@dataclass(frozen=True, slots=True)
class SourceProfile:
    """What normalising needs to know of a source. `category`, where set, is its owner's word and beats the items'."""

    id: UUID
    name: str
    language: str | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True)
class NormalisedArticle:
    """One item, ready to be stored: plain text is clean, markup is sanitised, times are aware UTC.

    `provider_hash`, `url_hash`, `fingerprint` and `content_hash` are 16-byte BLAKE2b digests: of the provider's id, of
    the canonical URL, of headline and lead as readers see them, and of the whole text (it tells an edit).
    """

    provider_id: str
    provider_hash: bytes
    url: str
    url_hash: bytes
    fingerprint: bytes
    title: str
    summary: str | None
    content_html: str | None
    content_text: str | None
    content_status: ContentStatus
    content_hash: bytes
    author: str | None
    image_url: str | None
    language: str
    category: str
    topics: tuple[str, ...]
    sentiment: dict[str, Any] | None
    publisher: str | None
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Batch:
    """The drafts of one poll after normalising: articles, tombstones (provider hashes) and a reason a rejected one."""

    articles: tuple[NormalisedArticle, ...]
    removals: tuple[bytes, ...]
    rejected: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MergeResult:
    """What a merge changed. `duplicate` counts items that were another origin of an article, known or in the batch."""

    new: int = 0
    updated: int = 0
    removed: int = 0
    duplicate: int = 0

    def __add__(self, other: "MergeResult") -> "MergeResult":
        return MergeResult(
            self.new + other.new,
            self.updated + other.updated,
            self.removed + other.removed,
            self.duplicate + other.duplicate,
        )

    @property
    def changed(self) -> bool:
        """Whether a reader could see a difference."""
        return bool(self.new or self.updated or self.removed or self.duplicate)
