"""RSS 0.90 to 2.0, RDF and Atom: feedparser's handlers behind a parser of ours that cannot be made to explode.

feedparser takes documents of every dialect, but also as large and as deep as they come, and expands entities. So the
document is fed to expat piece by piece: a declared entity refuses the feed, nothing external is loaded, and items,
depth, elements, characters and time are counted on the way. What is not well-formed is read again by feedparser's
lenient parser, which never expands anything, from its first half a Mi characters.
"""

import re
import time
from collections.abc import Callable, Iterable
from typing import Any, Final
from xml.sax import SAXException
from xml.sax.handler import feature_namespaces

from defusedxml.common import EntitiesForbidden
from defusedxml.expatreader import DefusedExpatParser
from feedparser.api import LooseFeedParser, StrictFeedParser

MAX_ITEMS: Final = 1_000
MAX_DEPTH: Final = 100
MAX_ELEMENTS_PER_ITEM: Final = 1_000
MAX_ELEMENTS: Final = 50_000
MAX_CHARACTERS_PER_ITEM: Final = 1_000_000
MAX_TAG_BYTES: Final = 256 * 1024
MAX_LENIENT_CHARACTERS: Final = 2**19
MAX_CPU_S: Final = 10.0
_ITEM_TAGS: Final = frozenset({"item", "entry"})
_CLOCK_EVERY: Final = 256
# feedparser would turn each into `&lt;!`, and half a Mi of them into 20 MiB of pieces
_FALSE_DECLARATION: Final = re.compile(r"<!(?!DOCTYPE|--|\[)", re.IGNORECASE)
# what feedparser, sgmllib and markupbase let out when markup surprises them
_FEEDPARSER_FAULTS: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)


class RefusedDocument(ValueError):
    """The document is not read at all; the message is the reason, for people."""


class TooSlow(RefusedDocument):
    """Reading took longer than a feed may take."""


class _Stop(Exception):
    """Reading ends here, and what has been read is kept. `reason` is None when it is the limit on items."""

    def __init__(self, reason: str | None) -> None:
        super().__init__(reason)
        self.reason = reason


class _Bounded:
    """Counts what feedparser's two parsers hand to their common handlers, and drops what is over the bounds."""

    depth: int
    incontent: int
    entries: list[Any]
    resolve_relative_uris = False  # in markup: the normaliser does that; links and ids are always resolved
    sanitize_html = False

    def __init__(self, *arguments: Any, deadline: float) -> None:
        self._deadline = deadline  # on this thread's CPU clock: a busy machine makes no feed slow
        self._elements = self._elements_here = self._characters_here = 0
        self._skipped_tag: str | None = None
        self._skipped_depth = 0
        super().__init__(*arguments)

    def unknown_starttag(self, tag: str, attributes: list[tuple[str, str]]) -> None:
        self._elements += 1
        self._elements_here += 1
        if self._elements % _CLOCK_EVERY == 0 and time.thread_time() > self._deadline:
            raise TooSlow(f"Reading the feed takes more than {MAX_CPU_S:g} s of work.")
        if self._elements > MAX_ELEMENTS:
            raise _Stop(f"the feed has more than {MAX_ELEMENTS:,} elements; what follows is not read")
        if tag.rpartition(":")[2] in _ITEM_TAGS and not self.incontent:
            if len(self.entries) == MAX_ITEMS:
                raise _Stop(None)
            self._at_item_boundary()
        if self._skipped_tag is not None:
            self._skipped_depth += tag == self._skipped_tag
        elif self._elements_here > MAX_ELEMENTS_PER_ITEM:
            self._skipped_tag, self._skipped_depth = tag, 1
        else:
            super().unknown_starttag(tag, attributes)  # type: ignore[misc] # feedparser's class comes later in the MRO

    def unknown_endtag(self, tag: str) -> None:
        if tag.rpartition(":")[2] in _ITEM_TAGS and not self.incontent:
            self._at_item_boundary()
        if self._skipped_tag is None:
            super().unknown_endtag(tag)  # type: ignore[misc] # feedparser's class comes later in the MRO
        elif tag == self._skipped_tag:
            self._skipped_depth -= 1
            if self._skipped_depth == 0:
                self._skipped_tag = None

    def handle_data(self, text: str, escape: int = 1) -> None:
        self._characters_here += len(text)
        if self._skipped_tag is None and self._characters_here <= MAX_CHARACTERS_PER_ITEM:
            super().handle_data(text, escape)  # type: ignore[misc] # feedparser's class comes later in the MRO

    def _at_item_boundary(self) -> None:
        self._elements_here = self._characters_here = 0
        self._skipped_tag = None


class _Strict(_Bounded, StrictFeedParser):  # type: ignore[misc] # feedparser ships no types
    """feedparser's handlers for well-formed XML."""

    def __init__(self, base_url: str, *, deadline: float) -> None:
        super().__init__(base_url, None, "utf-8", deadline=deadline)
        self._open_elements = 0

    def startElementNS(self, name: Any, qname: Any, attributes: Any) -> None:  # noqa: N802 - SAX's name
        self._open_elements += 1
        if self._open_elements > MAX_DEPTH:
            raise _Stop(f"the XML is nested deeper than {MAX_DEPTH} levels; what follows is not read")
        super().startElementNS(name, qname, attributes)

    def endElementNS(self, name: Any, qname: Any) -> None:  # noqa: N802 - SAX's name
        self._open_elements -= 1
        super().endElementNS(name, qname)

    def skippedEntity(self, name: str) -> None:  # noqa: N802 - SAX's name
        # HTML's &nbsp; in RSS 0.91, whose DTD would define it: the lenient parser knows them
        raise SAXException(f"entity {name} is not defined")


class _Loose(_Bounded, LooseFeedParser):  # type: ignore[misc] # feedparser ships no types
    """feedparser's handlers for what is nearly XML."""


class _Expat(DefusedExpatParser):  # type: ignore[misc] # defusedxml ships no types
    """expat that refuses entity declarations and loads nothing; a DOCTYPE by itself is harmless."""

    def __init__(self) -> None:
        super().__init__(forbid_dtd=False, forbid_entities=True, forbid_external=False)
        self.setFeature(feature_namespaces, True)
        self._fed_bytes = 0

    def feed_piece(self, text: str) -> None:
        """Parses a piece; raises RefusedDocument when one tag, comment or declaration does not end."""
        self.feed(text)
        self._fed_bytes += len(text.encode("utf-8", errors="replace"))
        # expat keeps an unfinished tag in memory, and a tag of 15 MiB holds 2 million attributes
        if self._fed_bytes - self._parser.CurrentByteIndex > MAX_TAG_BYTES:
            raise RefusedDocument(f"The feed holds a tag of more than {MAX_TAG_BYTES:,} bytes.")


class XmlFeed:
    """What feedparser made of a document: `feed` and `entries` are its dictionaries, `version` its dialect or empty."""

    def __init__(self, parser: Any, *, note: str | None) -> None:
        self.feed: dict[str, Any] = parser.feeddata
        self.entries: list[dict[str, Any]] = parser.entries[:MAX_ITEMS]
        self.version: str = parser.version
        self.note = note
        """Why reading ended early, for people, or None."""


def parse_xml(pieces: Callable[[], Iterable[str]], *, base_url: str) -> XmlFeed:
    """Reads a document whose text `pieces()` yields (called again for a second reading); raises RefusedDocument."""
    deadline = time.thread_time() + MAX_CPU_S
    strict = _Strict(base_url, deadline=deadline)
    try:
        _feed_expat(strict, pieces())
    except _Stop as stop:
        return XmlFeed(strict, note=stop.reason)
    except EntitiesForbidden:
        raise RefusedDocument("The feed declares XML entities, which is refused.") from None
    except RefusedDocument:
        raise
    except (SAXException, *_FEEDPARSER_FAULTS):
        return _parse_leniently(pieces(), base_url, deadline=deadline)
    return XmlFeed(strict, note=None)


def _feed_expat(handler: _Strict, pieces: Iterable[str]) -> None:
    parser = _Expat()
    parser.setContentHandler(handler)
    parser.setErrorHandler(handler)
    first = True
    for piece in pieces:
        # expat takes no white space before the XML declaration, yet many feeds begin with an empty line
        text = piece.lstrip() if first else piece
        if text:
            parser.feed_piece(text)
            first = False
    parser.close()


def _parse_leniently(pieces: Iterable[str], base_url: str, *, deadline: float) -> XmlFeed:
    text = _FALSE_DECLARATION.sub("", _head(pieces, MAX_LENIENT_CHARACTERS))
    loose = _Loose(base_url, None, "utf-8", {}, deadline=deadline)
    try:
        loose.feed(text)
    except _Stop as stop:
        return XmlFeed(loose, note=stop.reason)
    except RefusedDocument:
        raise
    except _FEEDPARSER_FAULTS:
        raise RefusedDocument("The document is too broken to be read as a feed.") from None
    return XmlFeed(loose, note="the XML is not well-formed; it was read as well as possible")


def _head(pieces: Iterable[str], characters: int) -> str:
    kept: list[str] = []
    for piece in pieces:
        kept.append(piece[: characters - sum(map(len, kept))])
        if sum(map(len, kept)) >= characters:
            break
    return "".join(kept)
