"""What a feed says about an article, before it is written in a format."""

from dataclasses import dataclass, replace
from datetime import datetime

from core.sandbox.articles import Listing, html_of
from core.sandbox.bait import BAIT
from core.sandbox.feeds.catalogue import Feed


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a feed."""

    guid: str
    link: str
    title: str
    summary: str
    html: str
    author: str | None
    category: str
    image_url: str | None
    published_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Document:
    """A feed's content: what the formats write."""

    feed: Feed
    origin: str
    changed_at: datetime
    items: tuple[Item, ...]

    @property
    def address(self) -> str:
        """Where the feed is served."""
        return self.origin + self.feed.path

    @property
    def site(self) -> str:
        """The address of the outlet's front page."""
        return f"https://{self.feed.outlet.host}/"


def document_of(feed: Feed, listings: list[Listing], *, origin: str, now: datetime, opened_at: datetime) -> Document:
    """The newest items of a feed at `now`; removed articles silently leave it, as they do on real sites."""
    shown = [listing for listing in listings if not listing.article.removed_by(now)][: feed.window]
    items = tuple(_item(listing, origin, now) for listing in shown)
    if feed.behaviour == "repeats":
        items = _with_repeated_guids(items)
    elif feed.behaviour == "relative":
        items = tuple(_relative(item, origin) for item in items)
    changes = [listing.changed_at(now) for listing in listings]
    changes += [
        listing.article.removed_at
        for listing in listings
        if listing.article.removed_at and listing.article.removed_by(now)
    ]
    return Document(feed, origin, max(changes, default=opened_at), items)


def _item(listing: Listing, origin: str, now: datetime) -> Item:
    article = listing.article
    story = article.story_at(now)
    image_url = f"{origin}{article.image}" if article.image else None
    return Item(
        guid=f"tag:{article.outlet.host},{article.published_at:%Y-%m-%d}:{article.key}",
        link=listing.url,
        title=story.title,
        summary=story.standfirst,
        html=html_of(story, bait=BAIT.get(article.bait or "", ""), image_url=image_url),
        author=article.author,
        category=story.desk,
        image_url=image_url,
        published_at=article.published_at,
        updated_at=article.updated_at(now),
    )


def _with_repeated_guids(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """The second item bears the first one's guid, the sixth and seventh the fifth's."""
    first_of = {1: 0, 5: 4, 6: 4}
    return tuple(replace(item, guid=items[first_of.get(index, index)].guid) for index, item in enumerate(items))


def _relative(item: Item, origin: str) -> Item:
    link = "/read/" + item.link.partition("://")[2]
    html = item.html.replace(f'src="{origin}/', 'src="/') + f'<p><a href="{link}#comments">Comments</a></p>'
    return replace(item, link=link, guid=link, html=html)
