"""Articles as v1 knows them: flat, one category, the source by its short name."""

from typing import Any, Final

from core.articles.types import ArticleRow
from core.kit import ids
from handlers.v1.shapes.lists import time_out

_COLUMNS: Final = {"published_at": "published_at", "created_at": "ingested_at"}


def article_out(row: ArticleRow) -> dict[str, Any]:
    """One article."""
    return {
        "id": ids.encode("art", row.id),
        "title": row.title,
        "description": row.summary,
        "url": row.url,
        "source": row.source_slug,
        "category": row.category,
        "author": row.author,
        "image_url": row.image_url,
        "language": row.language,
        "published_at": time_out(row.published_at),
    }


def sort_in(column: str, direction: str) -> str:
    """`created_at` and `desc` are `-ingested_at` to the services."""
    return f"{'-' if direction == 'desc' else ''}{_COLUMNS[column]}"
