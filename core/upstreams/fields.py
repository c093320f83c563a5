"""Reading single fields of foreign items: each may be missing, of another type, absurd or endless."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from core.upstreams.types import Draft

Item = TypeVar("Item")

MAX_TITLE_CHARACTERS: Final = 1_000
MAX_SUMMARY_CHARACTERS: Final = 20_000
MAX_CONTENT_CHARACTERS: Final = 500_000
MAX_SHORT_CHARACTERS: Final = 500
MAX_URL_CHARACTERS: Final = 2_048
MAX_SECTIONS: Final = 32
MAX_REPORTED_REJECTIONS: Final = 100
# the first web page is of 1991; what claims to be older is a default value (1970-01-01, 0001-01-01)
_EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
# zones are got wrong by up to 14 hours; more than a day ahead is not a date of publication
_MAX_AHEAD: Final = timedelta(days=1)
# PostgreSQL's text takes neither NUL nor half a surrogate pair
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


class RejectedItem(ValueError):
    """One item that is of no use; the message is its reason. Its neighbours are kept."""


def text(value: Any, *, limit: int) -> str | None:
    """`value` as a storable string of at most `limit` characters, or None when it is not a string or blank."""
    if not isinstance(value, str):
        return None
    cleaned = _UNSTORABLE.sub("", value[:limit]).strip()
    return cleaned or None


def web_url(value: Any) -> str | None:
    """`value` when it is an absolute http(s) address of sane length, else None."""
    address = value.strip() if isinstance(value, str) else ""
    if len(address) > MAX_URL_CHARACTERS or not address.lower().startswith(("http://", "https://")):
        return None
    return None if _UNSTORABLE.search(address) or any(c.isspace() for c in address) else address


def rfc3339(value: Any, *, now: datetime) -> datetime | None:
    """An RFC 3339 or ISO 8601 text as aware UTC (without a zone: UTC), or None when it is absurd."""
    if not isinstance(value, str):
        return None
    try:
        instant = datetime.fromisoformat(value.strip())
        return plausible(instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC), now=now)
    except (ValueError, OverflowError):
        return None


def unix_time(value: Any, *, now: datetime) -> datetime | None:
    """Seconds since the epoch as aware UTC, or None when they are absurd."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return plausible(datetime.fromtimestamp(value, UTC), now=now)
    except (ValueError, OverflowError, OSError):
        return None


def plausible(instant: datetime, *, now: datetime) -> datetime | None:
    """`instant`, unless nothing can have been published then."""
    return instant if _EARLIEST <= instant <= now + _MAX_AHEAD else None


def draft(
    *,
    provider_id: Any,
    url: Any,
    title: Any,
    summary: Any = None,
    content_html: Any = None,
    author: Any = None,
    image_url: Any = None,
    published_at: datetime | None = None,
    updated_at: datetime | None = None,
    language: Any = None,
    sections: Iterable[Any] = (),
    publisher: Any = None,
    removed: bool = False,
) -> Draft:
    """A Draft with every field bounded; raises RejectedItem when the item cannot be identified, linked or shown."""
    identity = text(provider_id, limit=MAX_URL_CHARACTERS)
    if identity is None:
        raise RejectedItem("it has no id")
    link = web_url(url)
    heading = text(title, limit=MAX_TITLE_CHARACTERS)
    body = text(summary, limit=MAX_SUMMARY_CHARACTERS)
    content = text(content_html, limit=MAX_CONTENT_CHARACTERS)
    if not removed:
        if link is None:
            raise RejectedItem("it has no usable link")
        if heading is None and body is None and content is None:
            raise RejectedItem("it has neither a title nor a text")
    words = (text(section, limit=MAX_SHORT_CHARACTERS) for section in sections)
    return Draft(
        provider_id=identity,
        url=link or "",
        title=heading or "",
        summary=body,
        content_html=content,
        author=text(author, limit=MAX_SHORT_CHARACTERS),
        image_url=web_url(image_url),
        published_at=published_at,
        updated_at=updated_at,
        language=text(language, limit=35),  # the longest BCP 47 tag that is met, RFC 5646 §4.4.1
        sections=tuple(dict.fromkeys(word for word in words if word))[:MAX_SECTIONS],
        publisher=text(publisher, limit=MAX_SHORT_CHARACTERS),
        removed=removed,
    )


def collect(items: Iterable[Item], parse: Callable[[Item], Draft | None]) -> tuple[list[Draft], list[str]]:
    """Drafts and the reasons of the rejected: each item is judged alone. `parse` gives None for what is no article."""
    drafts: list[Draft] = []
    rejected: list[str] = []
    for number, item in enumerate(items, start=1):
        try:
            parsed = parse(item)
        except RejectedItem as reason:
            rejected.append(f"item {number}: {reason}")
            continue
        if parsed is not None:
            drafts.append(parsed)
    return drafts, rejected[:MAX_REPORTED_REJECTIONS]
