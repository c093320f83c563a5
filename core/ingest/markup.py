"""Untrusted HTML, read once in linear time: sanitised mark-up and plain text come out together.

ammonia (nh3) is what decides about safety, but its parser follows the HTML standard into its quadratic corners: 500 kB
of unclosed `<div>` take it 41 s, 37 kB of `<font><p>` 3.7 s. So it is only ever given what the tokeniser below has
written: balanced, at most `MAX_DEPTH` deep, with known elements and re-quoted attributes.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from html import escape, unescape
from typing import Final
from urllib.parse import urljoin

import nh3

MAX_DEPTH: Final = 64
MAX_ELEMENTS: Final = 10_000

_VOID: Final = frozenset({"br", "hr", "img"})
_BLOCKS: Final = frozenset({
    "blockquote", "dd", "details", "dl", "dt", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li",
    "ol", "p", "pre", "summary", "table", "td", "th", "tr", "ul",
})  # fmt: skip
_INLINE: Final = frozenset({
    "a", "abbr", "b", "br", "cite", "code", "del", "em", "i", "img", "ins", "kbd", "mark", "q", "s", "small", "strong",
    "sub", "sup", "tbody", "tfoot", "thead", "time", "u",
})  # fmt: skip
_ALLOWED: Final = _BLOCKS | _INLINE
_BREAKING: Final = _BLOCKS | {"address", "article", "aside", "br", "div", "footer", "header", "main", "nav", "section"}
_AUTOCLOSED: Final = {"p": {"p"}, "li": {"li"}, "dt": {"dt", "dd"}, "dd": {"dt", "dd"}, "tr": {"tr", "td", "th"},
                      "td": {"td", "th"}, "th": {"td", "th"}}  # fmt: skip
"""What an opening tag ends when it stands directly inside (HTML standard, optional tags)."""
_ATTRIBUTES: Final = {
    "a": frozenset({"href", "title"}), "img": frozenset({"src", "alt", "title", "width", "height"}),
    "abbr": frozenset({"title"}), "time": frozenset({"datetime"}), "td": frozenset({"colspan", "rowspan"}),
    "th": frozenset({"colspan", "rowspan"}), "ol": frozenset({"start"}),
}  # fmt: skip
_HIDDEN: Final = frozenset({
    "applet", "audio", "button", "canvas", "embed", "form", "frameset", "head", "iframe", "math", "noembed", "noframes",
    "noscript", "object", "script", "select", "style", "svg", "template", "textarea", "title", "video", "xmp",
})  # fmt: skip
"""Their content is no text of an article."""

_TAG: Final = re.compile(
    r"<!--.*?(?:-->|\Z)|<[!?][^<>]*+>"
    r"|<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9]*+)"
    # no part of it runs past the next `<`: however broken the source, every character is looked at twice at most
    r"(?P<rest>(?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+|[^<>]*+)>",
    re.DOTALL,
)
_ATTRIBUTE: Final = re.compile(r"""(?<![A-Za-z-])([A-Za-z-]{1,32})\s{0,8}=\s{0,8}(?:"([^"]*)"|'([^']*)'|([^\s"'=]+))""")
_MAX_ATTRIBUTE_CHARACTERS: Final = 4096


@dataclass(frozen=True, slots=True)
class Markup:
    """`html` is sanitised; `text` is plain, with line breaks between blocks, not yet tidied."""

    html: str
    text: str


def read(source: str, *, base: str) -> Markup:
    """Both readings of untrusted mark-up. Relative addresses in it are resolved against `base`."""
    reader = _Reader(base)
    position = 0
    while match := _TAG.search(source, position):
        reader.write(source[position : match.start()])
        position = match.end()
        name = (match["name"] or "").lower()
        if name in _HIDDEN:
            position = _end_of_hidden(source, position, name) if not match["close"] else position
        elif match["close"]:
            reader.close(name)
        elif name:
            reader.open(name, match["rest"])
    reader.write(source[position:])
    return Markup(_cleaner()(reader.html()), reader.text())


def _end_of_hidden(source: str, position: int, name: str) -> int:
    found = _closing(name).search(source, position)
    return len(source) if found is None else found.end()


@cache
def _closing(name: str) -> re.Pattern[str]:
    return re.compile(rf"</{name}\s*>", re.IGNORECASE)


class _Reader:
    """Writes balanced mark-up and text side by side."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._html: list[str] = []
        self._text: list[str] = []
        self._stack: list[str] = []
        self._elements = 0

    def write(self, text: str) -> None:
        if text:
            self._html.append(text.replace("<", "&lt;").replace(">", "&gt;"))
            self._text.append(text)

    def open(self, name: str, attributes: str) -> None:
        if name in _BREAKING:
            self._text.append("\n\n" if name == "p" else "\n")
        self._elements += 1
        if name not in _ALLOWED or self._elements > MAX_ELEMENTS:
            return
        if self._stack and self._stack[-1] in _AUTOCLOSED.get(name, ()):
            self._html.append(f"</{self._stack.pop()}>")
        if name in _VOID or len(self._stack) < MAX_DEPTH:
            self._html.append(f"<{name}{self._attributes(name, attributes)}>")
            if name not in _VOID:
                self._stack.append(name)

    def close(self, name: str) -> None:
        if name in _BREAKING:
            self._text.append("\n\n" if name == "p" else "\n")
        if name in self._stack:
            while (top := self._stack.pop()) != name:
                self._html.append(f"</{top}>")
            self._html.append(f"</{name}>")

    def html(self) -> str:
        return "".join(self._html) + "".join(f"</{name}>" for name in reversed(self._stack))

    def text(self) -> str:
        return unescape("".join(self._text))

    def _attributes(self, name: str, written: str) -> str:
        allowed = _ATTRIBUTES.get(name)
        if not allowed or len(written) > _MAX_ATTRIBUTE_CHARACTERS:
            return ""
        found = {}
        for match in _ATTRIBUTE.finditer(written):
            attribute = match[1].lower()
            if attribute in allowed and attribute not in found:
                value = unescape(match[2] or match[3] or match[4] or "").strip()
                found[attribute] = self._absolute(value) if attribute in {"href", "src"} else value
        return "".join(f' {attribute}="{escape(value)}"' for attribute, value in found.items() if value)

    def _absolute(self, address: str) -> str:
        try:
            return urljoin(self._base, address)
        except ValueError:
            return ""


@cache
def _cleaner() -> Callable[[str], str]:
    return nh3.Cleaner(
        tags=set(_ALLOWED),
        clean_content_tags=set(_HIDDEN),
        attributes={name: set(attributes) for name, attributes in _ATTRIBUTES.items()},
        link_rel="nofollow noopener noreferrer",
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
    ).clean
