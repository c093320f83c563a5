"""What every Atom document of ours has (RFC 4287)."""

from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from core.kit.text import storable

ATOM: Final = "application/atom+xml"
_NAMESPACE: Final = "http://www.w3.org/2005/Atom"
_PRODUCT: Final = "Tidings"


def feed_of(id_: str, title: str, updated: str, address: str, subtitle: str | None = None) -> Element:
    """A feed without entries; `updated` as RFC 3339 has it, `address` is where the document is read."""
    feed = Element("feed", xmlns=_NAMESPACE)
    add_text(feed, "id", id_)
    add_text(feed, "title", title)
    if subtitle is not None:
        add_text(feed, "subtitle", subtitle)
    add_text(feed, "updated", updated)
    SubElement(feed, "link", rel="self", type=ATOM, href=address)
    add_text(SubElement(feed, "author"), "name", _PRODUCT)  # RFC 4287 §4.1.1 wants one; no person is told
    add_text(feed, "generator", _PRODUCT)
    return feed


def add_entry(feed: Element, id_: str, title: str, updated: str, published: str | None = None) -> Element:
    """Another entry, with what each must have."""
    entry = SubElement(feed, "entry")
    add_text(entry, "id", id_)
    add_text(entry, "title", title)
    if published is not None:
        add_text(entry, "published", published)
    add_text(entry, "updated", updated)
    return entry


def add_text(parent: Element, tag: str, text: str, **attributes: str) -> None:
    """An element that holds text; XML 1.0 has no control characters, however they are escaped."""
    SubElement(parent, tag, attributes).text = storable(text)


def document_of(feed: Element) -> bytes:
    """The feed as a document."""
    document: bytes = tostring(feed, encoding="utf-8", xml_declaration=True)
    return document
