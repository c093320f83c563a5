"""What is known about an edition, computed from its content: tests assert on this and never on copied numbers."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from core.sandbox.archive import Archive
from core.sandbox.articles import Listing
from core.sandbox.assignments import WIRE_COPY
from core.sandbox.bait import BAIT
from core.sandbox.feeds.catalogue import FEEDS


@dataclass(frozen=True, slots=True)
class SameUrl:
    """One canonical URL that several channels list, each with its own query string."""

    url: str
    title: str
    channels: tuple[str, ...]
    listed_as: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SameText:
    """One text that stands under two addresses."""

    title: str
    urls: tuple[str, str]
    channels: tuple[str, str]


@dataclass(frozen=True, slots=True)
class KnownEdit:
    """From `at` (RFC 3339) on an article reads differently."""

    url: str
    channel: str
    at: str
    title_before: str
    title_after: str


@dataclass(frozen=True, slots=True)
class KnownRemoval:
    """From `at` (RFC 3339) on an article is gone."""

    url: str
    channel: str
    at: str
    title: str


@dataclass(frozen=True, slots=True)
class KnownFeed:
    """A feed and how it behaves; `items` is what it lists when the edition closes."""

    name: str
    path: str
    format: str
    language: str
    behaviour: str
    items: int


@dataclass(frozen=True, slots=True)
class KnownBait:
    """An article whose HTML holds what a sanitiser has to remove."""

    url: str
    channel: str
    kind: str
    html: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The facts of an edition at its close. Counts are of distinct articles unless they say `listings`."""

    edition: int
    epoch: str
    articles: int
    outlets: int
    articles_by_language: dict[str, int]
    articles_by_desk: dict[str, int]
    listings_by_channel: dict[str, int]
    tracked_links: int
    same_url: tuple[SameUrl, ...]
    same_text: tuple[SameText, ...]
    edits: tuple[KnownEdit, ...]
    removals: tuple[KnownRemoval, ...]
    feeds: tuple[KnownFeed, ...]
    bait: tuple[KnownBait, ...]


def manifest_of(archive: Archive) -> Manifest:
    """The facts of an edition."""
    articles = archive.articles.values()
    listings = [listing for shelf in archive.channels.values() for listing in shelf]
    home = {listing.article.key: listing.channel for listing in listings if not _crossing(listing)}
    return Manifest(
        edition=archive.edition,
        epoch=archive.epoch.isoformat(),
        articles=len(archive.articles),
        outlets=len({article.outlet.id for article in articles}),
        articles_by_language=_counted(article.outlet.language for article in articles),
        articles_by_desk=_counted(article.story.desk for article in articles),
        listings_by_channel={channel: len(shelf) for channel, shelf in archive.channels.items()},
        tracked_links=sum("?" in listing.url for listing in listings),
        same_url=_same_urls(listings),
        same_text=tuple(_same_text(archive, home, first, second) for first, second in WIRE_COPY),
        edits=_edits(archive, home),
        removals=_removals(archive, home),
        feeds=tuple(_feed(archive, name) for name in FEEDS),
        bait=tuple(
            KnownBait(article.url, home[article.key], article.bait, BAIT[article.bait])
            for article in articles
            if article.bait
        ),
    )


def _crossing(listing: Listing) -> bool:
    return listing.url != listing.article.url and not listing.channel.startswith("feed:")


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


def _same_urls(listings: Iterable[Listing]) -> tuple[SameUrl, ...]:
    by_url: dict[str, list[Listing]] = {}
    for listing in listings:
        by_url.setdefault(listing.article.url, []).append(listing)
    return tuple(
        SameUrl(
            url=url,
            title=group[0].article.story.title,
            channels=tuple(listing.channel for listing in group),
            listed_as=tuple(listing.url for listing in group),
        )
        for url, group in by_url.items()
        if len(group) > 1
    )


def _same_text(archive: Archive, home: dict[str, str], first: str, second: str) -> SameText:
    pair = archive.articles[first], archive.articles[second]
    return SameText(pair[0].story.title, (pair[0].url, pair[1].url), (home[first], home[second]))


def _edits(archive: Archive, home: dict[str, str]) -> tuple[KnownEdit, ...]:
    known = []
    for article in archive.articles.values():
        before = article.story
        for edit in article.edits:
            known.append(KnownEdit(article.url, home[article.key], edit.at.isoformat(), before.title, edit.story.title))
            before = edit.story
    return tuple(known)


def _removals(archive: Archive, home: dict[str, str]) -> tuple[KnownRemoval, ...]:
    return tuple(
        KnownRemoval(article.url, home[article.key], article.removed_at.isoformat(), article.story.title)
        for article in archive.articles.values()
        if article.removed_at is not None
    )


def _feed(archive: Archive, name: str) -> KnownFeed:
    feed = FEEDS[name]
    listings = archive.channels.get(f"feed:{feed.target or name}", ())
    shown = [listing for listing in listings if not listing.article.removed_by(archive.epoch)]
    return KnownFeed(name, feed.path, feed.format, feed.outlet.language, feed.behaviour, min(feed.window, len(shown)))
