"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/).

The document is cut into its items before anything is parsed: 15 MiB of `[[],[],…` would become 400 MiB of lists, and
one broken item would take its neighbours along.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import orjson

from core.upstreams.feeds.xml import MAX_ITEMS, RefusedDocument

MAX_ITEM_BYTES: Final = 1 * 2**20
# a thousand items have some 50,000; each costs a third of a microsecond
MAX_TOKENS: Final = 1_000_000
_MAX_MEMBER_BYTES: Final = 64 * 1024
_TOKEN: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\]:,]', re.DOTALL)
_ARRAY: Final = re.compile(rb"\s*\[")
_OPENING: Final = (b"{", b"[")
_CLOSING: Final = (b"}", b"]")


@dataclass(frozen=True, slots=True)
class JsonFeed:
    """`about` holds the document's own members (title, home_page_url…), `items` the parsed items in their order."""

    about: dict[str, Any]
    items: list[dict[str, Any]]
    rejected: list[str]


def parse_json_feed(data: bytes) -> JsonFeed:
    """Reads a JSON Feed in UTF-8, with or without a byte order mark; raises RefusedDocument when it is none."""
    about: dict[str, Any] = {}
    items: list[dict[str, Any]] = []
    rejected: list[str] = []
    for name, raw in _members(data):
        if name != "items":
            about[name] = _value(raw)
            continue
        item = _value(raw)
        if isinstance(item, dict):
            items.append(item)
        else:
            rejected.append(f"item {len(items) + len(rejected) + 1}: it is not a JSON object of sane size")
        if len(items) + len(rejected) == MAX_ITEMS:
            break
    version = about.get("version")
    if not (isinstance(version, str) and "jsonfeed.org/version/" in version) and not items:
        raise RefusedDocument("The document is JSON, but not a JSON Feed.")
    return JsonFeed(about, items, rejected)


def _value(raw: bytes | None) -> Any:
    """The parsed slice, or None when it is too large or not JSON."""
    try:
        return None if raw is None else orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None


def _members(data: bytes) -> Iterator[tuple[str, bytes | None]]:
    """Slices of the top-level members, and of each element of `items`; None for one that is too large.

    The scanner knows strings and brackets and nothing else; what is inside a slice is judged by the parser.
    """
    tokens = _tokens(data)
    if next(tokens, (0, b""))[1] != b"{":
        raise RefusedDocument("The document is JSON, but not a JSON Feed.")
    for _, key in tokens:
        colon, sign = next(tokens, (0, b""))
        if not key.startswith(b'"') or sign != b":":
            return
        name, start = key[1:-1].decode("utf-8", errors="replace"), colon + 1
        array = _ARRAY.match(data, start) if name == "items" else None
        if array is None:
            end, terminator = _end_of_value(tokens, len(data))
            yield name, _slice(data, start, end, _MAX_MEMBER_BYTES)
        else:
            next(tokens)
            yield from _elements(data, tokens, array.end())
            _, terminator = _end_of_value(tokens, len(data))
        if terminator != b",":
            return


def _elements(data: bytes, tokens: Iterator[tuple[int, bytes]], start: int) -> Iterator[tuple[str, bytes | None]]:
    """The elements of the `items` array that has just been opened at `start`."""
    terminator = b","
    while terminator == b",":
        end, terminator = _end_of_value(tokens, len(data))
        element = _slice(data, start, end, MAX_ITEM_BYTES)
        if element != b"":
            yield "items", element
        start = end + 1


def _end_of_value(tokens: Iterator[tuple[int, bytes]], length: int) -> tuple[int, bytes]:
    """Where the value that begins here ends, and the comma or bracket that ends it (nothing at the document's end)."""
    depth = 0
    for position, token in tokens:
        if token in _CLOSING and depth > 0:
            depth -= 1
        elif token in _CLOSING or (token == b"," and depth == 0):
            return position, token
        elif token in _OPENING:
            depth += 1
    return length, b""


def _tokens(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Strings, brackets, colons and commas with their places. After a million of them the document ends."""
    for match in islice(_TOKEN.finditer(data), MAX_TOKENS):
        yield match.start(), match[0]


def _slice(data: bytes, start: int, end: int, limit: int) -> bytes | None:
    return data[start:end].strip() if end - start <= limit else None
