"""Feeds that tests publish: the same stories in three formats."""

from html import escape
from typing import NamedTuple

import orjson


class Story(NamedTuple):
    """One item of a feed of `paper`, which is its host."""

    paper: str
    number: int
    title: str
    text: str

    @property
    def url(self) -> str:
        return f"https://{self.paper}/stories/{self.number}"

    @property
    def published(self) -> str:
        """RFC 3339; an hour after the story before."""
        return f"2026-11-20T{self.number:02}:00:00Z"


def rss(paper: str, *stories: Story) -> bytes:
    """RSS 2.0."""
    items = "".join(
        f"<item><guid isPermaLink='false'>{story.number}</guid><title>{escape(story.title)}</title>"
        f"<link>{story.url}</link><description>{escape(story.text)}</description>"
        f"<pubDate>Fri, 20 Nov 2026 {story.number:02}:00:00 GMT</pubDate></item>"
        for story in stories
    )
    about = f"<title>{paper}</title><link>https://{paper}/</link><description>News.</description>"
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{about}{items}</channel></rss>'.encode()


def atom(paper: str, *stories: Story) -> bytes:
    """Atom 1.0 (RFC 4287)."""
    entries = "".join(
        f"<entry><id>tag:{paper},2026:{story.number}</id><title>{escape(story.title)}</title>"
        f"<link href='{story.url}'/><published>{story.published}</published><updated>{story.published}</updated>"
        f"<summary>{escape(story.text)}</summary></entry>"
        for story in stories
    )
    about = f"<id>tag:{paper},2026:feed</id><title>{paper}</title><updated>2026-11-20T09:00:00Z</updated>"
    return f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">{about}{entries}</feed>'.encode()


def json_feed(paper: str, *stories: Story) -> bytes:
    """JSON Feed 1.1."""
    items = [
        {
            "id": str(story.number),
            "url": story.url,
            "title": story.title,
            "content_text": story.text,
            "date_published": story.published,
        }
        for story in stories
    ]
    return orjson.dumps({"version": "https://jsonfeed.org/version/1.1", "title": paper, "items": items})
