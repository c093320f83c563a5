"""JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from typing import Any

import orjson

from core.sandbox.feeds.items import Document, Item


def json_feed(document: Document) -> bytes:
    """The feed as JSON."""
    outlet = document.feed.outlet
    return orjson.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": outlet.name,
            "home_page_url": document.site,
            "feed_url": document.address,
            "description": outlet.description,
            "language": outlet.language,
            "items": [_item(item) for item in document.items],
        }
    )


def _item(item: Item) -> dict[str, Any]:
    content: dict[str, Any] = {
        "id": item.guid,
        "url": item.link,
        "title": item.title,
        "summary": item.summary,
        "content_html": item.html,
        "date_published": f"{item.published_at:%Y-%m-%dT%H:%M:%SZ}",
        "date_modified": f"{item.updated_at:%Y-%m-%dT%H:%M:%SZ}",
        "tags": [item.category],
    }
    if item.author:
        content["authors"] = [{"name": item.author}]
    if item.image_url:
        content["image"] = item.image_url
    return content
