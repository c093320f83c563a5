"""From what feedparser, or JSON, made of a feed to drafts."""

import html
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urljoin

from core.upstreams import fields
from core.upstreams.feeds.json_feed import JsonFeed
from core.upstreams.feeds.xml import XmlFeed
from core.upstreams.types import Draft, FeedFormat, FeedInfo

# feedparser closes XHTML's empty elements one by one, and a browser reads `</br>` as a second line break
_VOID_END_TAGS: Final = re.compile(r"</(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)>")
_RSS_AUTHOR: Final = re.compile(r"[^\s@()]+@[^\s@()]+ +\((?P<name>[^()]+)\)")
_MAX_TTL_S: Final = 7 * 24 * 3600
_SYNDICATION_PERIODS_S: Final = {
    "hourly": 3600,
    "daily": 86400,
    "weekly": 604800,
    "monthly": 2592000,
    "yearly": 31536000,
}


def xml_info(parsed: XmlFeed) -> FeedInfo:
    """What an RSS, RDF or Atom feed says about itself."""
    feed = parsed.feed
    return FeedInfo(
        title=fields.text(feed.get("title"), limit=fields.MAX_TITLE_CHARACTERS),
        site_url=fields.web_url(feed.get("link")),
        format=_xml_format(parsed.version),
        language=fields.text(feed.get("language"), limit=35),
        ttl_s=_ttl_s(feed),
    )


def json_info(parsed: JsonFeed, *, url: str) -> FeedInfo:
    """What a JSON Feed says about itself."""
    about = parsed.about
    return FeedInfo(
        title=fields.text(about.get("title"), limit=fields.MAX_TITLE_CHARACTERS),
        site_url=_absolute(url, about.get("home_page_url")),
        format="json",
        language=fields.text(about.get("language"), limit=35),
        ttl_s=None,
    )


def xml_draft(entry: dict[str, Any], *, info: FeedInfo, url: str, now: datetime) -> Draft:
    """One RSS item or Atom entry; raises RejectedItem."""
    # dict.get: FeedParserDict's own look-up maps old names to new ones and warns about it
    published = _instant(dict.get(entry, "published_parsed"), now) or _instant(dict.get(entry, "created_parsed"), now)
    updated = _instant(dict.get(entry, "updated_parsed"), now)
    link = fields.web_url(entry.get("link")) or _enclosure(entry, "", url) or entry.get("id")
    content = _content(entry)
    summary = entry.get("summary")
    return fields.draft(
        provider_id=entry.get("id") or link,
        url=link,
        title=entry.get("title"),
        summary=None if summary == content else summary,  # feedparser fills the one from the other
        content_html=None if content is None else _VOID_END_TAGS.sub("", content),
        author=_author(entry),
        image_url=_image(entry, url),
        published_at=published or updated,
        updated_at=updated if updated != published else None,
        language=_mapping(entry.get("title_detail")).get("language") or info.language,
        sections=[tag.get("term") or tag.get("label") for tag in _mappings(entry.get("tags"))],
        publisher=_mapping(entry.get("source")).get("title") or info.title,
    )


def json_draft(item: Mapping[str, Any], *, info: FeedInfo, url: str, now: datetime) -> Draft:
    """One item of a JSON Feed; raises RejectedItem."""
    identity = item.get("id")
    if isinstance(identity, int | float) and not isinstance(identity, bool):
        identity = str(identity)  # "if an id is presented as a number, a JSON Feed reader should coerce it to a string"
    link = _absolute(url, item.get("url")) or _absolute(url, item.get("external_url"))
    plain = item.get("content_text")
    authors = [*_mappings(item.get("authors")), _mapping(item.get("author"))]
    published = fields.rfc3339(item.get("date_published"), now=now)
    updated = fields.rfc3339(item.get("date_modified"), now=now)
    return fields.draft(
        provider_id=identity or link,
        url=link or fields.web_url(identity),
        title=item.get("title"),
        summary=item.get("summary"),
        content_html=item.get("content_html") or (html.escape(plain) if isinstance(plain, str) else None),
        author=next((author["name"] for author in authors if author.get("name")), None),
        image_url=_absolute(url, item.get("image") or item.get("banner_image")),
        published_at=published or updated,
        updated_at=updated if updated != published else None,
        language=item.get("language") or info.language,
        sections=item["tags"] if isinstance(item.get("tags"), list) else (),
        publisher=info.title,
    )


def without_duplicates(drafts: Sequence[Draft]) -> tuple[list[Draft], list[str]]:
    """Drafts with unique ids. Of the same id and link the latest is kept; one id on several links is no identity, and
    the link takes its place (generators that number every item 1, or repeat the feed's own id).
    """
    links_of_id: dict[str, set[str]] = {}
    for one in drafts:
        links_of_id.setdefault(one.provider_id, set()).add(one.url)
    kept: dict[str, Draft] = {}
    repeated: Counter[str] = Counter()
    for one in drafts:
        identity = one.provider_id if len(links_of_id[one.provider_id]) == 1 else one.url
        other = kept.get(identity)
        if other is None or _moment(one) > _moment(other):
            kept[identity] = _with_identity(one, identity)
        repeated[identity] += other is not None
    reasons = [f"{count + 1} items have the id {identity[:100]}" for identity, count in repeated.items() if count]
    return list(kept.values()), reasons


def _with_identity(one: Draft, identity: str) -> Draft:
    if one.provider_id == identity:
        return one
    return Draft(**{name: getattr(one, name) for name in Draft.__slots__} | {"provider_id": identity})


def _moment(one: Draft) -> datetime:
    return one.updated_at or one.published_at or datetime.min.replace(tzinfo=UTC)


def _xml_format(version: str) -> FeedFormat:
    if version.startswith("atom"):
        return "atom"
    return "rdf" if version in {"rss10", "rss090"} else "rss"


def _ttl_s(feed: Mapping[str, Any]) -> int | None:
    """RSS 2.0 `<ttl>` (minutes), or the syndication module's period (RSS 1.0 mod_syndication), at most a week."""
    minutes = str(feed.get("ttl", "")).strip()
    if minutes.isascii() and minutes.isdigit() and int(minutes[:9]) > 0:
        return min(int(minutes[:9]) * 60, _MAX_TTL_S)
    period_s = _SYNDICATION_PERIODS_S.get(str(feed.get("sy_updateperiod", "")).strip().lower())
    if period_s is None:
        return None
    frequency = str(feed.get("sy_updatefrequency", "1")).strip()
    times = int(frequency[:6]) if frequency.isascii() and frequency.isdigit() else 1
    return min(period_s // max(1, times), _MAX_TTL_S)


def _instant(parsed: Any, now: datetime) -> datetime | None:
    """feedparser's UTC struct_time as a datetime, or None when it is absurd."""
    try:
        year, month, day, hour, minute, second = parsed[:6] if parsed else (1, 1, 1, 0, 0, 0)
        return fields.plausible(datetime(year, month, day, hour, minute, second, tzinfo=UTC), now=now)
    except (ValueError, OverflowError, TypeError):
        return None


def _content(entry: Mapping[str, Any]) -> str | None:
    """The fullest of the entry's contents as HTML."""
    found = [part for part in _mappings(entry.get("content")) if isinstance(part.get("value"), str)]
    if not found:
        return None
    fullest = max(found, key=lambda part: len(part["value"]))
    value: str = fullest["value"]
    return html.escape(value) if fullest.get("type") == "text/plain" else value


def _author(entry: Mapping[str, Any]) -> Any:
    """The name. RSS 2.0 writes `ada@news.example (Ada)`, which confuses feedparser when the domain is long."""
    written = entry.get("author")
    mailbox = _RSS_AUTHOR.fullmatch(written.strip()) if isinstance(written, str) else None
    return mailbox["name"] if mailbox else _mapping(entry.get("author_detail")).get("name") or written


def _image(entry: Mapping[str, Any], base_url: str) -> str | None:
    for media in _mappings(entry.get("media_content")):
        if media.get("medium") == "image" or str(media.get("type", "")).startswith("image/"):
            return _absolute(base_url, media.get("url"))
    for thumbnail in _mappings(entry.get("media_thumbnail")):
        return _absolute(base_url, thumbnail.get("url"))
    return _enclosure(entry, "image/", base_url) or _absolute(base_url, _mapping(entry.get("image")).get("href"))


def _enclosure(entry: Mapping[str, Any], media_type: str, base_url: str) -> str | None:
    for link in _mappings(entry.get("links")):
        if link.get("rel") == "enclosure" and str(link.get("type", "")).startswith(media_type):
            return _absolute(base_url, link.get("href"))
    return None


def _absolute(base_url: str, address: Any) -> str | None:
    if not isinstance(address, str) or not address.strip():
        return None
    try:
        return fields.web_url(urljoin(base_url, address.strip()))
    except ValueError:
        return None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
