"""One spelling for every address of an article, so that the same page is recognised by its URL.

RFC 3986 §6.2 (case, percent-encoding, dot segments, default ports) read as browsers read it (WHATWG URL: backslashes,
tabs, IDNA), plus what makes two links to one article differ: tracking parameters, the order of parameters, fragments,
and punctuation that a text ended with.
"""

import re
from ipaddress import IPv6Address
from typing import Final
from urllib.parse import quote, urlsplit

import idna

from core.ingest.tracking import is_tracking

MAX_CHARACTERS: Final = 2048
_DEFAULT_PORTS: Final = {"http": "80", "https": "443"}
_AUTHORITY: Final = re.compile(r"(?:[^@]*@)?(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[^:\[\]@]+))(?::(?P<port>[0-9]*))?")
_HOST: Final = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_REMOVED_BY_BROWSERS: Final = re.compile("[\t\n\r]")
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_LONE_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UNRESERVED: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PATH_SAFE: Final = "/%!$&'()*+,;=:@~"
_QUERY_SAFE: Final = "/%!$'()*+,;:@?=~"
_TEXT_PUNCTUATION: Final = ".,;:!'\"”’»…"
_BRACKETS: Final = {")": "(", "]": "[", "}": "{", ">": "<"}


class InvalidUrl(ValueError):
    """Not an address of a page on the web; the message says why in a few words."""


def canonical_url(url: str) -> str:
    """The canonical http(s) URL of an article, ASCII only; raises `InvalidUrl`."""
    scheme, authority, path, query = _split(url)
    path = _path(path if query else _without_text_punctuation(path))
    parameters = [part for part in query.split("&") if part and not is_tracking(part)]
    parameters = sorted((_encoded(part, _QUERY_SAFE) for part in parameters), key=_parameter_name)
    result = f"{scheme}://{authority}{path}" + ("?" + "&".join(parameters) if parameters else "")
    if len(result) > MAX_CHARACTERS:
        raise InvalidUrl("the address is too long")
    return result


def web_url(url: str) -> str:
    """A well-formed http(s) URL whose query is left alone, as for images, where it may be signed; or `InvalidUrl`."""
    scheme, authority, path, query = _split(url)
    result = f"{scheme}://{authority}{_path(path)}" + (f"?{_encoded(query, _QUERY_SAFE + '&')}" if query else "")
    if len(result) > MAX_CHARACTERS:
        raise InvalidUrl("the address is too long")
    return result


def identity(canonical: str) -> str:
    """What two canonical URLs of one page share: everything but the scheme."""
    return canonical.partition("://")[2]


def host_label(canonical: str) -> str:
    """The host without `www.`: what people call the site."""
    return identity(canonical).partition("/")[0].removeprefix("www.")


def _split(url: str) -> tuple[str, str, str, str]:
    """Scheme, authority, path and query; the fragment never reaches a server and is dropped."""
    text = _REMOVED_BY_BROWSERS.sub("", url.strip("".join(map(chr, range(33)))))
    if len(text) > MAX_CHARACTERS * 2:
        raise InvalidUrl("the address is too long")
    if any(ord(character) < 32 or 0xD800 <= ord(character) <= 0xDFFF or ord(character) == 127 for character in text):
        raise InvalidUrl("the address holds a control character")
    scheme, colon, rest = text.partition(":")
    scheme = scheme.lower()
    if not colon or scheme not in _DEFAULT_PORTS:
        raise InvalidUrl("the address is not an http or https one")
    head, question, query = rest.partition("#")[0].partition("?")
    head = head.replace("\\", "/")
    try:
        parts = urlsplit("//" + head.lstrip("/"))
    except ValueError:
        raise InvalidUrl("the address is not a URL") from None
    return scheme, _authority(scheme, parts.netloc), parts.path, query if question else ""


def _authority(scheme: str, netloc: str) -> str:
    """Host and port in ASCII. A user name or password is dropped: an article is public."""
    match = _AUTHORITY.fullmatch(netloc)
    if match is None:
        raise InvalidUrl("the host of the address is not valid")
    host = _ipv6(match["v6"]) if match["v6"] else _named(match["name"])
    port = (match["port"] or "").lstrip("0")
    if port and (len(port) > 5 or int(port) > 65535):
        raise InvalidUrl("the port of the address is not valid")
    return host if not port or port == _DEFAULT_PORTS[scheme] else f"{host}:{port}"


def _ipv6(text: str) -> str:
    try:
        return f"[{IPv6Address(text).compressed}]"
    except ValueError:
        raise InvalidUrl("the host of the address is not valid") from None


def _named(text: str) -> str:
    host = text.lower()
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            raise InvalidUrl("the host of the address is not valid") from None
    host = host.removesuffix(".")
    if len(host) > 253 or _HOST.fullmatch(host) is None:
        raise InvalidUrl("the host of the address is not valid")
    return host


def _path(path: str) -> str:
    return _dot_free(_encoded(path, _PATH_SAFE)) or "/"


def _encoded(text: str, safe: str) -> str:
    """Percent-encoding as RFC 3986 §6.2.2 wants it: upper-case triplets, none where none is needed."""
    text = _LONE_PERCENT.sub("%25", text)
    return _ESCAPE.sub(_triplet, quote(text, safe=safe))


def _triplet(match: re.Match[str]) -> str:
    byte = int(match[1], 16)
    return chr(byte) if byte in _UNRESERVED else f"%{match[1].upper()}"


def _dot_free(path: str) -> str:
    """RFC 3986 §5.2.4: `.` and `..` resolved; more `..` than segments stay at the root."""
    kept: list[str] = []
    segments = path.split("/")[1:] if path.startswith("/") else path.split("/")
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)


def _without_text_punctuation(path: str) -> str:
    """Links picked out of a sentence keep its full stop or its closing bracket; a balanced one is the page's own."""
    while len(path) > 1 and not path.endswith(("/.", "/..")):
        last = path[-1]
        opening = _BRACKETS.get(last)
        if last not in _TEXT_PUNCTUATION and (opening is None or path.count(last) <= path.count(opening)):
            break
        path = path[:-1]
    return path


def _parameter_name(parameter: str) -> str:
    return parameter.partition("=")[0]
