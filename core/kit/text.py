"""Plain text as it may be stored and shown: no control characters, no tricks with direction, no half characters."""

import re
import unicodedata
from typing import Final

# C0 and C1 controls, noncharacters, lone surrogates, the byte order mark, soft hyphens, and the bidirectional overrides
# and isolates that make a text show something else than it says (Unicode TR36, CVE-2021-42574). The zero-width joiner,
# non-joiner and the direction marks stay: Persian, Hebrew, Arabic and emoji need them.
_UNWANTED: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b\u2060-\u2064\u202a-\u202e\u2066-\u206f\ufdd0-\ufdef\ufeff"
    "\ufff9-\ufffc\ufffe\uffff\U0001fffe\U0001ffff\U000e0001\U000e0020-\U000e007f\ud800-\udfff]"
)
_BLANKS: Final = re.compile(r"[^\S\n]+")
_LINE_ENDS: Final = re.compile(r"\r\n?|[\x85\u2028\u2029]")
_PARAGRAPH: Final = re.compile(r" ?\n(?: ?\n)+ ?")
_LINE: Final = re.compile(r" ?\n ?")
_ELLIPSIS: Final = "…"


def one_line(text: str, *, limit: int) -> str:
    """`text` on one line, in NFC, at most `limit` characters."""
    return shorten(" ".join(_cleaned(text).split()), limit)


def paragraphs(text: str, *, limit: int) -> str:
    """`text` with its line breaks, one empty line between paragraphs, in NFC, at most `limit` characters."""
    tidy = _BLANKS.sub(" ", _LINE_ENDS.sub("\n", _cleaned(text)))
    tidy = _PARAGRAPH.sub("\n\n", tidy)
    tidy = "\n\n".join(_LINE.sub("\n", part) for part in tidy.split("\n\n"))
    return shorten(tidy.strip(), limit)


def storable(text: str) -> str:
    """`text` without what PostgreSQL or a reader could choke on; everything visible stays as it is."""
    return _UNWANTED.sub("", text)


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, cut between words where there is a gap in the last fifth."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    gap = head.rfind(" ")
    if gap > limit * 4 // 5:
        head = head[:gap]
    return head.rstrip(" ,;:.") + _ELLIPSIS


def _cleaned(text: str) -> str:
    return unicodedata.normalize("NFC", _UNWANTED.sub("", text))
