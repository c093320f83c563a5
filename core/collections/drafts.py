"""What a caller wants to read, checked and brought into form before it becomes an item. Nothing is fetched."""

import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from core.collections.repository import Draft
from core.collections.types import NewItem
from core.errors import FieldError, Unprocessable
from core.kit import ids
from core.kit.text import one_line

MAX_TITLE_CHARACTERS: Final = 500
MAX_TAG_CHARACTERS: Final = 50
IDENTITY_BYTES: Final = 16
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_HOST: Final = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")  # a name or, without its brackets, an IPv6 address

Readable = Mapping[UUID, tuple[str, str]]
"""Address and title of the articles that the caller may read."""


def articles_in(items: Sequence[NewItem]) -> list[UUID]:
    """The articles that the items name; ids that no number has are left out."""
    found = (_article_id(item.article_id) for item in items if item.article_id is not None)
    return [id_ for id_ in found if id_ is not None]


def draft(item: NewItem, readable: Readable) -> Draft:
    """The item as it is stored. Raises `Unprocessable`: what the caller cannot read is unknown."""
    if (item.article_id is None) == (item.url is None):
        raise _refused("one_of", "is either an article or an address: give one of the two", "/article_id")
    if item.url is not None:
        article_id, url, title = None, item.url, item.url
        identity = blake2b(_normal_form(item.url).encode(), digest_size=IDENTITY_BYTES).digest()
    else:
        article_id = _article_id(item.article_id or "")
        if article_id is None or article_id not in readable:
            raise _refused("unknown_article", "is not the id of an article that you can read", "/article_id")
        url, title = readable[article_id]
        identity = article_id.bytes
    own_title = one_line(item.title or "", limit=MAX_TITLE_CHARACTERS)
    shown = own_title or one_line(title, limit=MAX_TITLE_CHARACTERS)
    return Draft(ids.new_id(), identity, article_id, url, shown, item.status, normal_tags(item.tags))


def normal_tags(tags: Iterable[str]) -> list[str]:
    """Tags in one line each and without case, each once, in the order given."""
    normal = (normal_tag(tag) for tag in tags)
    return list(dict.fromkeys(tag for tag in normal if tag))


def normal_tag(tag: str) -> str:
    """One tag as it is stored; empty where nothing of it can be seen."""
    return one_line(one_line(tag, limit=MAX_TAG_CHARACTERS).casefold(), limit=MAX_TAG_CHARACTERS)


def _normal_form(url: str) -> str:
    """What two spellings of one address share. Raises `Unprocessable` for what is no address of a web page."""
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme.lower(), (parts.hostname or ""), parts.port
    except ValueError:
        raise _refused("url", "is not a URL", "/url") from None
    if scheme not in _DEFAULT_PORTS:
        raise _refused("scheme", "must begin with http:// or https://", "/url")
    if _HOST.fullmatch(host) is None:
        raise _refused("host", "has no host", "/url")
    if "@" in parts.netloc:
        raise _refused("credentials", "must not hold a user name or a password: others would see them", "/url")
    own_port = "" if port is None or port == _DEFAULT_PORTS[scheme] else f":{port}"
    query = f"?{parts.query}" if parts.query else ""
    return f"{host.removesuffix('.')}{own_port}{parts.path or '/'}{query}"


def _article_id(text: str) -> UUID | None:
    try:
        return ids.decode("art", text)
    except ids.InvalidId:
        return None


def _refused(code: str, detail: str, pointer: str) -> Unprocessable:
    return Unprocessable(f"The item {detail}.", errors=[FieldError(code, detail, pointer=pointer)])
