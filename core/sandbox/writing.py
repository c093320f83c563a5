"""Writes stories: fills the beats of a language with its vocabulary, the same text for the same name every time."""

from dataclasses import dataclass
from typing import Final

from core.sandbox.chance import number, pick, sample
from core.sandbox.content.types import Beat, Language

# slot: (lowest, highest); a digit after the name (`percent2`) is a slot of its own
_NUMBERS: Final = {
    "percent": (4, 38),
    "percent2": (61, 96),
    "count": (1_200, 48_000),
    "count2": (210, 9_800),
    "price": (349, 1_899),
    "metres": (180, 2_900),
    "small": (4, 19),
    "small2": (21, 68),
    "millions": (4, 480),
    "days": (11, 59),
    "years": (3, 17),
    "years2": (2, 9),
}
BODY_PARAGRAPHS: Final = 3
CLOSING_PARAGRAPHS: Final = 2


@dataclass(frozen=True, slots=True)
class Story:
    """The words of an article, without where and when it appeared."""

    language: str
    desk: str
    title: str
    standfirst: str
    paragraphs: tuple[str, ...]
    byline: str

    @property
    def text(self) -> str:
        """The paragraphs as plain text, a blank line between them."""
        return "\n\n".join(self.paragraphs)


class _Slots(dict[str, str]):
    """Fills a slot when it is first named, and keeps it for the rest of the story."""

    def __init__(self, language: Language, beat: Beat, name: str) -> None:
        super().__init__()
        self._language, self._beat, self._name = language, beat, name

    def __missing__(self, slot: str) -> str:
        value = self._number(slot) or self._word(slot)
        self[slot] = value
        return value

    def _number(self, slot: str) -> str | None:
        if slot == "small_decimal":
            tenths = 12 + number(self._name, slot, below=30)
            return f"{tenths // 10}{self._language.decimal}{tenths % 10}"
        if slot not in _NUMBERS or slot in self._beat.words:
            return None
        lowest, highest = _NUMBERS[slot]
        value = lowest + number(self._name, slot, below=highest - lowest + 1)
        return f"{value:,}".replace(",", self._language.thousands)

    def _word(self, slot: str) -> str:
        base = slot.rstrip("2")
        words = self._beat.words.get(slot) or self._beat.words.get(base) or self._language.words[base]
        taken = self[base] if base != slot else None  # `city2` is another town than `city`
        return pick([word for word in words if word != taken], self._name, slot)


def write(language: Language, beat: Beat, name: str, *, version: int = 0) -> Story:
    """The story called `name` on `beat`: 1 lead, 3 of the beat's paragraphs and 2 closings.

    Versions above 0 are edits: another of the beat's headlines over the same facts, a paragraph more or less, and a
    note of correction.
    """
    slots = _Slots(language, beat, name)

    def fill(template: str) -> str:
        text = template.format_map(slots)
        return text[:1].upper() + text[1:]

    headline = number(name, "title", below=len(beat.titles)) + version
    body = sample(beat.body, BODY_PARAGRAPHS + version % 2, name, "body")
    closings = sample(language.closings, CLOSING_PARAGRAPHS, name, "closing")
    notes = (language.correction,) if version else ()
    return Story(
        language=language.code,
        desk=beat.desk,
        title=fill(beat.titles[headline % len(beat.titles)]),
        standfirst=fill(beat.standfirst),
        paragraphs=tuple(fill(template) for template in (beat.lead, *body, *closings, *notes)),
        byline=pick(language.bylines, name, "byline"),
    )


def beats_of(language: Language, desk: str) -> tuple[Beat, ...]:
    """The beats of a desk; a language that has none of them lends all of its beats."""
    return tuple(beat for beat in language.beats if beat.desk == desk) or language.beats
