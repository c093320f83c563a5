"""Rows of the services as the command line shows them: the members that v2 names, with public ids."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Protocol

from core.kit.ids import encode

PAGE: Final = 100

FEED: Final = (
    "slug", "url", "site_url", "title", "format", "category", "language", "paused", "state", "state_reason",
    "article_count", "last_fetch_at", "next_fetch_at", "created_at",
)  # fmt: skip
SOURCE: Final = (
    "slug", "name", "kind", "state", "state_reason", "article_count", "last_fetch_at", "next_fetch_at",
    "quota_limit", "quota_remaining",
)  # fmt: skip
KEY: Final = (
    "name",
    "mode",
    "prefix",
    "scopes",
    "requests_per_hour",
    "created_at",
    "expires_at",
    "last_used_at",
    "revoked_at",
)

ORGANIZATION: Final = ("slug", "name", "kind", "plan", "members", "created_at", "suspended_at")


class Slice(Protocol):
    """A page of a list, as every service gives it."""

    @property
    def rows(self) -> Sequence[Any]:
        """The rows of this page."""
        ...

    @property
    def next_cursor(self) -> str | None:
        """What the next page begins after; None on the last page."""
        ...


def shown(row: Any, kind: str, members: Sequence[str]) -> dict[str, Any]:
    """A row as a mapping that begins with its public id (`kind` is the id's prefix)."""
    return {"id": encode(kind, row.id), **{name: getattr(row, name) for name in members}}


async def every_row(page: Callable[[str | None], Awaitable[Slice]]) -> list[Any]:
    """All rows of a list; `page(cursor)` gives one page, the first for None."""
    rows: list[Any] = []
    cursor: str | None = None
    while True:
        slice_ = await page(cursor)
        rows += slice_.rows
        cursor = slice_.next_cursor
        if cursor is None:
            return rows
