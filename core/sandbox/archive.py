"""Everything that an edition of the newsroom has published, channel by channel."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from core.sandbox.articles import Article, Edit, Form, Listing, address_of, slug_of
from core.sandbox.assignments import ASSIGNMENTS, CROSS_LISTINGS, EDITS, REMOVALS, WIRE_COPY, Assignment
from core.sandbox.bait import BAITED
from core.sandbox.chance import number
from core.sandbox.clock import EDITION_LENGTH, EPOCH
from core.sandbox.content.languages import LANGUAGES
from core.sandbox.content.types import Beat, Language
from core.sandbox.outlets import OUTLETS, Outlet
from core.sandbox.writing import Story, beats_of, write

TITLE_ATTEMPTS: Final = 40
RECENCY: Final = 1.4  # > 1 puts more of the articles into the last days, as on a real site


def illustration_of(key: str) -> str | None:
    """The path of an article's image below the origin: five of six have one, every fourth of those a PNG."""
    draw = number(key, "image", below=24)
    if draw < 4:
        return None
    return f"/images/{key}.{'png' if draw % 4 == 0 else 'svg'}"


def compose(language: Language, beat: Beat, name: str, titles: set[str]) -> tuple[Story, str]:
    """A story with a headline that is not among `titles`, and the name that it was written under."""
    for attempt in range(TITLE_ATTEMPTS):
        written_as = f"{name}/{attempt}"
        story = write(language, beat, written_as)
        if story.title not in titles:
            break
    titles.add(story.title)
    return story, written_as


def place(
    outlet: Outlet, key: str, story: Story, published_at: datetime, *, form: Form = "link", suffix: str = ""
) -> Article:
    """A story put on its outlet's site."""
    slug = slug_of(story.title, key) + suffix
    desk = story.desk if form == "link" else "posts"
    return Article(
        key=key,
        outlet=outlet,
        story=story,
        published_at=published_at,
        url=address_of(outlet, desk, published_at, slug),
        image=illustration_of(key) if form == "link" else None,
        signed=number(key, "signed", below=9) > 0,
        bait=BAITED.get(key),
    )


def feed_link(article: Article) -> str:
    """The link that the article's own feed carries: every fifth one has tracking parameters."""
    tracked = number(article.key, "tracked", below=5) == 0
    return f"{article.url}?utm_source=rss&utm_medium=feed&utm_campaign=daily" if tracked else article.url


class Archive:
    """The articles of one edition as they stand when it closes, oldest first in each channel."""

    def __init__(self, edition: int = 0) -> None:
        self.edition = edition
        self.epoch = EPOCH + edition * EDITION_LENGTH
        self._written: dict[str, tuple[Beat, str]] = {}
        titles: set[str] = set()
        articles = {article.key: article for task in ASSIGNMENTS for article in self._file(task, titles)}
        self.articles: Mapping[str, Article] = self._with_history(self._with_wire_copy(articles))
        self.channels: Mapping[str, Sequence[Listing]] = self._listed()

    def _file(self, task: Assignment, titles: set[str]) -> Iterable[Article]:
        outlet = OUTLETS[task.outlet]
        language = LANGUAGES[outlet.language]
        for index in range(task.count):
            key = f"{task.name}-{index:04}"
            beats = task.beats or beats_of(language, outlet.desk_for(index))
            beat = beats[(index + number(task.name, below=len(beats))) % len(beats)]
            story, written_as = compose(language, beat, f"{self.edition}/{key}", titles)
            self._written[key] = (beat, written_as)
            yield place(outlet, key, story, self._filed_at(task, index), form=task.form)

    def _filed_at(self, task: Assignment, index: int) -> datetime:
        jitter = number(task.name, index, "time", below=1000) / 1000
        age = timedelta(days=task.days) * math.pow((index + jitter) / task.count, RECENCY)
        newest = timedelta(minutes=2 + number(task.name, "newest", below=50))
        return (self.epoch - newest - age).replace(microsecond=0)

    def _with_wire_copy(self, articles: dict[str, Article]) -> dict[str, Article]:
        for first, second in WIRE_COPY:
            later = articles[first].published_at + timedelta(minutes=25)
            articles[second] = place(articles[second].outlet, second, articles[first].story, later)
        return articles

    def _with_history(self, articles: dict[str, Article]) -> dict[str, Article]:
        for key, offset in EDITS:
            article = articles[key]
            beat, written_as = self._written[key]
            language = LANGUAGES[article.outlet.language]
            story = write(language, beat, written_as, version=len(article.edits) + 1)
            articles[key] = replace(article, edits=(*article.edits, Edit(self.epoch + offset, story)))
        for key, offset in REMOVALS:
            articles[key] = replace(articles[key], removed_at=self.epoch + offset)
        return articles

    def _listed(self) -> dict[str, Sequence[Listing]]:
        channels: dict[str, list[Listing]] = {}
        for task in ASSIGNMENTS:
            shelf = channels.setdefault(task.channel, [])
            for index in range(task.count):
                article = self.articles[f"{task.name}-{index:04}"]
                link = feed_link(article) if task.channel.startswith("feed:") else article.url
                shelf.append(Listing(article, task.channel, link, article.published_at, task.form))
        for crossing in CROSS_LISTINGS:
            article = self.articles[crossing.key]
            later = article.published_at + timedelta(minutes=1)
            channels[crossing.channel].append(Listing(article, crossing.channel, article.url + crossing.query, later))
        return {channel: _numbered(shelf) for channel, shelf in channels.items()}


def _numbered(shelf: Iterable[Listing]) -> tuple[Listing, ...]:
    ordered = sorted(shelf, key=lambda listing: (listing.listed_at, listing.article.key))
    return tuple(replace(listing, serial=serial) for serial, listing in enumerate(ordered))
