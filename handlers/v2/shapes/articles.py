"""Articles as v2 knows them."""

from collections.abc import Callable, Collection
from typing import Any, Final

from core.articles.types import ArticleRow, RevisionRow, Total
from core.kit import ids
from handlers.v2.shapes.lists import time_out

ALWAYS: Final = frozenset({"id", "title", "url", "source", "published_at"})
"""The members that `fields` cannot take away: those that the document requires."""


def article_out(row: ArticleRow) -> dict[str, Any]:
    """One article without its text."""
    return {
        "id": ids.encode("art", row.id),
        "title": row.title,
        "summary": row.summary,
        "url": row.url,
        "source": {"id": ids.encode("src", row.source_id), "name": row.source_name, "kind": row.source_kind},
        "topics": list(row.topics),
        "author": row.author,
        "image_url": row.image_url,
        "language": row.language,
        "sentiment": row.sentiment,
        "content_status": row.content_status,
        "published_at": time_out(row.published_at),
        "ingested_at": time_out(row.ingested_at),
        "content_updated_at": time_out(row.content_updated_at),
        "revision": row.revision,
        "provenance": _provenance_out(row),
    }


def article_detail_out(row: ArticleRow) -> dict[str, Any]:
    """One article with its text."""
    return {**article_out(row), "content_html": row.content_html, "content_text": row.content_text}


def only(fields: Collection[str] | None) -> Callable[[ArticleRow], dict[str, Any]]:
    """A shape with these members and those that are always there; with all of them when nothing was chosen."""
    if fields is None:
        return article_out
    chosen = ALWAYS.union(fields)
    return lambda row: {name: value for name, value in article_out(row).items() if name in chosen}


def revision_out(row: RevisionRow) -> dict[str, Any]:
    """What an article said at one time."""
    return {
        "revision": row.revision,
        "title": row.title,
        "summary": row.summary,
        "content_text": row.content_text,
        "content_status": row.content_status,
        "seen_from": time_out(row.seen_from),
        "replaced_at": time_out(row.replaced_at),
    }


def total_out(total: Total | None) -> dict[str, Any] | None:
    """How long the whole list is; None where nobody asked."""
    return None if total is None else {"value": total.value, "relation": total.relation}


def _provenance_out(row: ArticleRow) -> dict[str, Any]:
    return {
        "provider_id": row.provider_id,
        "publisher": row.publisher,
        "feed_id": ids.encode("feed", row.source_id) if row.source_kind == "feed" else None,
        "origin_count": row.origin_count,
    }
