"""Rows for tests that read: sources and articles, written as the owner of the tables."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any
from uuid import UUID

import psycopg

from core.kit.ids import new_id
from core.kit.principal import NEWSROOM_ID

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

_SOURCE = """
INSERT INTO sources (organization_id, id, slug, kind, name, state, state_reason, poll_interval_s, last_fetch_at)
VALUES (%(organization_id)s, %(id)s, %(slug)s, %(kind)s, %(name)s, %(state)s, %(state_reason)s, 300, %(last_fetch_at)s)
"""
_ARTICLE = """
INSERT INTO articles (organization_id, id, source_id, provider_id, url, url_hash, fingerprint, title, summary,
  content_html, content_text, content_status, content_hash, language, category, topics, sentiment, published_at,
  ingested_at, content_updated_at, removed_at, revision, search)
VALUES (%(organization_id)s, %(id)s, %(source_id)s, %(provider_id)s, %(url)s, %(hash)s, %(hash)s, %(title)s,
  %(summary)s, %(content_html)s, %(content_text)s, %(content_status)s, %(hash)s, %(language)s, %(category)s,
  ARRAY[%(category)s], %(sentiment)s, %(published_at)s, %(ingested_at)s, %(ingested_at)s, %(removed_at)s, %(revision)s,
  article_search(%(language)s, %(title)s, %(summary)s, %(content_text)s))
"""
_ORIGIN = """
INSERT INTO article_origins (organization_id, source_id, provider_hash, article_id, provider_id, url, category,
  published_at, removed_at)
VALUES (%(organization_id)s, %(source_id)s, %(hash)s, %(id)s, %(provider_id)s, %(url)s, %(category)s, %(published_at)s,
  %(removed_at)s)
"""
_REVISION = """
INSERT INTO article_revisions (organization_id, article_id, revision, title, summary, content_text, content_status,
  seen_from, replaced_at)
VALUES (%(organization_id)s, %(id)s, %(revision)s, %(title)s, NULL, NULL, 'excerpt', %(seen_from)s, %(replaced_at)s)
"""


class Shelf:
    """Puts rows into one database; `organization` owns them."""

    def __init__(self, url: str, organization: UUID = NEWSROOM_ID) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        self._organization = organization
        self._made = 0

    def close(self) -> None:
        self._connection.close()

    def of(self, organization: UUID) -> "Shelf":
        """The same database, for another owner."""
        other = Shelf.__new__(Shelf)
        other._connection, other._organization, other._made = self._connection, organization, self._made + 10_000
        return other

    def source(self, slug: str = "guardian", **values: Any) -> UUID:
        """A source that was polled at noon; its id."""
        defaults = {
            "organization_id": self._organization, "id": new_id(), "slug": slug, "kind": "feed", "name": slug.title(),
            "state": "healthy", "state_reason": None, "last_fetch_at": NOON,
        }  # fmt: skip
        row = {**defaults, **values}
        self._connection.execute(_SOURCE, row)
        return UUID(str(row["id"]))

    def article(self, source_id: UUID, *, also_in: Iterable[UUID] = (), **values: Any) -> UUID:
        """An article, a minute younger than the one before it; its id."""
        self._made += 1
        number, id_ = self._made, values.get("id") or new_id()
        published_at = values.get("published_at", NOON + timedelta(minutes=number))
        defaults = {
            "organization_id": self._organization, "id": id_, "source_id": source_id, "provider_id": f"p{number}",
            "url": f"https://news.example.org/{id_}", "hash": blake2b(id_.bytes, digest_size=16).digest(),
            "title": f"Title {number}", "summary": None, "content_html": None, "content_text": None,
            "content_status": "excerpt", "language": "en", "category": "world", "sentiment": None,
            "published_at": published_at, "ingested_at": published_at, "removed_at": None, "revision": 1,
        }  # fmt: skip
        row = {**defaults, **values}
        self._connection.execute(_ARTICLE, row)
        for origin in (source_id, *also_in):
            self._connection.execute(_ORIGIN, {**row, "source_id": origin})
        return id_

    def revision(self, article_id: UUID, number: int, title: str) -> None:
        """An earlier text of an article, replaced after an hour."""
        values = {"organization_id": self._organization, "id": article_id, "revision": number, "title": title}
        seen_from = NOON + timedelta(hours=number)
        times = {"seen_from": seen_from, "replaced_at": seen_from + timedelta(hours=1)}
        self._connection.execute(_REVISION, {**values, **times})

    def execute(self, statement: str, *arguments: Any) -> None:
        """Anything else, as the owner."""
        self._connection.execute(statement, arguments)
