"""Plain text as it may be stored and shown."""

import pytest

from core.kit.text import one_line, paragraphs, shorten, storable


@pytest.mark.parametrize(
    "unwanted",
    [
        "\x00", "\x07", "\x1b", "\x7f", "\x9b", "\xad", "\u200b", "\u202e", "\u2066", "\u2069", "\ufeff", "\ufffe",
        "\ud800", "\U000e0041",
    ],
)  # fmt: skip
def test_characters_that_deceive_or_break_are_removed(unwanted: str) -> None:
    assert storable(f"a{unwanted}b") == "ab"


@pytest.mark.parametrize("kept", ["\u200d", "\u200c", "\u200e", "\u200f", "é", "漢", "😀", "\n", "\t"])
def test_characters_that_languages_need_stay(kept: str) -> None:
    assert storable(f"a{kept}b") == f"a{kept}b"


def test_one_line_has_single_spaces_and_no_line_break() -> None:
    assert one_line(" a\u00a0\n\tb\u2028c  ", limit=100) == "a b c"


def test_letters_and_their_accents_are_composed() -> None:
    assert one_line("Cafe\u0301", limit=100) == "Café"


def test_paragraphs_are_parted_by_one_empty_line() -> None:
    assert paragraphs("a \r\n\r\n\n \n b\nc\t d\n", limit=100) == "a\n\nb\nc d"


def test_a_long_text_is_cut_between_words() -> None:
    cut = shorten("one two three four five six", 20)
    assert cut == "one two three four…"


def test_a_long_word_is_cut_where_the_limit_is() -> None:
    assert shorten("x" * 50, 10) == "x" * 9 + "…"


@pytest.mark.parametrize("limit", [1, 2, 5, 17, 40])
def test_no_text_is_longer_than_its_limit(limit: int) -> None:
    assert len(shorten("a, b; c. d e f g h i j k l m n o p q r s t u v", limit)) <= limit
