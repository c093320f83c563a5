"""The merge: one poll's articles against what is stored, as a set.

One binary COPY into a temporary table, then a handful of statements whatever the number of rows. All merges of one
organisation take the same advisory lock first: two workers cannot store the same text twice (no unique index could
forbid that for fingerprints), and as it is the first lock that anybody takes, they cannot deadlock either. A merge of a
hundred items holds it for some 20 ms.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import orjson
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import Format
from psycopg.types.json import Jsonb

from core.infra.db import Connection
from core.ingest.groups import FINGERPRINT_WINDOW, leaders
from core.ingest.types import MergeResult, NormalisedArticle
from core.kit.ids import new_id
from core.kit.principal import Principal

REMOVED_TITLE: Final = "[removed]"

Identify = Callable[[NormalisedArticle], UUID]
"""Gives an article the id that it has if it turns out to be new."""

_COLUMNS: Final = {
    "ord": "int4", "id": "uuid", "leader_id": "uuid", "provider_id": "text", "provider_hash": "bytea", "url": "text",
    "url_hash": "bytea", "fingerprint": "bytea", "title": "text", "summary": "text", "content_html": "text",
    "content_text": "text", "content_status": "text", "content_hash": "bytea", "author": "text", "image_url": "text",
    "language": "text", "category": "text", "topics": "text[]", "sentiment": "jsonb", "publisher": "text",
    "published_at": "timestamptz",
}  # fmt: skip
_TEXTS: Final = (
    "title, summary, content_html, content_text, content_status, content_hash, author, image_url, language, category, "
    "topics, sentiment, publisher, fingerprint"
)

_LOCK: Final = """
SELECT set_config('lock_timeout', '25s', true), set_config('statement_timeout', '30s', true),
  pg_advisory_xact_lock(hashtextextended('tidings.articles:' || %(organization)s::text, 0))
"""

# stays on the connection: making it anew for each merge costs 3 ms and bloats the catalogue
_STAGE: Final = f"""
CREATE TEMPORARY TABLE IF NOT EXISTS ingest_incoming (
  {", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())}, article_id uuid, matched text, dead boolean
) ON COMMIT DELETE ROWS
"""

_EMPTY: Final = "TRUNCATE ingest_incoming"

_ENCODED: Final = ["bytea" if kind in {"uuid", "text[]"} else kind for kind in _COLUMNS.values()]
"""The types that the driver is told. What it would encode in Python, `_row` gives as the bytes that are sent."""

_TEXT_ARRAY: Final = 1009
"""The OID of `text[]` (PostgreSQL's `pg_type.dat`)."""

_COPY: Final = f"COPY ingest_incoming ({', '.join(_COLUMNS)}) FROM STDIN (FORMAT BINARY)"

# Every look-up below is a LATERAL with a LIMIT, or an ANY over an array: one descent of an index a row. By itself the
# planner hashes whole tables while they have no statistics yet, which is the case at the first polls.
_RECOGNISE: Final = """
WITH own AS (
  SELECT i.ord, i.leader_id, coalesce(o.article_id, u.id, f.id) AS article_id, o.removed_at IS NOT NULL AS dead,
    CASE WHEN o.article_id IS NOT NULL THEN 'provider' WHEN u.id IS NOT NULL THEN 'url'
         WHEN f.id IS NOT NULL THEN 'fingerprint' END AS matched
  FROM ingest_incoming i
  LEFT JOIN LATERAL (
    SELECT article_id, removed_at FROM article_origins
    WHERE organization_id = %(organization)s AND source_id = %(source)s AND provider_hash = i.provider_hash LIMIT 1
  ) o ON true
  LEFT JOIN LATERAL (
    SELECT id FROM articles WHERE organization_id = %(organization)s AND url_hash = i.url_hash LIMIT 1
  ) u ON true
  LEFT JOIN LATERAL (
    SELECT id FROM articles
    WHERE organization_id = %(organization)s AND fingerprint = i.fingerprint
      AND published_at BETWEEN i.published_at - %(window)s AND i.published_at + %(window)s
    ORDER BY published_at, id LIMIT 1
  ) f ON o.article_id IS NULL AND u.id IS NULL
), known AS (
  SELECT leader_id, (array_agg(article_id ORDER BY ord) FILTER (WHERE article_id IS NOT NULL))[1] AS article_id
  FROM own GROUP BY leader_id
), noted AS (
  UPDATE ingest_incoming i
  SET article_id = coalesce(own.article_id, known.article_id, i.leader_id), dead = own.dead,
    matched = coalesce(own.matched, CASE WHEN known.article_id IS NULL THEN 'nothing' ELSE 'neighbour' END)
  FROM own JOIN known USING (leader_id)
  WHERE own.ord = i.ord
  RETURNING i.dead
)
SELECT count(*) FROM noted WHERE dead
"""

_INSERT_ARTICLES: Final = f"""
INSERT INTO articles (organization_id, id, source_id, provider_id, url, url_hash, published_at, ingested_at,
  content_updated_at, {_TEXTS}, search)
SELECT %(organization)s, i.id, %(source)s, i.provider_id, i.url, i.url_hash, i.published_at, %(now)s, %(now)s, {_TEXTS},
  article_search(i.language, i.title, i.summary, i.content_text)
FROM ingest_incoming i
WHERE i.matched = 'nothing' AND i.id = i.leader_id
"""

# One live origin a source and article: lists of one source read this table and must not show an article twice. The odd
# comparison of source_id keeps the look-up on the index by article.
_INSERT_ORIGINS: Final = """
INSERT INTO article_origins (organization_id, source_id, provider_hash, article_id, provider_id, url, category,
  published_at, first_seen_at)
SELECT DISTINCT ON (i.article_id) %(organization)s, %(source)s, i.provider_hash, i.article_id, i.provider_id, i.url,
  a.category, a.published_at, %(now)s
FROM ingest_incoming i
CROSS JOIN LATERAL (
  SELECT category, published_at FROM articles WHERE organization_id = %(organization)s AND id = i.article_id LIMIT 1
) a
WHERE i.matched = 'nothing' OR i.matched <> 'provider' AND NOT EXISTS (
  SELECT 1 FROM article_origins o
  WHERE o.organization_id = %(organization)s AND o.article_id = i.article_id
    AND o.source_id IS NOT DISTINCT FROM %(source)s)
ORDER BY i.article_id, i.ord
RETURNING article_id
"""

_REVIVE_ORIGINS: Final = """
UPDATE article_origins SET removed_at = NULL
WHERE organization_id = %(organization)s AND source_id = %(source)s
  AND provider_hash = ANY(ARRAY(SELECT provider_hash FROM ingest_incoming WHERE dead)) AND removed_at IS NOT NULL
RETURNING article_id
"""

# An article is edited by the source that it came from. Another one takes it over where its own text is gone, or where
# it never had any: a link that was posted before the article itself arrived.
_FIND_EDITS: Final = """
WITH candidates AS (
  SELECT DISTINCT ON (article_id) ord, article_id, content_hash, num_nonnulls(summary, content_text) > 0 AS has_text
  FROM ingest_incoming
  WHERE matched IN ('provider', 'url')
  ORDER BY article_id, matched = 'provider' DESC, ord
)
SELECT c.ord FROM candidates c CROSS JOIN LATERAL (
  SELECT content_hash, source_id, removed_at, num_nonnulls(summary, content_text) > 0 AS has_text
  FROM articles WHERE organization_id = %(organization)s AND id = c.article_id LIMIT 1
) old
WHERE old.content_hash <> c.content_hash
  AND (old.source_id = %(source)s OR old.removed_at IS NOT NULL OR c.has_text AND NOT old.has_text)
"""

_EDIT: Final = f"""
WITH editors AS MATERIALIZED (
  SELECT c.*, old.*, row_number() OVER (PARTITION BY c.url_hash ORDER BY c.ord) = 1 AND holder.id IS NULL AS takes_url
  FROM ingest_incoming c
  CROSS JOIN LATERAL (
    SELECT revision AS old_revision, title AS old_title, summary AS old_summary, content_text AS old_text,
      content_status AS old_status, content_updated_at AS old_updated_at
    FROM articles WHERE organization_id = %(organization)s AND id = c.article_id LIMIT 1
  ) old
  LEFT JOIN LATERAL (
    SELECT id FROM articles WHERE organization_id = %(organization)s AND url_hash = c.url_hash LIMIT 1
  ) holder ON true
  WHERE c.ord = ANY(%(edits)s)
), kept AS (
  INSERT INTO article_revisions (organization_id, article_id, revision, title, summary, content_text, content_status,
    seen_from, replaced_at)
  SELECT %(organization)s, article_id, old_revision, old_title, old_summary, old_text, old_status, old_updated_at,
    greatest(%(now)s, old_updated_at)
  FROM editors
)
UPDATE articles a
SET source_id = %(source)s, provider_id = e.provider_id,
  url = CASE WHEN e.takes_url THEN e.url ELSE a.url END,
  url_hash = CASE WHEN e.takes_url THEN e.url_hash ELSE a.url_hash END,
  {", ".join(f"{name} = e.{name}" for name in _TEXTS.split(", "))},
  search = article_search(e.language, e.title, e.summary, e.content_text),
  revision = e.old_revision + 1, removed_at = NULL, content_updated_at = greatest(%(now)s, e.old_updated_at)
FROM editors e
WHERE a.organization_id = %(organization)s AND a.id = ANY(ARRAY(SELECT article_id FROM editors)) AND a.id = e.article_id
RETURNING a.id
"""

_REPEAT_CATEGORY: Final = """
UPDATE article_origins o SET category = a.category
FROM articles a
WHERE a.organization_id = %(organization)s AND a.id = ANY(%(articles)s)
  AND o.organization_id = a.organization_id AND o.article_id = a.id AND o.category <> a.category
"""

_REMOVE_ORIGINS: Final = """
UPDATE article_origins SET removed_at = %(now)s
WHERE organization_id = %(organization)s AND source_id = %(source)s AND provider_hash = ANY(%(hashes)s)
  AND removed_at IS NULL
RETURNING article_id
"""

_HAND_OVER: Final = """
UPDATE articles a SET source_id = heir.source_id, provider_id = heir.provider_id
FROM (
  SELECT DISTINCT ON (article_id) article_id, source_id, provider_id FROM article_origins
  WHERE organization_id = %(organization)s AND article_id = ANY(%(articles)s) AND removed_at IS NULL
  ORDER BY article_id, first_seen_at, source_id
) heir
WHERE a.organization_id = %(organization)s AND a.id = heir.article_id AND a.source_id = %(source)s
"""

# What was taken back is kept nowhere, not in the revisions either. The fingerprint becomes one that nothing matches.
_BURY: Final = """
WITH gone AS MATERIALIZED (
  SELECT a.id FROM articles a
  WHERE a.organization_id = %(organization)s AND a.id = ANY(%(articles)s) AND a.removed_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM article_origins o
    WHERE o.organization_id = %(organization)s AND o.article_id = a.id AND o.removed_at IS NULL)
), blanked AS (
  UPDATE article_revisions r
  SET title = %(removed_title)s, summary = NULL, content_text = NULL, content_status = 'removed'
  FROM gone WHERE r.organization_id = %(organization)s AND r.article_id = gone.id
), kept AS (
  INSERT INTO article_revisions (organization_id, article_id, revision, title, content_status, seen_from, replaced_at)
  SELECT a.organization_id, a.id, a.revision, %(removed_title)s, 'removed', a.content_updated_at,
    greatest(%(now)s, a.content_updated_at)
  FROM articles a JOIN gone ON gone.id = a.id
  WHERE a.organization_id = %(organization)s
)
UPDATE articles a
SET removed_at = %(now)s, content_status = 'removed', title = %(removed_title)s, summary = NULL, content_html = NULL,
  content_text = NULL, author = NULL, image_url = NULL, sentiment = NULL, search = ''::tsvector,
  fingerprint = uuid_send(a.id), content_hash = uuid_send(a.id), revision = a.revision + 1,
  content_updated_at = greatest(%(now)s, a.content_updated_at)
FROM gone WHERE a.organization_id = %(organization)s AND a.id = gone.id
RETURNING a.id
"""

_COUNT_ORIGINS: Final = """
UPDATE articles a SET origin_count = counted.n
FROM (
  SELECT article_id, greatest(1, least(count(*) FILTER (WHERE removed_at IS NULL), 32767))::smallint AS n
  FROM article_origins WHERE organization_id = %(organization)s AND article_id = ANY(%(articles)s) GROUP BY article_id
) counted
WHERE a.organization_id = %(organization)s AND a.id = counted.article_id AND a.origin_count <> counted.n
"""

_COUNT_ARTICLES: Final = """
UPDATE sources SET article_count = article_count + %(difference)s
WHERE organization_id = %(organization)s AND id = %(source)s
"""

_FORGET_ORIGINS: Final = """
DELETE FROM article_origins WHERE organization_id = %(organization)s AND source_id = %(source)s RETURNING article_id
"""

# what is left with the source has no live origin elsewhere; its dead origins and its revisions go with it
_FORGET_ARTICLES: Final = "DELETE FROM articles WHERE organization_id = %(organization)s AND source_id = %(source)s"

_COUNT_REPEATED: Final = "SELECT count(*) FROM ingest_incoming WHERE matched = 'nothing' AND id <> leader_id"


class IngestRepository:
    """Articles of the principal's organisation. `connection` is in a transaction that names it."""

    def __init__(
        self, connection: Connection, principal: Principal, *, identify: Identify = lambda _: new_id()
    ) -> None:
        self._connection = connection
        self._organization = principal.organization_id
        self._identify = identify

    async def lock(self) -> None:
        """Wait for our turn to change articles. Every writer of articles takes this lock before any other."""
        await self._run(_LOCK)

    async def merge(
        self,
        source_id: UUID,
        articles: Sequence[NormalisedArticle],
        *,
        now: datetime,
        removals: Sequence[bytes] = (),
    ) -> MergeResult:
        """Store what is new, revise what was edited, bury what was taken back (`removals`: provider hashes).

        Call it with at most a few thousand articles; a poll's rest belongs into the next transaction.
        """
        if not articles and not removals:
            return MergeResult()
        await self.lock()
        result = MergeResult()
        if articles:
            result += await self._store(source_id, articles, now)
        if removals:
            result += await self._remove(source_id, list(removals), now)
        return result

    async def _store(self, source_id: UUID, articles: Sequence[NormalisedArticle], now: datetime) -> MergeResult:
        scope = {"source": source_id, "now": now}
        await self._copy(articles)
        dead = await self._count(_RECOGNISE, source=source_id, window=FINGERPRINT_WINDOW)
        new = await self._run(_INSERT_ARTICLES, **scope)
        carried = await self._first(_INSERT_ORIGINS, **scope)
        revived = await self._first(_REVIVE_ORIGINS, **scope) if dead else []
        edits = await self._first(_FIND_EDITS, source=source_id)
        if edits:
            edited = await self._first(_EDIT, edits=edits, **scope)
            await self._run(_REPEAT_CATEGORY, articles=edited)
        if len(carried) > new or revived:
            await self._run(_COUNT_ORIGINS, articles=carried + revived)
        if carried or revived:
            await self._run(_COUNT_ARTICLES, source=source_id, difference=len(carried) + len(revived))
        repeated = await self._count(_COUNT_REPEATED) if new else 0
        return MergeResult(new=new, updated=len(edits), duplicate=len(carried) - new + repeated)

    async def _remove(self, source_id: UUID, hashes: list[bytes], now: datetime) -> MergeResult:
        articles = await self._first(_REMOVE_ORIGINS, source=source_id, now=now, hashes=hashes)
        if not articles:
            return MergeResult()
        await self._run(_COUNT_ARTICLES, source=source_id, difference=-len(articles))
        # they go to another source that carries them, or are buried
        await self._run(_HAND_OVER, source=source_id, articles=articles)
        await self._run(_BURY, articles=articles, now=now, removed_title=REMOVED_TITLE)
        await self._run(_COUNT_ORIGINS, articles=articles)
        return MergeResult(removed=len(articles))

    async def forget(self, source_id: UUID) -> int:
        """Delete the source's articles; those that another source carries go over to it. How many it had carried."""
        await self.lock()
        articles = await self._first(_FORGET_ORIGINS, source=source_id)
        await self._run(_HAND_OVER, source=source_id, articles=articles)
        await self._run(_FORGET_ARTICLES, source=source_id)
        await self._run(_COUNT_ORIGINS, articles=articles)
        return len(articles)

    async def _copy(self, articles: Sequence[NormalisedArticle]) -> None:
        await self._connection.execute(_STAGE)
        await self._connection.execute(_EMPTY)
        ids = [self._identify(article) for article in articles]
        async with self._connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            copy.set_types(_ENCODED)
            for index, (article, leader) in enumerate(zip(articles, leaders(articles), strict=True)):
                await copy.write_row(_row(index, ids[index], ids[leader], article))

    async def _run(self, statement: str, **values: Any) -> int:
        cursor = await self._connection.execute(statement, {"organization": self._organization, **values})
        return cursor.rowcount

    async def _first(self, statement: str, **values: Any) -> list[Any]:
        """The first column of what a statement gives."""
        cursor = await self._connection.execute(statement, {"organization": self._organization, **values})
        return [row[0] for row in await cursor.fetchall()]

    async def _count(self, statement: str, **values: Any) -> int:
        return int((await self._first(statement, **values))[0])


@lru_cache(maxsize=4096)
def _encoded(texts: tuple[str, ...]) -> bytes:
    """As a binary `text[]`; there are few topics, and each is in many articles."""
    transformer = Transformer()
    transformer.set_dumper_types([_TEXT_ARRAY], Format.BINARY)
    (encoded,) = transformer.dump_sequence([list(texts)], [PyFormat.BINARY])
    return bytes(encoded or b"")


def _row(index: int, article_id: UUID, leader_id: UUID, article: NormalisedArticle) -> tuple[Any, ...]:
    """In the order of `_COLUMNS`."""
    sentiment = None if article.sentiment is None else Jsonb(article.sentiment, dumps=orjson.dumps)
    return (
        index, article_id.bytes, leader_id.bytes, article.provider_id, article.provider_hash, article.url,
        article.url_hash, article.fingerprint, article.title, article.summary, article.content_html,
        article.content_text, article.content_status, article.content_hash, article.author, article.image_url,
        article.language, article.category, _encoded(article.topics), sentiment, article.publisher,
        article.published_at,
    )  # fmt: skip
