"""`tidings sources` and `tidings poll`: what is polled, and polling it now."""

from typing import Annotated, Any, Final

import typer

from core.cli.instance import as_operator, instance_settings, run
from core.cli.options import AsJson, Timeout, Wait
from core.cli.output import complain, show_rows, working
from core.cli.rows import PAGE, SOURCE, every_row, shown
from core.cli.waiting import until_fetched
from core.infra.context import Infrastructure
from core.infra.notifications import FETCHED, listening
from core.kit.ids import encode
from core.kit.principal import operator
from core.sources.service import sources

POLL_S: Final = 120.0
COLUMNS: Final = ("slug", "kind", "state", "state_reason", "article_count", "last_fetch_at", "next_fetch_at")
EMPTY: Final = "Nothing is polled yet: set an upstream's credential or `tidings feeds add URL`."


def list_sources(as_json: AsJson = False) -> None:
    """List what is polled, with its state, the reason and the next check."""

    async def work(_: Infrastructure) -> list[dict[str, Any]]:
        rows = await every_row(lambda cursor: sources.list(operator(), limit=PAGE, cursor=cursor))
        return [shown(row, "src", SOURCE) for row in rows]

    show_rows(as_operator(work), COLUMNS, as_json=as_json, empty=EMPTY)


def poll(
    source: Annotated[
        str | None, typer.Argument(help="Slug or id of one source; all that are not paused when left out.")
    ] = None,
    wait: Wait = False,
    timeout: Timeout = POLL_S,
    as_json: AsJson = False,
) -> None:
    """Ask for news now instead of at the next regular check. With --wait, show how it went."""

    async def work(infra: Infrastructure) -> tuple[list[dict[str, Any]], int]:
        async with listening(infra.db.url, FETCHED) as news:
            async with infra.unit_of_work(operator()):
                rows = await sources.poll(operator(), source=source)
            late = await until_fetched(news, {row.id for row in rows}, timeout_s=timeout) if wait else set()
        async with infra.unit_of_work(operator()):
            after = [await sources.get(operator(), encode("src", row.id)) for row in rows]
        return [shown(row, "src", SOURCE) for row in after], len(late)

    with working("Polling"):
        rows, late = run(instance_settings(), work)
    show_rows(rows, COLUMNS, as_json=as_json, empty=EMPTY)
    if late:
        complain(f"{late} of {len(rows)} sources were not fetched within {timeout:g} s: is a worker running?")
        raise typer.Exit(1)
