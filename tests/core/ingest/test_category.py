"""Providers' words and the documents' categories."""

from pathlib import Path

import pytest
import yaml

import core
from core.ingest.category import MAX_TOPICS, classify
from core.ingest.types import CATEGORIES
from core.sandbox.outlets import GUARDIAN_SECTIONS

OPENAPI = Path(core.__file__).parent.parent / "openapi"


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_categories_are_those_of_the_documents(version: str) -> None:
    schemas = yaml.safe_load((OPENAPI / version / "schemas" / "articles.yaml").read_text())["components"]["schemas"]
    assert sorted(schemas["Category"]["enum"]) == list(CATEGORIES)


def test_every_category_has_words() -> None:
    words = ["business", "culture", "general", "health", "politics", "science", "sports", "technology", "world"]
    assert [classify((word,))[0] for word in words] == list(CATEGORIES)


@pytest.mark.parametrize("sections", [(), ("",), ("   ",), ("zzz",), ("x" * 200,), ("!!!",), ("general",)])
def test_words_that_say_nothing_are_general(sections: tuple[str, ...]) -> None:
    assert classify(sections)[0] == "general"


@pytest.mark.parametrize(
    ("word", "category"),
    [
        ("Technology", "technology"), ("technology", "technology"), ("r/technology", "technology"),
        ("TECH", "technology"), ("Artificial Intelligence", "technology"), ("Netzwelt", "technology"),
        ("テクノロジー", "technology"), ("worldnews", "world"), ("World news", "world"), ("us-news", "world"),
        ("UK news", "world"), ("World/Europe", "world"), ("International", "world"), ("Sport", "sports"),
        ("Football", "sports"), ("Fußball", "sports"), ("Deportes", "sports"), ("Business", "business"),
        ("Wirtschaft", "business"), ("Économie", "business"), ("Personal Finance", "business"), ("Film", "culture"),
        ("TV & radio", "culture"), ("Art and design", "culture"), ("Feuilleton", "culture"), ("Health", "health"),
        ("Santé", "health"), ("Society", "health"), ("Politics", "politics"), ("US politics", "politics"),
        ("Politik", "politics"), ("Política", "politics"), ("Science", "science"), ("Environment", "science"),
        ("Climate change", "science"), ("Wissenschaft", "science"), ("Space", "science"), ("story", "general"),
        ("Top Stories", "general"), ("programming", "technology"), ("ask", "general"), ("Business news", "business"),
    ],
)  # fmt: skip
def test_a_providers_word_finds_its_category(word: str, category: str) -> None:
    assert classify((word,))[0] == category


@pytest.mark.parametrize(("desk", "section"), GUARDIAN_SECTIONS.items())
def test_the_guardians_sections_find_their_category(desk: str, section: tuple[str, str]) -> None:
    assert classify(section)[0] in {desk, "world"}  # news from the United Kingdom is general to some, world to us


def test_the_first_specific_word_decides() -> None:
    assert classify(("News", "Football", "Business")) == ("sports", ("sports", "business", "news", "football"))


def test_the_owners_word_wins_and_stands_first() -> None:
    assert classify(("Football",), stated="health") == ("health", ("health", "sports", "football"))


def test_topics_are_few_and_each_is_named_once() -> None:
    category, topics = classify([f"word {number}" for number in range(50)] + ["Word 1", "science"])
    assert topics[0] == category == "science"
    assert len(topics) == len(set(topics)) == MAX_TOPICS
