"""Serves `/feeds/<name>.{xml,json}`: conditional GET, compression, and the feeds that misbehave."""

import gzip
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from hashlib import blake2b
from typing import Final

from core.sandbox.feeds.catalogue import FEEDS, Feed, Format
from core.sandbox.feeds.items import Document, document_of
from core.sandbox.feeds.json_format import json_feed
from core.sandbox.feeds.xml_formats import atom, rdf, rss091, rss092, rss20
from core.sandbox.http import Reply, Request, http_date, text_reply
from core.sandbox.newsroom import Newsroom

RETRY_AFTER_S: Final = 120
DELAY_S: Final = 3
LONGEST_DELAY_S: Final = 120
_SECONDS: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3})?")
_XML: Final[Mapping[Format, Callable[[Document], str]]] = {
    "rss20": rss20,
    "rss092": rss092,
    "rss091": rss091,
    "rdf": rdf,
    "atom": atom,
}


def answer(newsroom: Newsroom, request: Request) -> Reply | None:
    """The reply to a request below `/feeds`; None where there is no such feed."""
    feed = feed_at(request.path)
    if feed is None or request.method not in ("GET", "HEAD"):
        return None
    if feed.target and not newsroom.failures.is_healed(feed.channel):
        status = 301 if feed.behaviour == "moved" else 302
        return Reply(status, b"", "text/plain", {"Location": request.origin + FEEDS[feed.target].path})
    refusal = None if newsroom.failures.is_healed(feed.channel) else _refusal(feed)
    if refusal is not None:
        return refusal
    served = replace(feed, name=feed.target) if feed.target else feed
    return _delayed(feed, request, _current(newsroom, served, request))


def feed_at(path: str) -> Feed | None:
    """The feed whose path this is."""
    feed = FEEDS.get(path.removeprefix("/feeds/").rpartition(".")[0])
    return feed if feed is not None and feed.path == path else None


def _refusal(feed: Feed) -> Reply | None:
    plain = "text/plain; charset=utf-8"
    match feed.behaviour:
        case "gone":
            return text_reply("This feed has been discontinued.\n", 410, plain)
        case "shy":
            return text_reply("Your requests look automated. Please come back later.\n", 403, plain)
        case "busy":
            return text_reply("Too many requests.\n", 429, plain).with_headers({"Retry-After": str(RETRY_AFTER_S)})
    return None


def _delayed(feed: Feed, request: Request, reply: Reply) -> Reply:
    if feed.behaviour != "slow":
        return reply
    raw = request.query.get("delay", str(DELAY_S))
    if not _SECONDS.fullmatch(raw) or float(raw) > LONGEST_DELAY_S:
        return text_reply(f"delay needs to be seconds from 0 to {LONGEST_DELAY_S}\n", 400, "text/plain; charset=utf-8")
    return replace(reply, delay_s=float(raw))


def _current(newsroom: Newsroom, feed: Feed, request: Request) -> Reply:
    listings = newsroom.on(feed.channel)
    document = document_of(feed, listings, origin=request.origin, now=newsroom.now, opened_at=newsroom.archive.epoch)
    body = render(document)
    tag = urlsafe_b64encode(blake2b(body, digest_size=12).digest()).decode()
    headers = {
        "ETag": f'W/"{tag}"' if feed.format == "atom" else f'"{tag}"',  # Atom feeds send weak ones, as WordPress does
        "Last-Modified": http_date(document.changed_at),
        "Cache-Control": "max-age=300",
        "Vary": "Accept-Encoding",
    }
    if _is_current(request, tag, document.changed_at):
        return Reply(304, b"", feed.content_type, headers)
    if "gzip" in request.headers.get("accept-encoding", "").lower():
        return Reply(200, gzip.compress(body, 6, mtime=0), feed.content_type, {**headers, "Content-Encoding": "gzip"})
    return Reply(200, body, feed.content_type, headers)


def _is_current(request: Request, tag: str, changed_at: datetime) -> bool:
    """RFC 9110 13.2.2: If-None-Match decides; If-Modified-Since counts only without it."""
    candidates = request.headers.get("if-none-match")
    if candidates is not None:
        known = {candidate.strip().removeprefix("W/").strip('"') for candidate in candidates.split(",")}
        return "*" in known or tag in known
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except ValueError:
        return False
    return since.tzinfo is not None and changed_at <= since


def render(document: Document) -> bytes:
    """The bytes of a feed, damaged where its behaviour says so."""
    feed = document.feed
    if feed.format == "json":
        return json_feed(document)
    declared = "utf-8" if feed.behaviour == "mislabelled" else feed.charset
    text = f'<?xml version="1.0" encoding="{declared}"?>\n' + _XML[feed.format](document)
    if feed.behaviour == "broken":
        text = _broken(text)
    return text.encode(feed.charset, "xmlcharrefreplace")


def _broken(text: str) -> str:
    """Not well-formed: an undefined entity, a bare ampersand, a title that never ends, and no end of the document."""
    items = text.split("<item>")
    items[3] = items[3].replace("<title>", "<title>Fish & Chips&nbsp;– ", 1)
    items[6] = items[6].replace("</title>", "", 1)
    return "<item>".join(items).replace("</channel>\n</rss>\n", "")
