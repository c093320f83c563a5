"""What the newsroom publishes: articles, their edits and removals, and where they are listed."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Final, Literal

from core.sandbox.outlets import GUARDIAN_SECTIONS, Outlet
from core.sandbox.writing import Story

Form = Literal["link", "self", "ask", "show", "job"]

MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SLUG_LENGTH: Final = 72


@dataclass(frozen=True, slots=True)
class Edit:
    """From `at` on the article reads like `story`."""

    at: datetime
    story: Story


@dataclass(frozen=True, slots=True)
class Article:
    """An article over its whole life. `key` is unique in the newsroom, `url` is the canonical address."""

    key: str
    outlet: Outlet
    story: Story
    published_at: datetime
    url: str
    image: str | None = None
    signed: bool = True
    edits: tuple[Edit, ...] = ()
    removed_at: datetime | None = None
    bait: str | None = None

    def story_at(self, instant: datetime) -> Story:
        """What the article reads like at `instant`."""
        return next((edit.story for edit in reversed(self.edits) if edit.at <= instant), self.story)

    def updated_at(self, instant: datetime) -> datetime:
        """When the article last changed, as seen from `instant`."""
        return next((edit.at for edit in reversed(self.edits) if edit.at <= instant), self.published_at)

    def removed_by(self, instant: datetime) -> bool:
        """Whether the article has been taken down at `instant`."""
        return self.removed_at is not None and self.removed_at <= instant

    @property
    def author(self) -> str | None:
        """Who wrote it; some articles are unsigned."""
        return self.story.byline if self.signed else None


@dataclass(frozen=True, slots=True)
class Listing:
    """An article as one channel lists it: its link may carry tracking parameters, its serial number makes ids."""

    article: Article
    channel: str
    url: str
    listed_at: datetime
    form: Form = "link"
    serial: int = 0

    def changed_at(self, instant: datetime) -> datetime:
        """The later of being listed and being edited, as seen from `instant`."""
        return max(self.listed_at, self.article.updated_at(instant))


def slug_of(title: str, fallback: str) -> str:
    """The title as a path segment; `fallback` where nothing of it is ASCII."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")[:_SLUG_LENGTH].strip("-")
    return slug if len(slug) > len(title) // 3 else fallback


def address_of(outlet: Outlet, desk: str, published_at: datetime, slug: str) -> str:
    """The canonical URL, in the shape that each outlet's site uses."""
    day = published_at
    if outlet.id == "guardian":
        section, _ = GUARDIAN_SECTIONS[desk]
        return f"https://{outlet.host}/{section}/{day.year}/{MONTHS[day.month - 1]}/{day.day:02}/{slug}"
    return f"https://{outlet.host}/{desk}/{day:%Y/%m/%d}/{slug}"


def html_of(story: Story, *, bait: str = "", image_url: str | None = None) -> str:
    """The story as the HTML that a feed or the Guardian's `body` field carries; `bait` comes after the lead."""
    paragraphs = [f"<p>{escape(paragraph, quote=False)}</p>" for paragraph in story.paragraphs]
    paragraphs.insert(1, bait)
    figure = f'<figure><img src="{escape(image_url)}" alt=""></figure>' if image_url else ""
    standfirst = f"<p><em>{escape(story.standfirst, quote=False)}</em></p>" if story.standfirst else ""
    return figure + standfirst + "".join(paragraphs)
