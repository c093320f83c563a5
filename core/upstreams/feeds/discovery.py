"""A web page where a feed was expected: which feeds does it name?

RSS Advisory Board, RSS Autodiscovery 1.0: `<link rel="alternate" type="application/rss+xml" href="…">` in the head.
"""

from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin

from core.upstreams.fields import web_url

MAX_NAMED_FEEDS: Final = 5
_HEAD_CHARACTERS: Final = 256 * 1024
_FEED_TYPES: Final = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json", "application/json"}
)


class _Links(HTMLParser):
    def __init__(self, base_url: str) -> None:
        super().__init__()
        self._base_url = base_url
        self.feeds: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "base" and attributes.get("href"):
            self._base_url = urljoin(self._base_url, attributes["href"])
        if tag != "link" or "alternate" not in attributes.get("rel", "").lower().split():
            return
        if attributes.get("type", "").partition(";")[0].strip().lower() in _FEED_TYPES and attributes.get("href"):
            address = web_url(urljoin(self._base_url, attributes["href"].strip()))
            if address and address not in self.feeds and len(self.feeds) < MAX_NAMED_FEEDS:
                self.feeds.append(address)


def looks_like_html(start: str, content_type: str) -> bool:
    """Whether a document that begins with `start` is a web page rather than a feed."""
    opening = start[:2048].lstrip().lower()
    return opening.startswith(("<!doctype html", "<html")) or ("html" in content_type.lower() and "<html" in opening)


def named_feeds(page: str, *, base_url: str) -> tuple[str, ...]:
    """Absolute addresses of the feeds that a page names, at most five."""
    links = _Links(base_url)
    try:
        links.feed(page[:_HEAD_CHARACTERS])
    except (AssertionError, ValueError):  # html.parser on malformed declarations; urljoin on malformed addresses
        return tuple(links.feeds)
    return tuple(links.feeds)
