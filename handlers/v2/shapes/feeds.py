"""Feeds as v2 knows them: subscriptions, their health, and what became of an import."""

from collections.abc import Sequence
from typing import Any

from core.feeds.types import FeedHealth, FeedRefresh, FeedRow, FetchRow, ImportResult
from core.kit import ids
from handlers.v2.shapes.lists import time_out


def feed_out(row: FeedRow) -> dict[str, Any]:
    """One subscription."""
    return {
        "id": ids.encode("feed", row.id),
        "source_id": ids.encode("src", row.id),
        "slug": row.slug,
        "url": row.url,
        "site_url": row.site_url,
        "title": row.title,
        "format": row.format,
        "category": row.category,
        "language": row.language,
        "paused": row.paused,
        "state": row.state,
        "state_reason": row.state_reason,
        "article_count": row.article_count,
        "last_fetch_at": time_out(row.last_fetch_at),
        "next_fetch_at": time_out(row.next_fetch_at),
        "created_at": time_out(row.created_at),
        "updated_at": time_out(row.updated_at),
    }


def refresh_out(refresh: FeedRefresh) -> dict[str, Any]:
    """A fetch that was asked for."""
    return {
        "feed_id": ids.encode("feed", refresh.feed_id),
        "status": refresh.status,
        "requested_at": time_out(refresh.requested_at),
    }


def health_out(health: FeedHealth) -> dict[str, Any]:
    """The state of a feed and its latest fetches."""
    return {
        "feed_id": ids.encode("feed", health.feed_id),
        "state": health.state,
        "state_reason": health.state_reason,
        "consecutive_failures": health.consecutive_failures,
        "poll_interval_seconds": health.poll_interval_seconds,
        "last_fetch_at": time_out(health.last_fetch_at),
        "last_success_at": time_out(health.last_success_at),
        "next_fetch_at": time_out(health.next_fetch_at),
        "fetches": [_fetch_out(fetch) for fetch in health.fetches],
    }


def import_out(results: Sequence[ImportResult]) -> dict[str, Any]:
    """What became of each feed of a document, and how many of each."""
    statuses = [result.status for result in results]
    counts = {status: statuses.count(status) for status in ("created", "existing", "rejected")}
    return {**counts, "results": [_result_out(result) for result in results]}


def _fetch_out(fetch: FetchRow) -> dict[str, Any]:
    return {
        "started_at": time_out(fetch.started_at),
        "duration_ms": fetch.duration_ms,
        "outcome": fetch.outcome,
        "state": fetch.state,
        "reason": fetch.reason,
        "http_status": fetch.http_status,
        "bytes_read": fetch.bytes_read,
        "items_seen": fetch.items_seen,
        "items_new": fetch.items_new,
        "items_updated": fetch.items_updated,
        "items_removed": fetch.items_removed,
        "items_rejected": fetch.items_rejected,
    }


def _result_out(result: ImportResult) -> dict[str, Any]:
    return {
        "url": result.url,
        "title": result.title,
        "status": result.status,
        "feed_id": None if result.feed_id is None else ids.encode("feed", result.feed_id),
        "code": result.code,
        "detail": result.detail,
    }
