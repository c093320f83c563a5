"""One spelling for every address."""

import pytest

from core.ingest.urls import InvalidUrl, canonical_url, host_label, identity, web_url

REFUSED = [
    "",
    "   ",
    "example.org/a",
    "/relative/path",
    "//example.org/a",
    "ftp://example.org/a",
    "javascript:alert(1)",
    "data:text/html,x",
    "mailto:a@example.org",
    "http:",
    "http://",
    "http:///",
    "http://exa mple.org/",
    "http://example..org/",
    "http://-example.org/",
    "http://example.org:99999/",
    "http://example.org:port/",
    "http://[::1/",
    "http://[zz::1]/",
    "http://a%41.example/",
    "http://example.org/\x00b",
    "http://example.org/\ud800",
    "http://" + "a" * 64 + ".example/",
    "https://example.org/" + "a" * 3000,
]

CANONICAL = [
    # scheme, host, port
    ("https://example.org", "https://example.org/"),
    ("HTTPS://Example.ORG/A", "https://example.org/A"),
    ("https://example.org:443/a", "https://example.org/a"),
    ("http://example.org:80/a", "http://example.org/a"),
    ("http://example.org:443/a", "http://example.org:443/a"),
    ("https://example.org:8443/a", "https://example.org:8443/a"),
    ("https://example.org:/a", "https://example.org/a"),
    ("https://example.org:0443/a", "https://example.org/a"),
    ("https://example.org./a", "https://example.org/a"),
    ("https://user:secret@example.org/a", "https://example.org/a"),
    ("https://müller.example/a", "https://xn--mller-kva.example/a"),
    ("https://BÜCHER.example/", "https://xn--bcher-kva.example/"),
    ("https://[2001:DB8:0:0::1]/a", "https://[2001:db8::1]/a"),
    ("https://127.0.0.1/a", "https://127.0.0.1/a"),
    # as browsers read it
    ("  https://example.org/a\n", "https://example.org/a"),
    ("https://exam\tple.org/a\nb", "https://example.org/ab"),
    ("https:\\\\example.org\\a", "https://example.org/a"),
    ("https:example.org/a", "https://example.org/a"),
    ("https:////example.org/a", "https://example.org/a"),
    # path
    ("https://example.org/a/./b", "https://example.org/a/b"),
    ("https://example.org/a/../b", "https://example.org/b"),
    ("https://example.org/a/b/..", "https://example.org/a/"),
    ("https://example.org/../../a", "https://example.org/a"),
    ("https://example.org/a/.", "https://example.org/a/"),
    ("https://example.org/a/%2e%2e/b", "https://example.org/b"),
    ("https://example.org/%7euser", "https://example.org/~user"),
    ("https://example.org/%41%2fb", "https://example.org/A%2Fb"),
    ("https://example.org/a b", "https://example.org/a%20b"),
    ("https://example.org/ä", "https://example.org/%C3%A4"),
    ("https://example.org/%c3%a4", "https://example.org/%C3%A4"),
    ("https://example.org/100%", "https://example.org/100%25"),
    ("https://example.org/a//b", "https://example.org/a//b"),
    ("https://example.org/a/", "https://example.org/a/"),
    ("https://example.org/a;p=1,2", "https://example.org/a;p=1,2"),
    # fragment
    ("https://example.org/a#comments", "https://example.org/a"),
    ("https://example.org/a#:~:text=b", "https://example.org/a"),
    ("https://example.org/#", "https://example.org/"),
    # query
    ("https://example.org/a?", "https://example.org/a"),
    ("https://example.org/a?b=2&a=1", "https://example.org/a?a=1&b=2"),
    ("https://example.org/a?b=2&a=2&b=1", "https://example.org/a?a=2&b=2&b=1"),
    ("https://example.org/a?&&x=1&", "https://example.org/a?x=1"),
    ("https://example.org/a?x", "https://example.org/a?x"),
    ("https://example.org/a?q=a b", "https://example.org/a?q=a%20b"),
    ("https://example.org/a?q=ä%7E", "https://example.org/a?q=%C3%A4~"),
    ("https://example.org?x=1", "https://example.org/?x=1"),
    ("https://example.org/a?x=1#f?y=2", "https://example.org/a?x=1"),
    # tracking
    ("https://example.org/a?utm_source=x&utm_medium=y", "https://example.org/a"),
    ("https://example.org/a?UTM_Source=x&id=7", "https://example.org/a?id=7"),
    ("https://example.org/a?fbclid=IwAR0", "https://example.org/a"),
    ("https://example.org/a?gclid=1&gbraid=2&wbraid=3&dclid=4", "https://example.org/a"),
    ("https://example.org/a?mc_cid=1&mc_eid=2", "https://example.org/a"),
    ("https://example.org/a?at_medium=RSS&at_campaign=KARANGA", "https://example.org/a"),
    ("https://example.org/a?xtor=RSS-1", "https://example.org/a"),
    ("https://example.org/a?%75tm_source=x", "https://example.org/a"),
    ("https://example.org/a?CMP=share_btn", "https://example.org/a"),
    ("https://example.org/a?ref=hackernews", "https://example.org/a"),
    ("https://example.org/a?ref=main", "https://example.org/a?ref=main"),
    ("https://example.org/a?source=rss", "https://example.org/a"),
    ("https://example.org/a?source=wire", "https://example.org/a?source=wire"),
    ("https://example.org/a?id=1&utm_id=2&page=3", "https://example.org/a?id=1&page=3"),
    # punctuation that a sentence left behind
    ("https://example.org/a.", "https://example.org/a"),
    ("https://example.org/a),", "https://example.org/a"),
    ("https://example.org/a\"", "https://example.org/a"),
    ("https://example.org/a”", "https://example.org/a"),
    ("https://example.org/Mercury_(planet)", "https://example.org/Mercury_(planet)"),
    ("https://example.org/(a))", "https://example.org/(a)"),
    ("https://example.org/a?q=b.", "https://example.org/a?q=b."),
]  # fmt: skip


@pytest.mark.parametrize("url", REFUSED)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidUrl):
        canonical_url(url)


@pytest.mark.parametrize(("url", "canonical"), CANONICAL)
def test_every_spelling_becomes_one(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical


@pytest.mark.parametrize("canonical", sorted({canonical for _, canonical in CANONICAL}))
def test_a_canonical_address_stays_as_it_is(canonical: str) -> None:
    assert canonical_url(canonical) == canonical


def test_the_scheme_does_not_make_two_pages_of_one() -> None:
    assert identity(canonical_url("http://example.org/a")) == identity(canonical_url("https://example.org/a"))


def test_the_query_of_a_picture_is_left_alone() -> None:
    signed = "https://img.example/a.jpg?w=600&utm_source=x&s=b%2Fc"
    assert web_url(signed + "#x") == signed


def test_a_site_is_called_by_its_host_without_www() -> None:
    assert host_label("https://www.example.org/a") == "example.org"
