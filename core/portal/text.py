"""Words and code as HTML: the part of Markdown that the documents use, and the colours of code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from markupsafe import Markup, escape

ORIGIN: Final = "OriginOfThisInstance"
"""What stands in a page for the address of the instance until somebody asks for the page."""

KEY: Final = "tdk_live_…"
"""What stands in every example for the reader's own key."""

EXAMPLE_ORIGIN: Final = "http://127.0.0.1:8080"
"""The address of the instance in the quick starts."""

_CODE: Final = re.compile(r"`([^`]+)`")
_STRONG: Final = re.compile(r"\*\*([^*]+)\*\*")
_FENCE: Final = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
_LISTED: Final = re.compile(r"^- ", re.MULTILINE)


def inline(text: str) -> Markup:
    """One paragraph: backticks mark code and two stars what matters, as in CommonMark."""
    html = _STRONG.sub(r"<strong>\1</strong>", _CODE.sub(r"<code>\1</code>", str(escape(text))))
    return Markup(html)  # noqa: S704  # escaped before the tags came in


def prose(text: str) -> Markup:
    """Paragraphs and lists without a level below them."""
    return Markup("\n").join(_block(block.strip()) for block in text.split("\n\n") if block.strip())


def code(source: str, language: str) -> Markup:
    """Source text with a class on each word of it; the reader's key is marked, so that a script can fill it in."""
    from pygments import highlight as coloured  # a process that is asked for no page does not load it
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_by_name

    lexer = get_lexer_by_name(language, stripnl=True)
    html = coloured(source.strip().replace(EXAMPLE_ORIGIN, ORIGIN), lexer, HtmlFormatter(nowrap=True)).rstrip()
    html = html.replace(KEY, f'<span class="key" data-key>{KEY}</span>')
    return Markup(html)  # noqa: S704  # the formatter escapes


def parts(text: str) -> Iterator[tuple[str, str]]:
    """A text with fenced code as (language or "", text or code) in its order; no language means prose."""
    at = 0
    for fence in _FENCE.finditer(text):
        if before := text[at : fence.start()].strip():
            yield "", before
        yield fence[1] or "console", fence[2].strip()
        at = fence.end()
    if rest := text[at:].strip():
        yield "", rest


def _block(block: str) -> Markup:
    if not block.startswith("- "):
        return Markup("<p>{}</p>").format(inline(block))
    items = (item.strip() for item in _LISTED.split(block) if item.strip())
    return Markup("<ul>{}</ul>").format(Markup("").join(Markup("<li>{}</li>").format(inline(item)) for item in items))
