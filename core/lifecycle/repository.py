"""What the probes and the gauges ask of PostgreSQL. Each statement is cheap enough for a scrape every few seconds."""

from typing import Any

from core.infra.db import Connection

_MIGRATION = "SELECT version_num FROM alembic_version"

_WORKERS = """
SELECT count(*), extract(epoch FROM now() - max(last_heartbeat))::float8 FROM procrastinate_workers
WHERE last_heartbeat > now() - interval '1 minute'
"""

_GAUGES = """
SELECT 'tidings_articles', '', greatest(reltuples, 0)::float8 FROM pg_class WHERE oid = 'articles'::regclass
UNION ALL
SELECT 'tidings_newest_article_age_seconds', '', extract(epoch FROM now() - max(ingested_at))::float8 FROM (
  SELECT ingested_at FROM articles WHERE organization_id = current_organization() AND removed_at IS NULL
  ORDER BY ingested_at DESC LIMIT 1) newest
UNION ALL
SELECT 'tidings_sources', state, count(*)::float8 FROM sources
WHERE organization_id = current_organization() GROUP BY state
UNION ALL
SELECT 'tidings_jobs', status::text, count(*)::float8 FROM procrastinate_jobs GROUP BY status
UNION ALL
SELECT 'tidings_workers', '', count(*)::float8 FROM procrastinate_workers
WHERE last_heartbeat > now() - interval '1 minute'
UNION ALL
SELECT 'tidings_fetches_last_hour', outcome, count(*)::float8 FROM fetch_log
WHERE organization_id = current_organization() AND started_at > now() - interval '1 hour' GROUP BY outcome
UNION ALL
SELECT 'tidings_ingested_articles_last_hour', '', coalesce(sum(items_new), 0)::float8 FROM fetch_log
WHERE organization_id = current_organization() AND started_at > now() - interval '1 hour'
"""

_SEARCH_LANGUAGES = """
SELECT language FROM (
  SELECT chr(first) || chr(second) AS language
  FROM generate_series(ascii('a'), ascii('z')) first, generate_series(ascii('a'), ascii('z')) second
) codes WHERE search_configuration(language) <> 'simple'::regconfig ORDER BY language
"""


class LifecycleRepository:
    """Questions about the instance itself, on a connection that sees the newsroom."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def migration(self) -> str | None:
        """The revision that the database is at."""
        row = await self._row(_MIGRATION)
        return None if row is None else row[0]

    async def workers(self) -> tuple[int, float | None]:
        """How many workers sent a heartbeat within the last minute, and seconds since the newest."""
        row = await self._row(_WORKERS)
        return (0, None) if row is None else (row[0], row[1])

    async def gauges(self) -> list[tuple[str, str, float | None]]:
        """(metric, value of its one label or "", figure) for everything that is counted in the database."""
        cursor = await self._connection.execute(_GAUGES)
        return [(row[0], row[1], row[2]) for row in await cursor.fetchall()]

    async def search_languages(self) -> list[str]:
        """The ISO 639-1 codes for which PostgreSQL knows the forms of words."""
        return [row[0] for row in await (await self._connection.execute(_SEARCH_LANGUAGES)).fetchall()]

    async def _row(self, statement: str) -> tuple[Any, ...] | None:
        return await (await self._connection.execute(statement)).fetchone()
