"""OPML in and out."""

from datetime import UTC, datetime

import pytest

from core.errors import InvalidOpml
from core.feeds import opml
from core.feeds.opml import MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS, MAX_FEEDS, Outline
from core.feeds.types import FeedRow
from core.kit.ids import new_id

FEED = '<outline type="rss" text="A" xmlUrl="https://a.example/f"/>'


def document(body: str, head: str = "") -> bytes:
    return f'{head}<opml version="2.0"><head><title>x</title></head><body>{body}</body></opml>'.encode()


def row(url: str, **members: object) -> FeedRow:
    moment = datetime(2026, 11, 21, tzinfo=UTC)
    values: dict[str, object] = {
        "id": new_id(), "slug": "s", "url": url, "site_url": None, "title": None, "format": None, "category": None,
        "language": None, "state": "healthy", "state_reason": None, "article_count": 0, "last_fetch_at": None,
        "next_fetch_at": None, "created_at": moment, "updated_at": moment, **members,
    }  # fmt: skip
    return FeedRow(**values)  # type: ignore[arg-type] # the members are checked by the assertions


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "well-formed"),
        (b"not xml", "well-formed"),
        (b"<opml><body>", "well-formed"),
        (b"\xff\xfe\x00", "well-formed"),
        (b'<?xml version="1.0" encoding="no-such"?><opml/>', "well-formed"),
        (b"<html><body/></html>", "root element"),
        (b"<opml/>", "no feed"),
        (document(""), "no feed"),
        (document('<outline text="folder"/>'), "no feed"),
        (document('<outline xmlUrl="  "/>'), "no feed"),
        (document(FEED, '<!DOCTYPE x [<!ENTITY a "b">]>'), "entities"),
        (document("&a;" + FEED, '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'), "entities"),
        (document(FEED, '<!DOCTYPE x [<!ENTITY % a SYSTEM "http://10.0.0.1/x">%a;]>'), "entities"),
        (document("<outline>" * (MAX_DEPTH + 1) + "</outline>" * (MAX_DEPTH + 1)), "nested"),
        (document("<outline/>" * (MAX_ELEMENTS + 1)), "elements"),
        (document(FEED * (MAX_FEEDS + 1)), "1,001 feeds"),
        (b" " * (MAX_BYTES + 1), "larger"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_list_of_feeds_is_refused_with_the_reason(content: bytes, words: str) -> None:
    with pytest.raises(InvalidOpml, match=words):
        opml.read(content)


def test_feeds_lie_in_folders_however_deep() -> None:
    inner = '<outline title="World"><outline XMLURL=" https://b.example/f "/></outline>'
    body = f'{FEED}<outline text="News">{inner}</outline>'
    assert opml.read(document(body)) == (
        Outline("https://a.example/f", "A", ()),
        Outline("https://b.example/f", None, ("News", "World")),
    )


def test_a_feed_may_hold_feeds() -> None:
    body = '<outline text="A" xmlUrl="https://a.example/f"><outline text="B" xmlUrl="https://b.example/f"/></outline>'
    assert [outline.url for outline in opml.read(document(body))] == ["https://a.example/f", "https://b.example/f"]


def test_elements_that_are_no_outlines_are_skipped() -> None:
    assert len(opml.read(document(f"<div>{FEED}</div>{FEED}<!-- x --><?pi?>"))) == 1


def test_titles_are_one_line_and_not_endless() -> None:
    (outline,) = opml.read(document(f'<outline text=" a &#10; {"b" * 500}" xmlUrl="https://a.example/f"/>'))
    assert outline.title is not None
    assert outline.title.startswith("a b")
    assert len(outline.title) == 200


def test_a_document_may_have_a_doctype_and_another_encoding() -> None:
    head = '<?xml version="1.0" encoding="iso-8859-1"?><!DOCTYPE opml>'
    text = f'{head}<opml><body><outline text="é" xmlUrl="x"/></body></opml>'
    assert opml.read(text.encode("iso-8859-1"))[0].title == "é"


def test_what_is_written_can_be_read() -> None:
    feeds = [
        row("https://a.example/f?x=1&y=<2>", title='A & "B" <C>', category="science", site_url="https://a.example/"),
        row("https://b.example/f", title="B", category="science"),
        row("https://c.example/f"),
    ]
    written = opml.write(feeds)
    assert opml.read(written) == (
        Outline("https://a.example/f?x=1&y=<2>", 'A & "B" <C>', ("science",)),
        Outline("https://b.example/f", "B", ("science",)),
        Outline("https://c.example/f", "https://c.example/f", ()),
    )
    assert b'htmlUrl="https://a.example/"' in written


def test_no_feeds_are_an_empty_document() -> None:
    assert b"<body />" in opml.write([])
