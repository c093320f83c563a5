"""Requests out of an HTTP Archive (HAR 1.2), as browsers and proxies export it. Answers and timings are not looked at.

One entry that is broken never loses the others: it becomes a fault in its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from core.errors import FieldError, Unprocessable
from core.translation.types import RecordedRequest

MAX_ENTRIES: Final = 2000
MAX_HEADERS: Final = 200
_TEXTS: Final = ("method", "url")

Entry = RecordedRequest | FieldError


def entries_of(archive: Mapping[str, Any], place: str) -> list[Entry]:
    """Every entry's request, or what is wrong with the entry. `place` is where the archive is, as a JSON pointer.

    Raises `Unprocessable` for what is no archive.
    """
    log = archive.get("log")
    entries = log.get("entries") if isinstance(log, Mapping) else None
    if not isinstance(log, Mapping) or not isinstance(entries, list):
        raise _no_archive(f"{place}/log/entries", "required", "an archive has a list of entries (HAR 1.2)")
    if not str(log.get("version", "1.2")).startswith("1."):
        raise _no_archive(f"{place}/log/version", "version", "must be 1.2")
    if len(entries) > MAX_ENTRIES:
        raise _no_archive(f"{place}/log/entries", "max_items", f"must have {MAX_ENTRIES:,} items or fewer")
    return [_entry(entry) for entry in entries]


def _no_archive(pointer: str, code: str, detail: str) -> Unprocessable:
    return Unprocessable("This is no archive that can be read.", errors=[FieldError(code, detail, pointer=pointer)])


def _entry(entry: Any) -> Entry:
    request = entry.get("request") if isinstance(entry, Mapping) else None
    if not isinstance(request, Mapping) or not all(isinstance(request.get(name), str) for name in _TEXTS):
        return FieldError("required", "an entry has a request with method and url", pointer="")
    headers = tuple(_headers(request.get("headers")))[:MAX_HEADERS]
    posted = request.get("postData")
    text = posted.get("text") if isinstance(posted, Mapping) else None
    if not isinstance(posted, Mapping) or not isinstance(text, str) or not text:
        return RecordedRequest(request["method"].upper(), request["url"], headers)
    media_type = str(posted.get("mimeType", "")).partition(";")[0].strip().lower()
    return RecordedRequest(request["method"].upper(), request["url"], headers, text=text, media_type=media_type)


def _headers(headers: Any) -> Iterator[tuple[str, str]]:
    for header in headers if isinstance(headers, list) else ():
        name, value = (header.get(member) for member in ("name", "value")) if isinstance(header, Mapping) else (0, 0)
        if isinstance(name, str) and isinstance(value, str):
            yield name, value
