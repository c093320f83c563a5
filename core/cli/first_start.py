"""What `tidings up` does once the engines run: the demo key, what is polled, and the first news."""

from collections.abc import Callable, Sequence
from time import monotonic
from typing import Final

from core.cli.documents import known_scopes
from core.cli.output import working
from core.cli.rows import PAGE, every_row
from core.errors import Unauthenticated
from core.feeds.service import feeds
from core.infra.context import Infrastructure
from core.infra.home import Home
from core.infra.notifications import Listener
from core.keys.service import keys
from core.kit.ids import encode
from core.kit.principal import NEWSROOM_ID, Principal, operator
from core.sources.service import sources
from core.sources.types import SourceRow

DEMO_NAME: Final = "demo"
DEMO_REQUESTS_PER_HOUR: Final = 1000  # ten times the free plan: a newcomer is not stopped while trying
DEMO_WRITES: Final = frozenset({"feeds:write", "keys:write", "collections:write", "notes:write"})
FIRST_POLL_S: Final = 15.0

Say = Callable[[str], None]


async def demo_key(infra: Infrastructure, home: Home, say: Say) -> None:
    """Keeps the demo key of the last start if this database still knows it, else makes one (file mode 0600)."""
    kept = home.demo_key()
    if kept is not None:
        try:
            principal = await keys.authenticate(kept)
        except Unauthenticated:
            say("The demo key belongs to another database or was revoked: making a new one.")
        else:
            await _let_read_all(infra, principal, say)
            return
    async with infra.unit_of_work(operator()):
        created = await keys.create(
            operator(),
            name=DEMO_NAME,
            scopes=[scope for scope in known_scopes() if scope.endswith(":read") or scope in DEMO_WRITES],
            requests_per_hour=DEMO_REQUESTS_PER_HOUR,
        )
    home.write_demo_key(created.key)


async def _let_read_all(infra: Infrastructure, principal: Principal, say: Say) -> None:
    """Give the demo key of an earlier version the scopes for reading that came since; any other key is left alone."""
    missing = [scope for scope in known_scopes() if scope.endswith(":read") and scope not in principal.scopes]
    if not missing or principal.organization_id != NEWSROOM_ID:
        return
    id_ = encode("key", principal.principal_id)
    async with infra.unit_of_work(operator()):
        row = await keys.get(operator(), id_)
        if row.name != DEMO_NAME or row.rotated_to is not None:
            return
        await keys.update(operator(), id_, {"scopes": [*row.scopes, *missing]})
    say(f"The demo key was made by an earlier version: it now has {', '.join(missing)} too.")


async def prepare_sources(infra: Infrastructure) -> list[SourceRow]:
    """Brings the sources in line with the configuration; gives those that were never fetched."""
    await sources.ensure_providers(infra.settings)
    await feeds.ensure_sandbox(infra.settings)
    rows: Sequence[SourceRow] = await every_row(lambda cursor: sources.list(operator(), limit=PAGE, cursor=cursor))
    return [row for row in rows if row.last_fetch_at is None and row.state not in ("paused", "gone")]


async def first_poll(infra: Infrastructure, news: Listener, new: Sequence[SourceRow], say: Say) -> None:
    """Waits until each new source was fetched once and tells how it went; at most 15 s."""
    missing = {str(row.id) for row in new}
    deadline = monotonic() + FIRST_POLL_S
    with working("First poll"):
        while missing and (left := deadline - monotonic()) > 0:
            heard = await news.next(left)
            if heard not in missing:
                continue
            missing.discard(heard)
            row = await sources.get(operator(), encode("src", next(row.id for row in new if str(row.id) == heard)))
            reason = "" if row.state_reason is None else f" ({row.state}: {row.state_reason})"
            say(f"  {row.name}: {row.article_count} articles{reason}")
    if missing:
        say(f"{len(missing)} sources are still being read; `tidings sources` shows how it goes.")
