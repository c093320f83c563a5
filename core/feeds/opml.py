"""OPML 2.0 (http://opml.org/spec2.opml): how feed readers exchange subscriptions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element, ParseError, SubElement, TreeBuilder, XMLParser, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from core.errors import InvalidOpml
from core.feeds.types import FeedRow

MAX_BYTES: Final = 2**20
MAX_FEEDS: Final = 1_000
MAX_DEPTH: Final = 32
MAX_ELEMENTS: Final = 10_000
_TITLE_CHARACTERS: Final = 200


@dataclass(frozen=True, slots=True)
class Outline:
    """One subscription of a document. `folders` are the titles of the outlines that it lies in, the innermost last."""

    url: str
    title: str | None
    folders: tuple[str, ...]


def read(document: bytes) -> tuple[Outline, ...]:
    """The feeds of a document in its order; raises `InvalidOpml` where it is not one, holds none, or too many."""
    if len(document) > MAX_BYTES:
        raise InvalidOpml(f"The document is larger than {MAX_BYTES // 1024:,} KiB.")
    root = _parse(document)
    if root.tag != "opml":
        raise InvalidOpml("The document is not OPML: its root element is not <opml>.")
    body = root.find("body")
    outlines = () if body is None else tuple(_outlines(body, ()))
    if not outlines:
        raise InvalidOpml("The document holds no feed: no <outline> has an xmlUrl.")
    if len(outlines) > MAX_FEEDS:
        raise InvalidOpml(f"The document holds {len(outlines):,} feeds; {MAX_FEEDS:,} can be imported at once.")
    return outlines


def write(feeds: Iterable[FeedRow]) -> bytes:
    """A document with the feeds in folders by category; those without one stand at the top level."""
    root = Element("opml", version="2.0")
    SubElement(SubElement(root, "head"), "title").text = "Feeds"
    body = SubElement(root, "body")
    folders: dict[str, Element] = {}
    for feed in feeds:
        parent = body
        if feed.category is not None:
            if feed.category not in folders:
                folders[feed.category] = SubElement(body, "outline", text=feed.category)
            parent = folders[feed.category]
        SubElement(parent, "outline", _attributes(feed))
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _attributes(feed: FeedRow) -> dict[str, str]:
    title = feed.title or feed.url
    attributes = {"type": "rss", "text": title, "title": title, "xmlUrl": feed.url}
    return attributes if feed.site_url is None else {**attributes, "htmlUrl": feed.site_url}


class _BoundedBuilder(TreeBuilder):
    """Refuses documents that are deeper or larger than any list of subscriptions."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self._elements = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._depth += 1
        self._elements += 1
        if self._depth > MAX_DEPTH:
            raise InvalidOpml(f"The document is nested deeper than {MAX_DEPTH} levels.")
        if self._elements > MAX_ELEMENTS:
            raise InvalidOpml(f"The document holds more than {MAX_ELEMENTS:,} elements.")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)


def _parse(document: bytes) -> Element:
    parser: XMLParser = DefusedXMLParser(target=_BoundedBuilder(), forbid_dtd=False, forbid_entities=True)
    try:
        parser.feed(document)
        root: Element = parser.close()
    except DefusedXmlException:
        raise InvalidOpml("The document declares XML entities, which are not read.") from None
    except (ParseError, ValueError, LookupError):  # an unknown encoding is a LookupError or a ValueError
        raise InvalidOpml("The document is not well-formed XML.") from None
    return root


def _outlines(parent: Element, folders: tuple[str, ...]) -> Iterator[Outline]:
    for element in parent:
        if element.tag != "outline":
            continue
        attributes = {name.lower(): value for name, value in element.attrib.items()}
        title = " ".join((attributes.get("title") or attributes.get("text") or "").split())[:_TITLE_CHARACTERS] or None
        url = attributes.get("xmlurl", "").strip()
        if url:
            yield Outline(url, title, folders)
        yield from _outlines(element, folders if title is None else (*folders, title))
