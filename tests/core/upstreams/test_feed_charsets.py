"""Which characters a feed's bytes are."""

import pytest

from core.upstreams.feeds.charset import decoded, encoding_of

TEXT = "<?xml version='1.0' encoding='{}'?><t>Grüße, naïve café — “ok” 1€</t>"
JAPANESE = "<?xml version='1.0' encoding='{}'?><t>港新聞、弘前市役所</t>"


@pytest.mark.parametrize(
    ("data", "content_type", "expected"),
    [
        # honest
        (TEXT.format("utf-8").encode(), "application/xml", "utf-8"),
        (TEXT.format("windows-1252").encode("cp1252"), "text/xml", "cp1252"),
        (JAPANESE.format("Shift_JIS").encode("shift_jis"), "text/xml", "cp932"),
        (JAPANESE.format("EUC-JP").encode("euc_jp"), "text/xml", "euc_jp"),
        (JAPANESE.format("x").encode("iso2022_jp"), "text/xml; charset=ISO-2022-JP", "iso2022_jp"),
        ("<t>Привет</t>".encode("koi8-r"), 'text/xml; charset="koi8-r"', "koi8-r"),
        # by mark and by zero bytes
        ("\ufeff<t>ü</t>".encode("utf-16-le"), "text/xml; charset=iso-8859-1", "utf-16-le"),
        ("<t>ü</t>".encode("utf-16-be"), "text/xml", "utf-16-be"),
        (b"\xef\xbb\xbf<t>\xc3\xbc</t>", "text/xml; charset=iso-8859-1", "utf-8"),
        # wrong
        (TEXT.format("utf-8").encode("cp1252"), "application/xml; charset=utf-8", "cp1252"),
        (TEXT.format("iso-8859-1").encode(), "text/xml; charset=iso-8859-1", "utf-8"),
        (TEXT.format("us-ascii").encode("cp1252"), "text/xml; charset=us-ascii", "cp1252"),
        (JAPANESE.format("utf-8").encode("euc_jp"), "text/xml; charset=euc-jp", "euc_jp"),
        (TEXT.format("klingon").encode(), "text/xml; charset=klingon", "utf-8"),
        # codecs that are no encodings of text, or traps
        (b"<t>a</t>", "text/xml; charset=zip", "utf-8"),
        (b"<t>a</t>", "text/xml; charset=utf-7", "utf-8"),
        (b"<?xml version='1.0' encoding='unicode_escape'?><t>\xfc</t>", "text/xml", "cp1252"),
        # UTF-8 that was cut inside a character
        (("<t>" + "ü" * 100).encode()[:-1], "text/xml", "utf-8"),
        (b"", "text/xml", "utf-8"),
    ],
)
def test_the_bytes_decide_before_what_is_said_about_them(data: bytes, content_type: str, expected: str) -> None:
    assert encoding_of(data, content_type) == expected


def test_a_character_on_the_border_of_two_pieces_is_whole() -> None:
    text = "<t>" + "ü" * 200_000 + "</t>"
    for shift in ("", "x"):
        data = (shift + text).encode()
        assert "".join(decoded(data, "text/xml")) == shift + text


def test_bytes_that_fit_nothing_are_replaced() -> None:
    assert "".join(decoded(b"<t>ok\x81\xff\xfe</t>", "text/xml; charset=utf-8")).startswith("<t>ok")
