"""Which language an article is in, as an ISO 639-1 code where there is one, else `und`."""

from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import Final

from core.kit.languages import from_tag

UNKNOWN: Final = "und"
CONFIDENCE_FLOOR: Final = 0.6
"""Below it a detection is a guess: headlines of three words score under 0.3, whole sentences above 0.8."""

_SAMPLE_CHARACTERS: Final = 1_000  # the confidence no longer grows beyond some 500
_MIN_LETTERS: Final = 12

Classifier = Callable[[str], tuple[str, float]]
_LOADING: Final = Lock()


def detect(text: str) -> str | None:
    """The language that the words are in, or None where that is a guess."""
    sample = text[:_SAMPLE_CHARACTERS]
    if sum(character.isalpha() for character in sample) < _MIN_LETTERS:
        return None
    code, confidence = _classifier()(sample)
    return from_tag(code) if confidence >= CONFIDENCE_FLOOR else None


def language_of(text: str, *, stated: str | None, fallback: str | None) -> str:
    """The provider's own word, else what the text shows, else the source's language, else `und`."""
    return from_tag(stated) or detect(text) or from_tag(fallback) or UNKNOWN


def _classifier() -> Classifier:
    with _LOADING:  # several threads that ask at once would each load it
        return _loaded()


@cache
def _loaded() -> Classifier:
    """py3langid's model: 142 languages, loaded once a process (0.6 s, 40 MB), then 50-80 µs a text."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    classify: Classifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True).classify
    return classify
