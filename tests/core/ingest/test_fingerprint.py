"""One text under several addresses."""

import pytest

from core.ingest.fingerprint import digest, fingerprint, without_site_name

TITLE = "Solid-state batteries leave the laboratory"
LEAD = "Three makers begin small series this winter, and a factory in Leeds has started work on cells."
HERE, THERE = digest("here"), digest("there")


def of(title: str = TITLE, lead: str | None = LEAD, *names: str, url_hash: bytes = HERE) -> bytes:
    return fingerprint(title, lead, site_names=names, url_hash=url_hash)


@pytest.mark.parametrize(
    ("title", "lead"),
    [
        (TITLE, "Three makers halt their small series this winter."),
        ("Solid-state batteries return to the laboratory", LEAD),
        (TITLE, None),
    ],
)
def test_another_text_has_another_fingerprint(title: str, lead: str | None) -> None:
    assert of(title, lead) != of()


def test_a_few_words_are_no_text() -> None:
    assert of("Live updates", None) != of("Live updates", None, url_hash=THERE)


@pytest.mark.parametrize(
    ("title", "lead"),
    [
        (TITLE.upper(), LEAD),
        (TITLE.replace("-", "\u2010"), LEAD.replace(",", "")),
        (f"  {TITLE}! ", LEAD.replace(" ", "  ")),
        (TITLE, LEAD + " And so the text goes on and on, longer than the other copy of it."),
        (TITLE.replace("ba", "ｂａ"), LEAD),
    ],
)
def test_a_copy_has_the_same_fingerprint_wherever_it_stands(title: str, lead: str) -> None:
    assert of(title, lead, url_hash=THERE) == of()


@pytest.mark.parametrize("suffix", [" - The Guardian", " | The Guardian", " – the guardian", " — The Guardian"])
def test_the_name_of_the_site_behind_a_headline_does_not_count(suffix: str) -> None:
    assert of(TITLE + suffix, LEAD, "The Guardian") == of()


def test_what_is_not_the_sites_name_belongs_to_the_headline() -> None:
    assert without_site_name("Budget 2026 - what it means", ("The Guardian",)) == "Budget 2026 - what it means"


def test_a_digest_knows_where_one_part_ends() -> None:
    assert digest("ab", "c") != digest("a", "bc")


def test_a_digest_takes_half_a_character() -> None:
    assert len(digest("\ud800")) == 16
