"""The tone of English texts, by VADER (Hutto and Gilbert, ICWSM 2014): a lexicon and rules, 40 µs a headline."""

from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from typing import Any, Final

_NEUTRAL_BELOW: Final = 0.05  # the threshold of VADER's own documentation
_MIN_WORDS: Final = 5
_SAMPLE_CHARACTERS: Final = 600  # its negation look-back is quadratic in the words of one text


def sentiment_of(title: str, summary: str | None, *, language: str) -> dict[str, Any] | None:
    """`{"label", "score", "model"}` with a score from -1 to 1; None for other languages and very short texts."""
    if language != "en":
        return None
    text = f"{title}. {summary or ''}"[:_SAMPLE_CHARACTERS]
    if len(text.split()) < _MIN_WORDS:
        return None
    judge, model = _analyzer()
    score = round(judge(text)["compound"], 4)
    label = "neutral" if abs(score) < _NEUTRAL_BELOW else "positive" if score > 0 else "negative"
    return {"label": label, "score": score, "model": model}


@cache
def _analyzer() -> tuple[Callable[[str], dict[str, float]], str]:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer().polarity_scores, f"vader-{version('vaderSentiment')}"
