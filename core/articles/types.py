"""Articles as they are asked for, and as they are given."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from core.kit.slices import Slice

Version = Literal["v1", "v2"]
"""The versions of the API whose lists are rendered when an article is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleQuery:
    """What to list: the filters narrow together, and None leaves one out.

    `source` is a slug or a `src_` id, `feed` a `feed_` id, `q` words as `websearch_to_tsquery` reads them. `from_` is
    inclusive and `to` is not; both are times of publication. `sort` is `published_at` or `ingested_at`, with `-` for
    newest first. `count` asks for a total: `estimate` stops counting early.
    """

    category: str | None = None
    source: str | None = None
    feed: str | None = None
    q: str | None = None
    language: str | None = None
    from_: datetime | None = None
    to: datetime | None = None
    sort: str = "-published_at"
    limit: int = 20
    cursor: str | None = None
    count: str | None = None

    @property
    def ascending(self) -> bool:
        """Whether the oldest come first."""
        return not self.sort.startswith("-")

    @property
    def by_ingestion(self) -> bool:
        """Whether the time of ingestion sorts, not that of publication."""
        return self.sort.endswith("ingested_at")

    @property
    def has_filters(self) -> bool:
        """Whether anything narrows the list."""
        filters = (self.category, self.source, self.feed, self.q, self.language, self.from_, self.to)
        return any(value is not None for value in filters)


class ArticleRow(NamedTuple):
    """One article with its source. The texts are None in lists, and where the source has removed the article."""

    id: UUID
    title: str
    summary: str | None
    url: str
    author: str | None
    image_url: str | None
    language: str
    category: str
    topics: list[str]
    published_at: datetime
    ingested_at: datetime
    content_updated_at: datetime
    content_status: str
    sentiment: dict[str, Any] | None
    revision: int
    provider_id: str
    publisher: str | None
    origin_count: int
    source_id: UUID
    source_slug: str
    source_name: str
    source_kind: str
    content_html: str | None = None
    content_text: str | None = None


FragmentRow = tuple[str, str, str, str, str, UUID, datetime]
"""One article of a list as JSON: its fragment; id, slug, name and kind of the source; its id, and the time that sorts.

In the fragment `SOURCE_MARK` stands where the source belongs, and in v2's `FEED_MARK` where the feed's id does: both
are characters that JSON escapes. A plain tuple, because twenty of a named one take as long as the whole page to join.
"""

SOURCE_MARK: Final = "\x01"
FEED_MARK: Final = "\x02"


class RevisionRow(NamedTuple):
    """What an article said from `seen_from` on, until `replaced_at` (None: it still says it)."""

    revision: int
    title: str
    summary: str | None
    content_text: str | None
    content_status: str
    seen_from: datetime
    replaced_at: datetime | None


class SourceRow(NamedTuple):
    """What a list needs to know of the source that it is narrowed to."""

    organization_id: UUID
    id: UUID
    name: str
    state: str
    state_reason: str | None


@dataclass(frozen=True, slots=True)
class Total:
    """The length of a whole list; `gte` where counting stopped early."""

    value: int
    relation: Literal["eq", "gte"]


@dataclass(frozen=True, slots=True)
class ArticleList(Slice[ArticleRow]):
    """A page of articles; `total` where it was asked for.

    `fragments`, where it is not None, stands in place of `rows`: the articles as JSON of the version asked for.
    """

    total: Total | None = None
    fragments: Sequence[FragmentRow] | None = None
