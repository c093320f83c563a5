"""Pages by cursor, and times to the millisecond."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import quote

from core.contract.responses import Response, raw
from core.kit import json
from core.kit.clock import instant, rfc3339
from core.kit.slices import Slice

Row = TypeVar("Row")


def page(
    path: str,
    found: Slice[Row],
    shape: Callable[[Row], Any],
    asked: Mapping[str, Any],
    *,
    total: Mapping[str, Any] | None = None,
    data: bytes | None = None,
) -> Response:
    """`{"data", "page", "warnings"}`, with `total` where it was asked for, and a `Link` to the next page.

    `asked` are the parameters of the request by their names in the document, `limit` among them, but without `cursor`.
    `data` stands in place of the rows, where they are JSON already.
    """
    if data is None:
        data = json.dumps([shape(row) for row in found.rows])
    around: dict[str, Any] = {
        "page": {"next_cursor": found.next_cursor, "has_more": found.has_more, "limit": asked["limit"]}
    }
    if total is not None:
        around["total"] = total
    around["warnings"] = [{"code": warning.code, "detail": warning.detail} for warning in found.warnings]
    body = b'{"data":%b,%b' % (data, json.dumps(around)[1:])
    if found.next_cursor is None:
        return raw(body)
    return raw(body, headers={"Link": next_link(path, {**asked, "cursor": found.next_cursor})})


def next_link(path: str, asked: Mapping[str, Any]) -> str:
    """`<path?…>; rel="next"` (RFC 8288) with everything that was asked for, the cursor included."""
    given = {name: ",".join(value) if isinstance(value, list) else str(value) for name, value in asked.items() if value}
    query = "&".join([f"{name}={_quoted(value)}" for name, value in given.items()])
    return f'<{path}?{query}>; rel="next"'


@lru_cache(maxsize=4096)
def _quoted(value: str) -> str:
    """Percent-encoded for a query; remembered, as programs ask for the same lists again and again."""
    return quote(value, safe=",:")


def time_in(text: str | None) -> datetime | None:
    """What a client wrote as a time, in UTC."""
    return None if text is None else instant(text)


def time_out(moment: datetime | None) -> str | None:
    """`2026-11-20T09:30:00.000Z`, or null."""
    return None if moment is None else rfc3339(moment)
