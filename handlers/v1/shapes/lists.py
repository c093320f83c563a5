"""Numbered pages, and times to the second."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar

from core.kit.clock import instant, rfc3339

Row = TypeVar("Row")


def list_out(rows: Iterable[Row], shape: Callable[[Row], Any], *, total: int, page: int, limit: int) -> dict[str, Any]:
    """`{"data": […], "meta": {"total", "page", "limit", "has_more"}}`."""
    return {"data": [shape(row) for row in rows], "meta": meta_out(total=total, page=page, limit=limit)}


def meta_out(*, total: int, page: int, limit: int) -> dict[str, Any]:
    """Where a page stands in its list."""
    return {"total": total, "page": page, "limit": limit, "has_more": page * limit < total}


def time_in(text: str | None) -> datetime | None:
    """What a client wrote as a time, in UTC."""
    return None if text is None else instant(text)


def time_out(moment: datetime | None) -> str | None:
    """`2026-11-20T09:30:00Z`, or null."""
    return None if moment is None else rfc3339(moment, milliseconds=False)
