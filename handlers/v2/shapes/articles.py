"""Articles as v2 knows them."""

from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from core.articles.types import FEED_MARK, SOURCE_MARK, ArticleRow, FragmentRow, RevisionRow, Total
from core.kit import ids, json
from handlers.v2.shapes.lists import time_out

ALWAYS: Final = frozenset({"id", "title", "url", "source", "published_at"})
"""The members that `fields` cannot take away: those that the document requires."""


def article_out(row: ArticleRow) -> dict[str, Any]:
    """One article without its text.

    Lists with all members show what the database wrote when it was stored: see `render_article` in the migrations.
    """
    return {
        "id": ids.encode("art", row.id),
        "title": row.title,
        "summary": row.summary,
        "url": row.url,
        "source": _source_out(row.source_id, row.source_slug, row.source_name, row.source_kind),
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


def fragments_out(fragments: Iterable[FragmentRow]) -> bytes:
    """`[…]`: articles that were written as JSON when they were stored, their sources put in."""
    pieces: list[str] = []
    for text, source_id, slug, name, kind, _, _ in fragments:
        source, feed_id = _source_members(source_id, slug, name, kind)
        head, _, rest = text.partition(SOURCE_MARK)
        middle, _, tail = rest.partition(FEED_MARK)
        pieces += (",", head, source, middle, feed_id, tail)
    pieces[0] = "["
    pieces.append("]")
    return "".join(pieces).encode()


@lru_cache(maxsize=4096)
def _source_members(source_id: str, slug: str, name: str, kind: str) -> tuple[str, str]:
    """What of an article belongs to its source, as JSON: `source`, and `feed_id` in the provenance."""
    id_ = UUID(source_id)
    return json.dumps(_source_out(id_, slug, name, kind)).decode(), json.dumps(_feed_id_out(id_, kind)).decode()


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
        "feed_id": _feed_id_out(row.source_id, row.source_kind),
        "origin_count": row.origin_count,
    }


def _source_out(id_: UUID, slug: str, name: str, kind: str) -> dict[str, Any]:
    return {"id": ids.encode("src", id_), "slug": slug, "name": name, "kind": kind}


def _feed_id_out(source_id: UUID, kind: str) -> str | None:
    return ids.encode("feed", source_id) if kind == "feed" else None
