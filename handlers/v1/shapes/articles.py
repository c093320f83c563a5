"""Articles as v1 knows them: flat, one category, the source by its short name."""

from typing import Any, Final

from core.articles.types import SOURCE_MARK, ArticleList, ArticleRow
from core.contract.responses import Response, ok, raw
from core.kit import ids, json
from handlers.v1.shapes.lists import meta_out, time_out

_COLUMNS: Final = {"published_at": "published_at", "created_at": "ingested_at"}


def article_out(row: ArticleRow) -> dict[str, Any]:
    """One article. Lists show what the database wrote when it was stored: see `render_article` in the migrations."""
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


def list_out(found: ArticleList, *, page: int, limit: int) -> Response:
    """A numbered page of articles; the bytes are the same, whether they come as rows or as fragments."""
    meta = meta_out(total=found.total.value if found.total else 0, page=page, limit=limit)
    if found.fragments is None:
        return ok({"data": [article_out(row) for row in found.rows], "meta": meta})
    pieces: list[str] = []
    for text, _, slug, *_ in found.fragments:
        head, _, tail = text.partition(SOURCE_MARK)
        pieces += (",", head, '"', slug, '"', tail)
    return raw(b'{"data":[%b],"meta":%b}' % ("".join(pieces[1:]).encode(), json.dumps(meta)))


def sort_in(column: str, direction: str) -> str:
    """`created_at` and `desc` are `-ingested_at` to the services."""
    return f"{'-' if direction == 'desc' else ''}{_COLUMNS[column]}"
