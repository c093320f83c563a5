"""One document of a feed: bytes in, drafts out. Pure and blocking: the client runs it in a worker thread."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from core.upstreams import fields
from core.upstreams.feeds.charset import decoded
from core.upstreams.feeds.discovery import looks_like_html, named_feeds
from core.upstreams.feeds.entries import json_draft, json_info, without_duplicates, xml_draft, xml_info
from core.upstreams.feeds.json_feed import parse_json_feed
from core.upstreams.feeds.xml import RefusedDocument, parse_xml
from core.upstreams.types import Draft, FeedInfo


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """What a feed's document holds: itself, its items, and a reason for each item (or part) that was left out."""

    info: FeedInfo
    drafts: tuple[Draft, ...]
    rejected: tuple[str, ...]


def read_feed(data: bytes, *, content_type: str, url: str, now: datetime) -> FeedDocument:
    """Reads RSS, RDF, Atom or JSON Feed; raises RefusedDocument with a sentence for people.

    `url` is where the document came from; relative addresses are resolved against it.
    """
    if not data or data.isspace():
        raise RefusedDocument("The address answers with nothing.")
    if data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        return _read_json(data, url=url, now=now)
    return _read_xml(data, content_type=content_type, url=url, now=now)


def _read_json(data: bytes, *, url: str, now: datetime) -> FeedDocument:
    parsed = parse_json_feed(data)
    info = json_info(parsed, url=url)
    drafts, rejected = fields.collect(parsed.items, partial(json_draft, info=info, url=url, now=now))
    unique, repeated = without_duplicates(drafts)
    return FeedDocument(info, tuple(unique), _reasons(parsed.rejected, rejected, repeated))


def _read_xml(data: bytes, *, content_type: str, url: str, now: datetime) -> FeedDocument:
    def pieces() -> Iterator[str]:
        return decoded(data, content_type)

    start = next(pieces(), "")
    if looks_like_html(start, content_type):
        raise RefusedDocument(_page_instead(start, url))
    parsed = parse_xml(pieces, base_url=url)
    if not parsed.version and not parsed.entries:
        raise RefusedDocument(
            "The document is neither RSS, Atom nor JSON Feed." if "<" in start else "The document is not a feed."
        )
    info = xml_info(parsed)
    drafts, rejected = fields.collect(parsed.entries, partial(xml_draft, info=info, url=url, now=now))
    unique, repeated = without_duplicates(drafts)
    return FeedDocument(info, tuple(unique), _reasons([parsed.note] if parsed.note else [], rejected, repeated))


def _page_instead(start: str, url: str) -> str:
    found = named_feeds(start, base_url=url)
    if not found:
        return "The address leads to a web page, not to a feed, and the page names none."
    return f"The address leads to a web page, not to a feed. The page names: {', '.join(found)}"


def _reasons(*groups: list[str]) -> tuple[str, ...]:
    return tuple(reason for group in groups for reason in group)[: fields.MAX_REPORTED_REJECTIONS]
