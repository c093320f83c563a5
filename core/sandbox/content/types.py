"""What a language module holds: the grammar that stories are written with."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Words = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Beat:
    """One kind of story of a desk: headlines, a standfirst and paragraphs with `{slots}`.

    A slot is filled once a story, so that the headline and the last paragraph name the same town. `words` are slots of
    this beat alone; they win over the language's vocabulary.
    """

    desk: str
    titles: tuple[str, ...]
    standfirst: str
    lead: str
    body: tuple[str, ...]
    words: Words = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the newsroom. `thousands` separates digits: 1,200 in English, 1.200 in German.

    Every story ends with two `closings`; an edited one ends with the `correction`.
    """

    code: str
    thousands: str
    decimal: str
    bylines: tuple[str, ...]
    words: Words
    beats: tuple[Beat, ...]
    correction: str
    closings: tuple[str, ...]
