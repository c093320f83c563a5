"""Finding the words of an anchor again, in a text that may have been edited since.

Three steps, each only where the one before found nothing: the words to the letter; the words whatever their case,
spacing and punctuation; and, in the parts of the text that share most rare words with the anchor and its surroundings,
an alignment word by word. Each is bounded: the first two are linear in the text, and the third looks at two windows of
twice the anchor's length, whatever the text.
"""

import re
import unicodedata
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import cached_property
from typing import Final, NamedTuple

from core.notes.types import Anchor, AnchorState

MAX_PLACES: Final = 200
"""Occurrences of the same words that are compared by what stands around them."""

LIKE_ENOUGH: Final = 0.5
"""The part of the words that must still be there; below it a match is chance."""

_WINDOWS: Final = 2
_MAX_VOTES: Final = 20_000
_COMMON: Final = 50  # a word that stands in the text more often tells no place
# Han, kana and Hangul are written without spaces: a character is a word
_WORD: Final = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]|[^\W_\u3040-\u30ff\u3400-\u9fff]+")


class Span(NamedTuple):
    """A part of the text, in code points."""

    start: int
    end: int


class Text:
    """The text of an article, taken apart once for all the anchors in it."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def words(self) -> list[Span]:
        """Where the words are."""
        return [Span(*match.span()) for match in _WORD.finditer(self.text)]

    @cached_property
    def folded(self) -> list[str]:
        """The words without case."""
        return [self.text[start:end].casefold() for start, end in self.words]

    @cached_property
    def line(self) -> str:
        """The folded words with one space between them: the text without case, spacing and punctuation."""
        return " ".join(self.folded)

    @cached_property
    def offsets(self) -> list[int]:
        """Where in `line` each word begins."""
        offsets, at = [], 0
        for word in self.folded:
            offsets.append(at)
            at += len(word) + 1
        return offsets

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """Folded word → which words of the text it is."""
        places: dict[str, list[int]] = defaultdict(list)
        for index, word in enumerate(self.folded):
            places[word].append(index)
        return places


def locate(anchor: Anchor, text: Text, *, at: int | None = None) -> AnchorState:
    """Where the words of `anchor` are in `text`; `at` is where they began when the anchor was set."""
    anchor = Anchor(*(unicodedata.normalize("NFC", part) for part in anchor))  # as the texts of articles are
    span = _nearest(_exact(anchor, text), anchor, text, at) or _nearest(_folded(anchor, text), anchor, text, at)
    if span is not None:
        return AnchorState("matched" if at is None or span.start == at else "moved", *span)
    span = _aligned(anchor, text)
    return AnchorState("lost") if span is None else AnchorState("changed", *span)


def _exact(anchor: Anchor, text: Text) -> list[Span]:
    return [Span(at, at + len(anchor.exact)) for at in _occurrences(anchor.exact, text.text)]


def _folded(anchor: Anchor, text: Text) -> list[Span]:
    quote = Text(anchor.exact).line
    if not quote:
        return []
    return [
        Span(_position(text, at, end=False), _position(text, at + len(quote), end=True))
        for at in _occurrences(quote, text.line)
    ]


def _occurrences(needle: str, text: str) -> Iterator[int]:
    at = text.find(needle)
    for _ in range(MAX_PLACES):
        if at < 0:
            return
        yield at
        at = text.find(needle, at + 1)


def _position(text: Text, offset: int, *, end: bool) -> int:
    """The place in the text that an offset in `line` stands for, be it within a word."""
    index = bisect_right(text.offsets, offset - end) - 1
    word, into = text.words[index], offset - text.offsets[index]
    return min(word.start + into, word.end)


def _nearest(spans: Sequence[Span], anchor: Anchor, text: Text, at: int | None) -> Span | None:
    """The one that most of the surroundings agree with; among equals the one that is nearest to the old place."""

    def fitness(span: Span) -> tuple[int, int]:
        before = _common(anchor.prefix[::-1], text.text[max(0, span.start - len(anchor.prefix)) : span.start][::-1])
        after = _common(anchor.suffix, text.text[span.end : span.end + len(anchor.suffix)])
        return before + after, -abs(span.start - (at or 0))

    return max(spans, key=fitness, default=None)


def _common(one: str, other: str) -> int:
    """How many characters both begin with."""
    for index, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return index
    return min(len(one), len(other))


def _aligned(anchor: Anchor, text: Text) -> Span | None:
    """What became of the words, by the best alignment of them and their surroundings with a part of the text."""
    parts = [Text(part).folded for part in (anchor.prefix, anchor.exact, anchor.suffix)]
    if not parts[1]:
        return None
    words = [word for part in parts for word in part]
    best: tuple[float, Span] | None = None
    for first in _windows(words, text):
        window = text.folded[first : first + 2 * len(words)]
        found = _judged(_pairs(words, window), [len(part) for part in parts])
        if found is not None and (best is None or found[0] > best[0]):
            start, end = text.words[first + found[1].start], text.words[first + found[1].end - 1]
            best = found[0], Span(start.start, end.end)
    return None if best is None else best[1]


def _windows(words: Sequence[str], text: Text) -> list[int]:
    """The words of the text at which the likeliest windows begin: rare words vote for where the anchor began."""
    votes: Counter[int] = Counter()
    slack = len(words) // 2 + 1
    rare = sorted((len(text.places.get(word, ())), index, word) for index, word in enumerate(words))
    budget = _MAX_VOTES
    for count, index, word in rare:
        if count > _COMMON or budget < 0:
            break
        budget -= count
        for place in text.places.get(word, ()):
            votes[(place - index) // slack] += 1
    return [max(0, bucket * slack - slack // 2) for bucket, _ in votes.most_common(_WINDOWS)]


def _pairs(words: Sequence[str], window: Sequence[str]) -> dict[int, int]:
    """Index of a word of the anchor → index of the same word in the window, in the same order."""
    # words that are frequent in a long window start no match (difflib's `autojunk`): that keeps it near linear
    blocks = SequenceMatcher(None, words, window).get_matching_blocks()
    return {block.a + step: block.b + step for block in blocks for step in range(block.size)}


def _judged(pairs: dict[int, int], lengths: Sequence[int]) -> tuple[float, Span] | None:
    """How well the anchor is kept, and its words in the window; None where too little of it is left."""
    before, size, after = lengths
    kept = [pairs[index] for index in range(before, before + size) if index in pairs]
    heads = [pairs[index] for index in range(before) if index in pairs]
    tails = [pairs[index] for index in range(before + size, before + size + after) if index in pairs]
    start = kept[0] if kept else heads[-1] + 1 if heads else None
    end = kept[-1] + 1 if kept else tails[0] if tails else None
    if start is None or end is None:
        return None
    if heads and before not in pairs:
        start = min(start, heads[-1] + 1)  # the first word was replaced: what stands after the prefix is in its place
    if tails and before + size - 1 not in pairs:
        end = max(end, tails[0])
    framed = len(heads) > before * LIKE_ENOUGH and len(tails) > after * LIKE_ENOUGH and before > 1 and after > 1
    is_alike = len(kept) >= size * LIKE_ENOUGH and len(kept) >= (end - start) * LIKE_ENOUGH
    if not start < end <= start + 2 * size + 3 or not (is_alike or framed):
        return None
    return (len(kept) + len(heads) + len(tails)) / sum(lengths), Span(start, end)
