"""What `tidings up` does once the engines run: the demo key, and the first news."""

from collections.abc import Callable
from time import monotonic
from typing import Any, Final

from core.cli.documents import known_scopes
from core.cli.output import working
from core.cli.rows import PAGE, every_row
from core.errors import Unauthenticated
from core.infra.context import Infrastructure
from core.infra.home import Home
from core.infra.notifications import FETCHED, listening
from core.keys.service import keys
from core.kit.principal import operator
from core.sources.service import sources

DEMO_NAME: Final = "demo"
DEMO_REQUESTS_PER_HOUR: Final = 1000  # ten times the free plan: a newcomer is not stopped while trying
DEMO_WRITES: Final = frozenset({"feeds:write", "keys:write"})
FIRST_POLL_S: Final = 15.0
RECHECK_S: Final = 1.0  # a source appears without a notification


async def demo_key(infra: Infrastructure, home: Home, say: Callable[[str], None]) -> None:
    """Keeps the demo key of the last start if this database still knows it, else makes one (file mode 0600)."""
    kept = home.demo_key()
    if kept is not None:
        try:
            await keys.authenticate(kept)
        except Unauthenticated:
            say("The demo key belongs to another database or was revoked: making a new one.")
        else:
            return
    async with infra.unit_of_work(operator()):
        created = await keys.create(
            operator(),
            name=DEMO_NAME,
            scopes=[scope for scope in known_scopes() if scope.endswith(":read") or scope in DEMO_WRITES],
            requests_per_hour=DEMO_REQUESTS_PER_HOUR,
        )
    home.write_demo_key(created.key)


async def first_poll(infra: Infrastructure, say: Callable[[str], None]) -> None:
    """Waits until every upstream was polled once and tells how each went; at most 15 s."""
    told: set[str] = set()
    deadline = monotonic() + FIRST_POLL_S
    async with listening(infra.db.url, FETCHED) as news:
        with working("First poll"):
            while True:
                rows = await _upstreams(infra)
                _tell(rows, told, say)
                if rows and len(told) == len(rows):
                    return
                if monotonic() > deadline:
                    say("The first poll goes on in the background; `tidings sources` shows how it goes.")
                    return
                await news.next(RECHECK_S)


def _tell(rows: list[Any], told: set[str], say: Callable[[str], None]) -> None:
    for row in rows:
        if row.slug in told or (row.last_fetch_at is None and row.state not in ("paused", "gone")):
            continue
        told.add(row.slug)
        outcome = f"{row.article_count} articles" if row.state == "healthy" else f"{row.state}: {row.state_reason}"
        say(f"  {row.name}: {outcome}")


async def _upstreams(infra: Infrastructure) -> list[Any]:
    async with infra.unit_of_work(operator()):
        rows = await every_row(lambda cursor: sources.list(operator(), limit=PAGE, cursor=cursor))
    return [row for row in rows if row.kind != "feed"]
