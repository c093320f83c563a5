"""What a request must look like before anybody spends work on it: headers, target, media type.

Closes what the stock stack lets through: 10,000 headers, no Host or two of them, `APPLICATION/JSON` and a missing
Content-Type as ways around validation, compressed bodies, charsets that only a codec table knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from uuid_utils import uuid7

from core.contract.cycle import REFUSED
from core.contract.exchange import Exchange, Headers
from core.errors import HeadersTooLarge, InvalidRequest, Unauthenticated, UnsupportedMediaType, UriTooLong

MAX_HEADERS: Final = 100
MAX_HEADER_BYTES: Final = 32 * 1024
MAX_TARGET_BYTES: Final = 8 * 1024

# May stand once in a request: two of them mean that two programs along the way may read two different requests.
_SINGLE: Final = frozenset({b"content-length", b"content-type", b"content-encoding", b"transfer-encoding", b"host"})
_CHARSETS: Final = frozenset({"utf-8", "utf8"})
_HOST: Final = re.compile(rb"(?:[A-Za-z0-9._~%-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._:-]{8,128}")
_PLAIN_MEDIA_TYPE: Final = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+")


def check_target(path: bytes, query: bytes) -> None:
    """Raises `UriTooLong` (414)."""
    if len(path) + len(query) > MAX_TARGET_BYTES:
        raise UriTooLong(f"The path and the query may have {MAX_TARGET_BYTES:,} characters together.")


def check_headers(exchange: Exchange) -> None:
    """Raises 400, 401, 408 or 431 for headers that no honest client sends; joins those that may be repeated."""
    if REFUSED in exchange.scope:
        raise exchange.scope[REFUSED]
    raw: Headers = exchange.scope["headers"]
    headers = exchange.headers
    if len(raw) > MAX_HEADERS:
        raise HeadersTooLarge(f"A request may have {MAX_HEADERS} header fields.", headers={"Connection": "close"})
    if len(headers) != len(raw):
        exchange.headers = headers = _joined(raw)
    if len(b"".join((*headers, *headers.values()))) > MAX_HEADER_BYTES:  # to add up the lengths takes twice as long
        raise HeadersTooLarge(
            f"The header fields may hold {MAX_HEADER_BYTES:,} bytes.", headers={"Connection": "close"}
        )
    if not _is_host(headers.get(b"host")):
        raise InvalidRequest("The request needs exactly one valid Host header.", headers={"Connection": "close"})


@lru_cache(maxsize=256)
def _is_host(host: bytes | None) -> bool:
    return host is not None and _HOST.fullmatch(host) is not None


def _joined(raw: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Repeated fields as one, separated by commas (RFC 9110 §5.3)."""
    headers: dict[bytes, bytes] = {}
    for name, value in raw:
        if name not in headers:
            headers[name] = value
        elif name in _SINGLE:
            raise InvalidRequest(f"The header {name.decode('latin-1')} stands twice.", headers={"Connection": "close"})
        elif name == b"authorization":
            raise Unauthenticated("Send exactly one credential: the Authorization header stands twice.")
        else:
            headers[name] = headers[name] + (b"; " if name == b"cookie" else b", ") + value
    return headers


def request_id_of(headers: dict[bytes, bytes]) -> str:
    """The client's own X-Request-Id where it is short and harmless, else a new one."""
    given = headers.get(b"x-request-id")
    return given.decode() if given is not None and _REQUEST_ID.fullmatch(given) else str(uuid7())


def has_body(headers: dict[bytes, bytes]) -> bool:
    """Whether a body follows (RFC 9112 §6)."""
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"


def declared_length(headers: dict[bytes, bytes]) -> int:
    """Content-Length, or 0 where the body's length is not declared."""
    declared = headers.get(b"content-length", b"0")
    return int(declared) if declared.isdigit() else 0


def media_type_of(exchange: Exchange, accepted: frozenset[str]) -> str:
    """The media type of the request's body, in lower case and without parameters.

    Raises `UnsupportedMediaType` (415) for a body without one, for one that the operation does not take, for a content
    coding, and for a charset other than UTF-8.
    """
    header = exchange.headers.get(b"content-type")
    if header == b"application/json" and "application/json" in accepted and b"content-encoding" not in exchange.headers:
        return "application/json"
    if exchange.headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise UnsupportedMediaType("Send the body without a content coding.", headers={"Accept-Encoding": "identity"})
    media_type, _, parameters = (header or b"").decode("latin-1").partition(";")
    media_type = media_type.strip().lower()
    if _PLAIN_MEDIA_TYPE.fullmatch(media_type) is None or media_type not in accepted:
        raise UnsupportedMediaType(f"Send {' or '.join(sorted(accepted))}.")
    for parameter in parameters.split(";"):
        name, _, value = parameter.strip().partition("=")
        if name.lower() == "charset" and value.strip('"').lower() not in _CHARSETS:
            raise UnsupportedMediaType("Send the body in UTF-8.")
    return media_type
