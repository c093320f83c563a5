"""`tidings feeds`: subscribe to RSS, Atom and JSON feeds."""

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from core.cli.instance import as_operator, instance_settings, run
from core.cli.options import AsJson, Timeout, Wait
from core.cli.output import complain, say, show_one, show_rows, working
from core.cli.rows import FEED, PAGE, every_row, shown
from core.cli.waiting import until_fetched
from core.feeds.service import feeds
from core.infra.context import Infrastructure
from core.infra.notifications import FETCHED, listening
from core.kit.ids import encode
from core.kit.principal import operator

FETCH_S: Final = 60.0


def add(
    url: Annotated[str, typer.Argument(help="Address of the feed, http or https.")],
    title: Annotated[str | None, typer.Option(help="A name of your own; the feed's when left out.")] = None,
    category: Annotated[
        str | None, typer.Option(help="The category of its articles; decided for each article when left out.")
    ] = None,
    wait: Wait = False,
    timeout: Timeout = FETCH_S,
    as_json: AsJson = False,
) -> None:
    """Subscribe to a feed. With --wait, show its state, the reason and the number of articles after its first fetch."""

    async def work(infra: Infrastructure) -> tuple[dict[str, Any], bool]:
        async with listening(infra.db.url, FETCHED) as news:
            async with infra.unit_of_work(operator()):
                made = await feeds.create(operator(), url, title=title, category=category)
            late = await until_fetched(news, {made.id}, timeout_s=timeout) if wait else set()
        async with infra.unit_of_work(operator()):
            feed = await feeds.get(operator(), encode("feed", made.id))
        return shown(feed, "feed", FEED), bool(late)

    with working("Fetching" if wait else "Subscribing"):
        feed, is_late = run(instance_settings(), work)
    show_one(feed, as_json=as_json)
    if is_late:
        complain(f"the feed was added, but nobody fetched it within {timeout:g} s: is a worker running?")
        raise typer.Exit(1)


def list_(as_json: AsJson = False) -> None:
    """List the feeds with their state, newest first."""

    async def work(_: Infrastructure) -> list[dict[str, Any]]:
        rows = await every_row(lambda cursor: feeds.list(operator(), limit=PAGE, cursor=cursor))
        return [shown(row, "feed", FEED) for row in rows]

    columns = ("id", "title", "url", "state", "state_reason", "article_count", "next_fetch_at")
    show_rows(as_operator(work), columns, as_json=as_json, empty="There is no feed yet: `tidings feeds add URL`.")


def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="An OPML document.")],
    as_json: AsJson = False,
) -> None:
    """Subscribe to every feed of an OPML document; one that cannot be taken never stops the others."""
    document = file.read_bytes()

    async def work(_: Infrastructure) -> list[dict[str, Any]]:
        results = await feeds.import_opml(operator(), document)
        return [
            {
                "id": None if result.feed_id is None else encode("feed", result.feed_id),
                **{name: getattr(result, name) for name in ("url", "title", "status", "code", "detail")},
            }
            for result in results
        ]

    with working("Importing"):
        rows = as_operator(work)
    show_rows(rows, ("status", "url", "title", "detail"), as_json=as_json, empty="The document holds no feed.")
    rejected = sum(row["status"] == "rejected" for row in rows)
    if rejected:
        if not as_json:
            say(f"{len(rows) - rejected} of {len(rows)} feeds are here, {rejected} were rejected.")
        raise typer.Exit(1)
