"""Recognising one text under several addresses, and noticing that a text was edited."""

import re
import unicodedata
from hashlib import blake2b
from typing import Final

DIGEST_BYTES: Final = 16
_LEAD_WORDS: Final = 16
_MIN_WORDS: Final = 6
"""A headline and lead of fewer words ("Live updates") say nothing about identity."""
_WORD: Final = re.compile(r"\w+")
_SUFFIX: Final = re.compile(r"\s+[-–—|·:»]\s+(?P<name>[^|»]{2,60})$")


def digest(*parts: str) -> bytes:
    """16 bytes of BLAKE2b over the parts; which text stood in which part makes a difference."""
    state = blake2b(digest_size=DIGEST_BYTES)
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        state.update(len(raw).to_bytes(4, "big"))
        state.update(raw)
    return state.digest()


def fingerprint(title: str, lead: str | None, *, site_names: tuple[str, ...], url_hash: bytes) -> bytes:
    """The same for two copies of a text that differ in case, punctuation, spacing, accents' spelling or site suffix.

    `site_names` are what the copy may have put behind its headline ("… - The Guardian"). Where there are too few words
    to tell texts apart, the fingerprint is that of the address, which nothing else has.
    """
    words = [*_words(without_site_name(title, site_names)), "\n", *_words(lead or "")[:_LEAD_WORDS]]
    if len(words) <= _MIN_WORDS:
        return digest("address", url_hash.hex())
    return digest("text", " ".join(words))


def without_site_name(title: str, site_names: tuple[str, ...]) -> str:
    """A headline without the name of its site at the end."""
    match = _SUFFIX.search(title)
    if match is None:
        return title
    suffix = _words(match["name"])
    known = [_words(name) for name in site_names]
    return title[: match.start()] if suffix in known else title


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
