"""Searches on their way into the history, and as the history gives them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID


class SearchRow(NamedTuple):
    """Words that a person looked for. `filters` are what narrowed the list beside them, by their names in v2.

    `result_count` is None where the list was longer than its first page and nobody had it counted.
    """

    id: UUID
    query: str
    filters: Mapping[str, Any]
    result_count: int | None
    searched_at: datetime
