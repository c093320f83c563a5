"""Drafts and normalised articles for tests, with only what a test is about spelt out."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from core.ingest.normalise import article_from
from core.ingest.types import NormalisedArticle, SourceProfile
from core.upstreams.types import Draft

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
NOBODY = UUID(int=0)
LEAD = "Three makers begin small series of the new cells this winter, and a factory in Leeds has started work."

_PLAIN = Draft(
    provider_id="1",
    url="https://www.example.org/1",
    title="Solid-state batteries leave the laboratory",
    summary=LEAD,
    content_html=None,
    author=None,
    image_url=None,
    published_at=NOW,
    updated_at=None,
    language=None,
    sections=(),
    publisher=None,
)


def draft(provider_id: str = "1", **members: Any) -> Draft:
    """A draft that can be stored; its URL follows its id."""
    return replace(_PLAIN, **{"provider_id": provider_id, "url": f"https://www.example.org/{provider_id}", **members})


def article(provider_id: str = "1", *, profile: SourceProfile | None = None, **members: Any) -> NormalisedArticle:
    """The article that such a draft makes."""
    return article_from(draft(provider_id, **members), profile or SourceProfile(NOBODY, "A source"), now=NOW)


def distinct(number: int, *, prefix: str = "story", **members: Any) -> NormalisedArticle:
    """An article like no other: its own id, address and words."""
    name = f"{prefix}-{number}"
    title = f"The council of {prefix} number {number} votes on bridge number {number} once more"
    return article(name, **{"title": title, "summary": f"Paragraph {number} of the {prefix}. {LEAD}", **members})
