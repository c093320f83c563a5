"""Reading lists in public: as Atom (RFC 4287) and as JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID
from xml.etree.ElementTree import SubElement

from core.collections.types import FeedSource, PublicFeed
from core.kit import json
from core.kit.clock import rfc3339
from core.kit.text import storable
from handlers.v2.shapes.atom import add_entry, document_of, feed_of
from handlers.v2.shapes.lists import time_out

JSON_FEED: Final = "application/feed+json"
HEADERS: Final = {"Cache-Control": "public, no-cache"}
"""Anybody may keep a copy and must ask whether it still holds: an address that is taken back ends at once."""
_JSON_FEED_VERSION: Final = "https://jsonfeed.org/version/1.1"


def public_feed_out(feed: PublicFeed) -> dict[str, Any]:
    """Where the list can be read from now on."""
    return {
        "atom_url": _address(feed.origin, feed.token, "atom"),
        "json_url": _address(feed.origin, feed.token, "json"),
        "created_at": time_out(feed.created_at),
    }


def public_since_out(collection_id: str, since: datetime) -> dict[str, Any]:
    """That a list is public; its addresses cannot be shown again."""
    return {"collection_id": collection_id, "created_at": time_out(since)}


def atom_out(source: FeedSource, token: str) -> bytes:
    """The list as an Atom document. Its ids are URNs, which stay the same under a new address."""
    collection, address = source.collection, _address(source.origin, token, "atom")
    updated = rfc3339(source.updated_at)
    root = feed_of(_urn(collection.id), collection.name, updated, address, collection.description)
    for item in source.items:
        entry = add_entry(root, _urn(item.id), item.title, rfc3339(item.updated_at), rfc3339(item.added_at))
        SubElement(entry, "link", rel="alternate", href=item.url)
        for tag in item.tags:
            SubElement(entry, "category", term=storable(tag))
    return document_of(root)


def json_feed_out(source: FeedSource, token: str) -> bytes:
    """The list as a JSON Feed; what has no value is left out, as the format wants it."""
    feed = {
        "version": _JSON_FEED_VERSION,
        "title": source.collection.name,
        "description": source.collection.description,
        "feed_url": _address(source.origin, token, "json"),
        "items": [
            {
                "id": _urn(item.id),
                "url": item.url,
                "title": item.title,
                "content_text": item.title,
                "date_published": rfc3339(item.added_at),
                "date_modified": rfc3339(item.updated_at),
                "tags": item.tags,
            }
            for item in source.items
        ],
    }
    return json.dumps({name: value for name, value in feed.items() if value is not None})


def _address(origin: str | None, token: str, form: str) -> str:
    """Absolute where the operator has named the instance's address, else a path of this instance."""
    return f"{origin or ''}/v2/public-feeds/{token}/{form}"


def _urn(id_: UUID) -> str:
    return f"urn:uuid:{id_}"
