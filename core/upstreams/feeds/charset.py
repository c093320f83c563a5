"""Which characters a feed's bytes are, when header, declaration and bytes disagree, as they do.

Order: byte order mark; UTF-16 and UTF-32 by their zero bytes; UTF-8 when the bytes are valid UTF-8 and not plain ASCII
(text of another encoding hardly ever is); the HTTP charset; the XML declaration; windows-1252 as the last resort, as
browsers do. Only text encodings are looked up: Python would also take `charset=zip`.
Sources: RFC 7303 §3, W3C XML 1.0 appendix F, WHATWG Encoding §4.
"""

import codecs
import re
from collections.abc import Iterator
from typing import Final

CHUNK_BYTES: Final = 64 * 1024
_HEAD_BYTES: Final = 1024
_LAST_RESORT: Final = "cp1252"
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE_STARTS: Final = (
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_DECLARATION: Final = re.compile(rb"""<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_HTTP_CHARSET: Final = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
# Python's names of the encodings that browsers know (WHATWG Encoding §4.2), and that are not stateful traps like UTF-7
_KNOWN: Final = frozenset(
    "utf-8 ascii cp866 cp874 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 big5 euc_jp euc_kr gbk "
    "gb2312 gb18030 iso2022_jp iso8859-1 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 "
    "iso8859-9 iso8859-10 iso8859-13 iso8859-14 iso8859-15 iso8859-16 koi8-r koi8-u mac-roman shift_jis cp932 cp949 "
    "utf-16 utf-16-le utf-16-be utf-32".split()
)
# what claims to be ASCII or Latin-1 is windows-1252 in practice (WHATWG Encoding §4.2)
_SUPERSETS: Final = {"ascii": "cp1252", "iso8859-1": "cp1252", "gb2312": "gbk", "shift_jis": "cp932"}


def decoded(data: bytes, content_type: str) -> Iterator[str]:
    """`data` as text, about 64 Ki characters at a time, without a byte order mark. Never fails: see `encoding_of`."""
    encoding = encoding_of(data, content_type)
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    first = True
    for start in range(0, len(data), CHUNK_BYTES):
        piece = decoder.decode(data[start : start + CHUNK_BYTES], final=start + CHUNK_BYTES >= len(data))
        yield piece.removeprefix("\ufeff") if first else piece
        first = False


def encoding_of(data: bytes, content_type: str) -> str:
    """The name of the Python codec that reads `data` best."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return encoding
    for start, encoding in _WIDE_STARTS:
        if data.startswith(start):
            return encoding
    declared = _declared(data, content_type)
    if not data.isascii() and _is_valid(data, "utf-8"):
        return "utf-8"
    for encoding in declared:
        if _is_valid(data, encoding):
            return encoding
    return "utf-8" if data.isascii() or _mostly_utf8(data) else _LAST_RESORT


def _declared(data: bytes, content_type: str) -> list[str]:
    """The encodings that the HTTP header and the XML declaration name, in this order."""
    http = _HTTP_CHARSET.search(content_type)
    xml = _DECLARATION.match(data[:_HEAD_BYTES].lstrip())
    labels = [http[1] if http else None, xml[1].decode("ascii") if xml else None]
    names = []
    for label in filter(None, labels):
        try:
            name = codecs.lookup(label).name
        except LookupError:
            continue
        if name in _KNOWN:
            names.append(_SUPERSETS.get(name, name))
    return names


def _is_valid(data: bytes, encoding: str) -> bool:
    """Whether all of `data` decodes, looked at in pieces so that no second copy stands in memory."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for start in range(0, len(data), CHUNK_BYTES):
            decoder.decode(data[start : start + CHUNK_BYTES])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _mostly_utf8(data: bytes) -> bool:
    """UTF-8 with a few broken bytes (a text cut in the middle of a character) rather than an encoding of one byte."""
    sample = data[: 4 * CHUNK_BYTES]
    broken = sample.decode("utf-8", errors="replace").count("\ufffd")
    high = sum(1 for byte in sample if byte >= 0x80)
    return broken * 10 < high
