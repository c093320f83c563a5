"""Finding the words of an anchor again."""

import unicodedata

import pytest

from core.notes.anchors import Text, locate
from core.notes.types import LOST, Anchor, AnchorState

STORY = (
    "Three makers begin small series this winter. The first cars with solid-state batteries leave the line in March, "
    "and five people were hurt in a fire at the plant on Tuesday evening. Nobody died, and the makers begin again."
)


def words(text: str, state: AnchorState) -> str | None:
    return None if state.start is None else text[state.start : state.end]


def found(anchor: Anchor, text: str, *, at: int | None = None) -> tuple[str, str | None]:
    state = locate(anchor, Text(text), at=at)
    return state.status, words(text, state)


@pytest.mark.parametrize(
    "anchor",
    [
        Anchor("a bridge over the river"),
        Anchor("Nobody died", "at the stadium. ", " in the match."),
        Anchor("?!"),
        Anchor("zzz", "five people were ", " in a fire at the plant"),
    ],
)
def test_words_that_never_stood_there_are_lost(anchor: Anchor) -> None:
    text = "Entirely other news about bread."
    assert locate(anchor, Text(text)) == LOST


def test_words_that_were_taken_out_are_lost_though_their_surroundings_are_left() -> None:
    anchor = Anchor("and five people were hurt in a fire", "leave the line in March, ", " at the plant on Tuesday")
    assert locate(anchor, Text(STORY.replace(anchor.exact + " ", ""))) == LOST


def test_nothing_is_found_in_an_empty_text() -> None:
    assert locate(Anchor("five people"), Text("")) == LOST


def test_words_at_their_old_place_match() -> None:
    at = STORY.index("five people")
    assert locate(Anchor("five people"), Text(STORY), at=at) == AnchorState("matched", at, at + 11)


def test_words_at_another_place_have_moved() -> None:
    later = f"Update on Wednesday. {STORY}"
    assert found(Anchor("five people"), later, at=STORY.index("five people")) == ("moved", "five people")


def test_of_equal_words_those_in_the_same_surroundings_are_meant() -> None:
    second = STORY.rindex("makers begin")
    assert locate(Anchor("makers begin", "and the ", " again"), Text(STORY), at=6).start == second
    assert locate(Anchor("makers begin", "Three ", " small"), Text(STORY), at=second).start == 6


def test_of_equal_words_in_like_surroundings_the_nearest_to_the_old_place_is_meant() -> None:
    text = "yes no yes no yes no"
    assert [locate(Anchor("yes"), Text(text), at=at).start for at in (0, 8, 15)] == [0, 7, 14]


@pytest.mark.parametrize(
    "exact", ["SOLID-STATE batteries", "solid-state\n  batteries", "solid state batteries", "«solid-state» batteries"]
)
def test_case_spacing_and_punctuation_do_not_matter(exact: str) -> None:
    assert found(Anchor(exact), STORY) == ("matched", "solid-state batteries")


def test_a_quote_may_begin_and_end_within_a_word() -> None:
    assert found(Anchor("TTERIES   leave the li"), STORY) == ("matched", "tteries leave the li")


def test_offsets_count_code_points_and_letters_in_any_normal_form() -> None:
    text = "😀 Café crème costs more."
    anchor = Anchor(unicodedata.normalize("NFD", "Café crème"))
    assert locate(anchor, Text(text), at=2) == AnchorState("matched", 2, 12)


FIVE_HURT = Anchor("five people were hurt", "March, and ", " in a fire")
FIVE = Anchor("five", "the line in March, and ", " people were hurt in a fire")
FIRST_CARS = Anchor("The first cars with solid-state batteries leave the line in March")
FIRE = Anchor("hurt in a fire at the plant", "people were ", " on Tuesday")


@pytest.mark.parametrize(
    ("anchor", "old", "new", "became"),
    [
        (FIVE_HURT, "five people were", "seven people were badly", "seven people were badly hurt"),
        (FIVE, "five", "at least seven", "at least seven"),
        (
            FIRST_CARS,
            "The first cars with",
            "Cars with the first",
            "the first solid-state batteries leave the line in March",
        ),
        (FIRE, "a fire at", "the fire of", "hurt in the fire of the plant"),
    ],
)
def test_edited_words_are_found_as_what_became_of_them(anchor: Anchor, old: str, new: str, became: str) -> None:
    assert found(anchor, STORY) == ("matched", anchor.exact)
    assert found(anchor, STORY.replace(old, new)) == ("changed", became)


def test_words_without_spaces_are_aligned_by_character() -> None:
    text = "前文。電池は今年の冬に研究室を出る。三つの会社が小さな生産を始める。"
    assert found(Anchor("電池は来年の冬に研究室を出る"), text) == ("changed", "電池は今年の冬に研究室を出る")


def test_the_right_paragraph_of_a_long_text_is_found() -> None:
    paragraphs = [
        f"In district {number} the council votes on bridge {number} with {number * 7} voices." for number in range(2000)
    ]
    anchor = Anchor(paragraphs[1234].replace("votes on", "has now decided about"))
    assert found(anchor, "\n\n".join(paragraphs)) == ("changed", paragraphs[1234][:-1])


@pytest.mark.parametrize("text", ["a b " * 50_000 + "c", "x" * 200_000, "\u0300" * 100_000])
def test_a_text_made_to_be_slow_is_answered_all_the_same(text: str) -> None:
    assert locate(Anchor("a b " * 300 + "z a b c", "b " * 50, " a" * 50), Text(text)).status in ("changed", "lost")
