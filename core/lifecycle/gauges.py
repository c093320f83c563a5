"""The part of `GET /metrics` that is counted in PostgreSQL: articles, sources, fetches, queue, pools.

Several processes may be scraped: every one of them reports the same database, so sum none of these over instances.
"""

import time
from collections.abc import Iterable
from typing import Final

from prometheus_client.core import GaugeMetricFamily, Metric

from core.errors import Unavailable
from core.infra.context import infrastructure
from core.lifecycle.repository import LifecycleRepository

_KEEP_S: Final = 2.0

_HELP: Final = {
    "tidings_articles": ("Articles stored (the planner's estimate).", ()),
    "tidings_newest_article_age_seconds": ("Seconds since the newest article was ingested.", ()),
    "tidings_sources": ("Sources of the newsroom by state.", ("state",)),
    "tidings_jobs": ("Jobs in the queue by status.", ("status",)),
    "tidings_workers": ("Workers with a heartbeat within the last minute.", ()),
    "tidings_fetches_last_hour": ("Fetches of the newsroom's sources within an hour by outcome.", ("outcome",)),
    "tidings_ingested_articles_last_hour": ("New articles within an hour.", ()),
    "tidings_database_connections": ("Connections of this process's read pools.", ("state",)),
    "tidings_database_up": ("Whether PostgreSQL answered this scrape.", ()),
}


class Gauges:
    """Counts at most every 2 s, however often it is asked."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, str, float | None]] = []
        self._read_at = float("-inf")

    async def collect(self) -> Iterable[Metric]:
        """The metric families of this moment; without the database, only what the process knows itself."""
        try:
            counted, up = await self.counted(), 1.0
        except Unavailable:
            counted, up = [], 0.0
        pool = infrastructure().db.pool_statistics()
        return _families(
            [
                *counted,
                ("tidings_database_up", "", up),
                *(("tidings_database_connections", name, float(figure)) for name, figure in pool.items()),
            ]
        )

    async def counted(self) -> list[tuple[str, str, float | None]]:
        """(metric, value of its one label or "", figure) of all that PostgreSQL counts. Raises `Unavailable`."""
        if time.monotonic() - self._read_at > _KEEP_S:
            async with infrastructure().db.newsroom_reads() as connection:
                self._rows = await LifecycleRepository(connection).gauges()
            self._read_at = time.monotonic()
        return self._rows


def _families(rows: Iterable[tuple[str, str, float | None]]) -> list[Metric]:
    families: dict[str, GaugeMetricFamily] = {}
    for name, label, figure in rows:
        if figure is None:
            continue
        text, labels = _HELP[name]
        family = families.setdefault(name, GaugeMetricFamily(name, text, labels=labels))
        family.add_metric([label] if labels else [], figure)
    return list(families.values())
