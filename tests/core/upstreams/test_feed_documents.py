"""Reading feeds of every dialect, and items that are odd, each for itself."""

from datetime import UTC, datetime

import orjson
import pytest

from core.upstreams.feeds.document import FeedDocument, read_feed
from core.upstreams.feeds.xml import MAX_ITEMS, RefusedDocument

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
URL = "https://news.example/dir/feed.xml"


def _read(document: str | bytes, content_type: str = "application/xml") -> FeedDocument:
    data = document.encode() if isinstance(document, str) else document
    return read_feed(data, content_type=content_type, url=URL, now=NOW)


def _rss(*items: str, channel: str = "") -> FeedDocument:
    body = "".join(f"<item>{item}</item>" for item in items)
    return _read(f"<rss version='2.0'><channel><title>T</title>{channel}{body}</channel></rss>")


# what is refused as a whole


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("", "nothing"),
        (" \r\n ", "nothing"),
        ("just words", "not a feed"),
        ("<sitemap/>", "neither RSS"),
        ('{"status": "ok"}', "not a JSON Feed"),
        ("[1, 2]", "not a JSON Feed"),
        ("{", "not a JSON Feed"),
        (
            '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><title>&x;</title></channel></rss>',
            "entities",
        ),
        ('<!DOCTYPE r [<!ENTITY % x SYSTEM "http://127.0.0.1/x.dtd"> %x;]><rss/>', "entities"),
        ('<!DOCTYPE r [<!ENTITY a "aaaa">]><rss><channel><title>&a;</title></channel></rss>', "entities"),
        ('<!DOCTYPE r [<!ENTITY a SYSTEM "x" NDATA gif><!NOTATION gif SYSTEM "y">]><rss/>', "entities"),
    ],
)
def test_what_is_no_feed_is_refused_with_a_reason(document: str, reason: str) -> None:
    with pytest.raises(RefusedDocument, match=reason):
        _read(document)


def test_entities_hidden_in_utf_16_are_refused_too() -> None:
    document = '<!DOCTYPE r [<!ENTITY a "aaaa">]><rss><channel><title>&a;</title></channel></rss>'
    with pytest.raises(RefusedDocument, match="entities"):
        _read(document.encode("utf-16"))


def test_a_web_page_is_refused_and_the_feeds_that_it_names_are_named() -> None:
    page = """<!doctype html><html><head><base href="/blog/"><title>News</title>
    <link rel="alternate" type="application/rss+xml" href="feed.xml"><link rel="stylesheet" href="x.css">
    <link rel="ALTERNATE feed" type="application/atom+xml; charset=utf-8" href="//other.example/atom">
    <link rel="alternate" type="application/rss+xml" href="javascript:alert(1)"></head></html>"""
    with pytest.raises(RefusedDocument) as refusal:
        _read(page, "text/html")
    assert str(refusal.value).endswith("The page names: https://news.example/blog/feed.xml, https://other.example/atom")


def test_a_web_page_without_a_feed_says_so() -> None:
    with pytest.raises(RefusedDocument, match="names none"):
        _read("<html><body><![weird[<p>x</p></body></html>", "text/html")


# dialects


def test_rss_2_is_read_whole() -> None:
    read = _rss(
        "<title>A &amp; B</title><link>a.html</link><guid isPermaLink='false'>g1</guid>"
        "<description>&lt;b&gt;short&lt;/b&gt;</description>"
        "<content:encoded xmlns:content='http://purl.org/rss/1.0/modules/content/'><![CDATA[<p onclick='x'>long</p>]]>"
        "</content:encoded><pubDate>Sat, 21 Nov 2026 08:00:00 +0100</pubDate><category>Tech</category>"
        "<category>Tech</category><category>Politics</category><author>ada@news.example (Ada)</author>"
        "<enclosure url='/i.png' type='image/png' length='1'/>",
        channel="<link>/</link><language>de-DE</language><ttl>60</ttl>",
    )
    (draft,) = read.drafts
    assert (draft.provider_id, draft.url, draft.title) == ("g1", "https://news.example/dir/a.html", "A & B")
    assert (draft.summary, draft.content_html) == ("<b>short</b>", "<p onclick='x'>long</p>")
    assert draft.published_at == datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
    assert draft.updated_at is None
    assert draft.sections == ("Tech", "Politics")
    assert (draft.author, draft.publisher, draft.language) == ("Ada", "T", "de-DE")
    assert draft.image_url == "https://news.example/i.png"
    assert (read.info.format, read.info.title, read.info.language, read.info.ttl_s) == ("rss", "T", "de-DE", 3600)
    assert read.info.site_url == "https://news.example/"
    assert read.rejected == ()


def test_atom_is_read_whole() -> None:
    read = _read(
        """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr" xml:base="https://base.example/x/">
        <title>T</title><link href="https://site.example/"/><entry><id>urn:1</id><title type="html">A &amp;lt; B</title>
        <link rel="self" href="self"/><link href="a"/><published>2026-11-20T10:00:00Z</published>
        <updated>2026-11-20T11:00:00+01:00</updated><updated>2026-11-20T12:00:00Z</updated><author><name>N</name></author>
        <category term="t" label="Label"/><source><title>Elsewhere</title></source>
        <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>hey<br/>you</p></div></content></entry></feed>"""
    )
    (draft,) = read.drafts
    assert (draft.provider_id, draft.url) == ("urn:1", "https://base.example/x/a")
    assert draft.content_html == "<p>hey<br>you</p>"
    assert draft.summary is None, "the same text is not given twice"
    assert draft.published_at == datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
    assert draft.updated_at == datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    assert (draft.author, draft.publisher, draft.language, draft.sections) == ("N", "Elsewhere", "fr", ("t",))
    assert read.info.format == "atom"


def test_rdf_is_read_with_its_items_outside_the_channel() -> None:
    read = _read(
        """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
        xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
        <channel rdf:about="https://news.example/"><title>T</title><link>https://news.example/</link>
        <sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency></channel>
        <item rdf:about="https://news.example/1"><title>x</title><link>https://news.example/1</link>
        <dc:date>2026-11-20</dc:date><dc:creator>C</dc:creator><dc:subject>S</dc:subject></item></rdf:RDF>"""
    )
    (draft,) = read.drafts
    assert (draft.provider_id, draft.author, draft.sections) == ("https://news.example/1", "C", ("S",))
    assert draft.published_at == datetime(2026, 11, 20, tzinfo=UTC)
    assert (read.info.format, read.info.ttl_s) == ("rdf", 1800)


def test_rss_0_91_is_read_and_its_dtd_is_not_fetched() -> None:
    read = _read(
        '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" '
        '"http://127.0.0.1:9/rss-0.91.dtd"><rss version="0.91"><channel><title>a&nbsp;b</title>'
        "<item><title>caf&eacute;</title><link>http://a.example/b</link></item></channel></rss>"
    )
    assert [draft.title for draft in read.drafts] == ["café"]


def test_a_json_feed_is_read_whole_and_each_item_for_itself() -> None:
    item = {
        "id": 7,
        "url": "/a",
        "external_url": "https://elsewhere.example/",
        "title": 'x, [y] {z} "q"',
        "content_text": "a < b",
        "summary": "s",
        "image": "i.png",
        "date_published": "2026-11-20T10:00:00Z",
        "date_modified": "2026-11-20T11:00:00Z",
        "authors": [{"url": "x"}, {"name": "Ada"}],
        "tags": ["t", 1, None, "u"],
    }
    parts = [
        b'{"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": [',
        orjson.dumps(item),
        b', {"id": "2"}, {broken}, "text", {"id": "3", "url": "https://a.example/3", "title": "ok"}, ',
        b'{"url": "https://a.example/4", "author": {"name": "Eve"}, "title": "four", "date_published": "9999-01-01"}',
        b'], "language": "en", "home_page_url": "https://home.example/"}',
    ]
    read = _read(b"\xef\xbb\xbf" + b"".join(parts), "application/feed+json")
    first, third, fourth = read.drafts
    assert (first.provider_id, first.url, first.title) == ("7", "https://news.example/a", 'x, [y] {z} "q"')
    assert (first.content_html, first.summary, first.author) == ("a &lt; b", "s", "Ada")
    assert first.image_url == "https://news.example/dir/i.png"
    assert first.updated_at == datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
    assert (first.sections, first.language) == (("t", "u"), "en")
    assert third.provider_id == "3"
    assert (fourth.provider_id, fourth.author, fourth.published_at) == ("https://a.example/4", "Eve", None)
    assert (read.info.format, read.info.title, read.info.site_url) == ("json", "J", "https://home.example/")
    assert len(read.rejected) == 3


def test_a_json_feed_that_is_cut_off_keeps_its_whole_items() -> None:
    read = _read(
        '{"version":"https://jsonfeed.org/version/1","items":[{"id":"1","url":"http://a.example/","title":"x"},{"id"'
    )
    assert [draft.provider_id for draft in read.drafts] == ["1"]
    assert len(read.rejected) == 1


# items


@pytest.mark.parametrize(
    "date",
    [
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Sat, 21 Nov 2099 09:00:00 GMT",
        "0000-00-00",
        "99999-01-01T00:00:00Z",
        "-1",
        "yesterday",
        "31 Feb 2026 25:61:61",
        "1795252200000000000000",
        "Mon, 01 Jan 0001 00:00:00 +2400",
    ],
)
def test_an_absurd_date_is_none_and_the_item_is_kept(date: str) -> None:
    (draft,) = _rss(f"<title>x</title><link>http://a.example/</link><pubDate>{date}</pubDate>").drafts
    assert draft.published_at is None


def test_an_item_without_a_guid_is_known_by_its_link() -> None:
    (draft,) = _rss("<title>x</title><link>http://a.example/1</link>").drafts
    assert draft.provider_id == draft.url == "http://a.example/1"


def test_an_item_without_a_link_falls_back_to_its_permalink_or_enclosure() -> None:
    read = _rss(
        "<title>x</title><guid>https://a.example/1</guid>",
        "<title>y</title><guid isPermaLink='false'>2</guid><enclosure url='https://a.example/2.mp3' type='audio/mp3'/>",
    )
    assert [draft.url for draft in read.drafts] == ["https://a.example/1", "https://a.example/2.mp3"]


def test_a_bad_item_is_rejected_alone_with_its_reason() -> None:
    read = _rss(
        "<title>good</title><link>http://a.example/1</link>",
        "<title>no link</title><guid isPermaLink='false'>2</guid>",
        "<link>javascript:alert(1)</link><title>script</title>",
        "<guid>https://a.example/4</guid>",
        "",
        f"<title>long</title><link>http://a.example/{'x' * 3000}</link>",
        "<title>good too</title><link>http://a.example/2</link>",
    )
    assert [draft.title for draft in read.drafts] == ["good", "good too"]
    assert len(read.rejected) == 5
    assert "item 2: it has no usable link" in read.rejected
    assert "item 4: it has neither a title nor a text" in read.rejected


def test_repeated_guids_on_different_links_are_different_items() -> None:
    read = _rss(
        *(f"<title>{n}</title><guid isPermaLink='false'>same</guid><link>http://a.example/{n}</link>" for n in range(3))
    )
    assert [draft.provider_id for draft in read.drafts] == [f"http://a.example/{n}" for n in range(3)]


def test_of_repeated_items_the_latest_is_kept() -> None:
    link = "<guid isPermaLink='false'>1</guid><link>http://a.example/1</link>"
    read = _rss(
        f"<title>old</title>{link}<pubDate>Fri, 20 Nov 2026 08:00:00 GMT</pubDate>",
        f"<title>new</title>{link}<pubDate>Sat, 21 Nov 2026 08:00:00 GMT</pubDate>",
        f"<title>undated</title>{link}",
    )
    assert [draft.title for draft in read.drafts] == ["new"]
    assert read.rejected == ("3 items have the id 1",)


@pytest.mark.parametrize(
    "damage",
    [
        "<item><title>broken</title><link>http://a.example/b</link><description><p>unclosed</description></item>",
        "<item><title>AT&T</title><link>http://a.example/b?x=1&y=2</link></item>",
        "<item><title>control\x0bcharacter</title><link>http://a.example/b</link></item>",
        "<item><undeclared:tag>x</undeclared:tag><title>prefix</title><link>http://a.example/b</link></item>",
        "<item><title>entity &nbsp; &unknown;</title><link>http://a.example/b</link></item>",
    ],
)
def test_broken_xml_loses_no_neighbour(damage: str) -> None:
    good = "<item><title>{0}</title><link>http://a.example/{0}</link></item>"
    read = _read(f"<rss version='2.0'><channel>{good.format(1)}{damage}{good.format(2)}</channel></rss>")
    assert {"http://a.example/1", "http://a.example/2"} <= {draft.url for draft in read.drafts}
    assert "not well-formed" in read.rejected[0]


def test_xml_that_ends_in_the_middle_keeps_what_came_before() -> None:
    read = _read("<rss version='2.0'><channel><item><title>1</title><link>http://a.example/1</link></item><item><tit")
    assert [draft.url for draft in read.drafts] == ["http://a.example/1"]


def test_white_space_and_a_mark_before_the_declaration_do_no_harm() -> None:
    rss = "\ufeff\n\n<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>T</title></channel></rss>"
    assert _read(rss).rejected == ()


def test_texts_are_cut_and_cleaned_of_what_cannot_be_stored() -> None:
    (draft,) = _read(
        '{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1\\u0000","url":"http://a.example/","title":"'
        + "t" * 5000
        + '","summary":"'
        + "s" * 50_000
        + '"}]}'
    ).drafts
    assert (draft.provider_id, len(draft.title), len(draft.summary or "")) == ("1", 1000, 20_000)


def test_only_the_first_thousand_items_are_read() -> None:
    read = _rss(*(f"<title>{n}</title><link>http://a.example/{n}</link>" for n in range(MAX_ITEMS + 5)))
    assert len(read.drafts) == MAX_ITEMS
    assert read.drafts[-1].title == str(MAX_ITEMS - 1)


def test_an_item_with_thousands_of_children_keeps_its_own_fields_and_its_neighbours() -> None:
    read = _rss(
        "<title>wide</title><link>http://a.example/1</link>" + "<x:y xmlns:x='u'/><category>c</category>" * 3000,
        "<title>next</title><link>http://a.example/2</link>",
    )
    assert [draft.title for draft in read.drafts] == ["wide", "next"]
    assert read.drafts[0].sections == ("c",)


def test_what_is_nested_too_deeply_ends_the_reading_and_says_so() -> None:
    read = _rss("<title>1</title><link>http://a.example/1</link>", "<a>" * 200 + "</a>" * 200)
    assert read.drafts[0].title == "1"
    assert "deeper than 100" in read.rejected[0]


@pytest.mark.parametrize(
    ("ttl", "seconds"), [("0", None), ("-5", None), ("x", None), ("5", 300), ("99999999999", 604800)]
)
def test_a_ttl_is_minutes_and_at_most_a_week(ttl: str, seconds: int | None) -> None:
    assert _rss(channel=f"<ttl>{ttl}</ttl>").info.ttl_s == seconds
