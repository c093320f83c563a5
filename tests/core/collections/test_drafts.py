"""What a caller wants to read, before it becomes an item."""

import pytest

from core.collections.drafts import articles_in, draft, normal_tags
from core.collections.types import NewItem
from core.errors import Unprocessable
from core.kit import ids

ARTICLE = ids.new_id()
READABLE = {ARTICLE: ("https://news.example.org/1", "  A headline\nof two lines ")}


def of_url(url: str) -> bytes:
    return draft(NewItem(url=url), {}).identity


def test_an_article_that_is_not_among_the_readable_ones_is_refused() -> None:
    with pytest.raises(Unprocessable):
        draft(NewItem(article_id=ids.encode("art", ids.new_id())), READABLE)


@pytest.mark.parametrize("text", ["", "nonsense", f"src_{'0' * 22}", f"art_{'z' * 22}"])
def test_what_is_no_id_names_no_article(text: str) -> None:
    item = NewItem(article_id=text)
    assert articles_in([item]) == []
    with pytest.raises(Unprocessable):
        draft(item, READABLE)


@pytest.mark.parametrize(
    "url",
    ["", "example.org", "//example.org/", "https://", "https://?x", "mailto:a@example.org", "https://a:b@example.org/",
     "https://@example.org/", "http://example.org:99999/", "http://[::1/"],
)  # fmt: skip
def test_what_is_no_address_of_a_page_is_refused(url: str) -> None:
    with pytest.raises(Unprocessable):
        draft(NewItem(url=url), {})


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a?b=c#d",
        "http://example.org:8080/",
        "https://[2001:db8::1]/",
        "https://xn--zrich-kva.example/",
    ],
)
def test_an_address_is_kept_as_it_was_written(url: str) -> None:
    made = draft(NewItem(url=url), {})
    assert (made.url, made.title, made.article_id) == (url, url, None)


@pytest.mark.parametrize(
    "spelling",
    ["HTTPS://EXAMPLE.org/a?b=c", "https://example.org:443/a?b=c", "https://example.org./a?b=c", "http://example.org/a?b=c",
     "https://example.org/a?b=c#part"],
)  # fmt: skip
def test_spellings_of_one_address_are_one_item(spelling: str) -> None:
    assert of_url(spelling) == of_url("https://example.org/a?b=c")


@pytest.mark.parametrize(
    "other", ["https://example.org/A?b=c", "https://example.org/a?b=C", "https://www.example.org/a?b=c"]
)
def test_other_addresses_are_other_items(other: str) -> None:
    assert of_url(other) != of_url("https://example.org/a?b=c")


def test_an_article_brings_its_title_and_address() -> None:
    made = draft(NewItem(article_id=ids.encode("art", ARTICLE), tags=("One",), status="reading"), READABLE)
    assert (made.url, made.title) == ("https://news.example.org/1", "A headline of two lines")
    assert (made.identity, made.article_id, made.tags, made.status) == (ARTICLE.bytes, ARTICLE, ["one"], "reading")


def test_a_title_of_one_s_own_goes_before() -> None:
    item = NewItem(article_id=ids.encode("art", ARTICLE), title="Mine")
    assert draft(item, READABLE).title == "Mine"


def test_tags_are_tidied_and_kept_once() -> None:
    assert normal_tags(["B", " a\n b ", "b", "\u200b", "Straße", "STRASSE"]) == ["b", "a b", "strasse"]
