"""The `format`s of the documents, checked. Everything that passes here can be parsed by the code that follows.

Connexion and plain JSON Schema treat most of these as remarks: any string passes as a `uuid`, `date` or `uri`. A format
that stands in a document and not in this file stops the start.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from ipaddress import IPv4Address, IPv6Address

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
_URI_CHARACTERS = r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9a-fA-F]{2})"
_URI = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*:{_URI_CHARACTERS}+")
_URI_REFERENCE = re.compile(rf"{_URI_CHARACTERS}*")
_EMAIL_LOCAL_PART = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}")
_HOSTNAME_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_EMAIL_LENGTH = 254  # RFC 5321 §4.5.3.1
_HOSTNAME_LENGTH = 253


def _parses(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except (ValueError, OverflowError, Base64Error):
        return False
    return True


def is_uuid(text: str) -> bool:
    """RFC 9562, with dashes, in either case."""
    return _UUID.fullmatch(text) is not None


def is_date(text: str) -> bool:
    """RFC 3339 full-date: `2026-12-01`."""
    return _DATE.fullmatch(text) is not None and _parses(date.fromisoformat, text)


def is_date_time(text: str) -> bool:
    """RFC 3339 date-time in upper case that exists in UTC in the years 1 to 9999. Python has no leap second."""
    return _DATE_TIME.fullmatch(text) is not None and _parses(_in_utc, text)


def _in_utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def is_uri(text: str) -> bool:
    """RFC 3986 with a scheme. Which schemes are welcome is the business of the operation."""
    return _URI.fullmatch(text) is not None


def is_uri_reference(text: str) -> bool:
    """RFC 3986, scheme or not."""
    return _URI_REFERENCE.fullmatch(text) is not None


def is_email(text: str) -> bool:
    """The form of HTML's `<input type=email>`: RFC 5322 without comments, quotes and address literals."""
    local_part, _, domain = text.rpartition("@")
    return len(text) <= _EMAIL_LENGTH and _EMAIL_LOCAL_PART.fullmatch(local_part) is not None and is_hostname(domain)


def is_hostname(text: str) -> bool:
    """RFC 1123."""
    return len(text) <= _HOSTNAME_LENGTH and all(_HOSTNAME_LABEL.fullmatch(label) for label in text.split("."))


def _decode_base64(text: str) -> bytes:
    return b64decode(text, validate=True)


CHECKS: Mapping[str, Callable[[str], bool]] = {
    "uuid": is_uuid,
    "date": is_date,
    "date-time": is_date_time,
    "uri": is_uri,
    "uri-reference": is_uri_reference,
    "email": is_email,
    "hostname": is_hostname,
    "ipv4": lambda text: _parses(IPv4Address, text),
    "ipv6": lambda text: _parses(IPv6Address, text),
    "byte": lambda text: _parses(_decode_base64, text),
}
"""Format → whether a string has it."""

RANGES: Mapping[str, tuple[int, int]] = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
"""Format of an integer → smallest and largest value."""

REMARKS = frozenset({"float", "double", "password", "binary"})
"""Formats that say something to people and generators and restrict nothing on the wire."""
