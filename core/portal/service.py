"""The developer portal: every page for people, and the addresses under which it is served.

/                     what this instance offers          /quickstart           the first request in five languages
/docs · /docs/v1 · /docs/v1/try   read and try a document  /migration            from v1 to v2, side by side
/limits · /webhooks   budgets; deliveries and signatures   /problems · /problems/{code}   every error
/changelog · /status  what changed; how the instance is    /sunset-policy        how versions end, and the brown-outs
/docs/assets/…        styles, scripts, typefaces

Nothing foreign is loaded, nothing needs a script but the reader's key in the examples, and no page costs more than one
look at the database in 5 s, however many ask.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache, partial
from typing import Any, Final

from core.contract.exchange import Exchange
from core.contract.lifecycle import POLICY, operations, versions_of
from core.contract.pages import BROWSER_CONTENT_POLICY, HTML, Fixed, Page
from core.contract.replacements import Replacement, newest_replacements
from core.contract.responses import Response
from core.errors import NotFound, TidingsError, Unavailable
from core.kit import json
from core.kit.clock import Clock
from core.lifecycle.service import capabilities
from core.lifecycle.types import Report
from core.portal import changelog, endings, limits, migration, problems, quickstart, status, webhooks
from core.portal.kept import Kept
from core.portal.rendering import Templates, files, live_page
from core.releases.service import releases
from core.releases.types import ChangeFilter
from core.settings import Settings
from core.translation.service import translation

Document = Mapping[str, Any]

_NAVIGATION: Final = (
    ("/quickstart", "Quick start"),
    ("/docs", "Reference"),
    ("/migration", "Migration"),
    ("/limits", "Limits"),
    ("/problems", "Errors"),
    ("/webhooks", "Webhooks"),
    ("/changelog", "Changelog"),
    ("/status", "Status"),
)
_KIND_NAMES: Final = {
    "newsapi": "NewsAPI",
    "guardian": "The Guardian",
    "reddit": "Reddit",
    "hackernews": "Hacker News",
    "feed": "RSS, Atom and JSON feeds",
}
_PROVIDER_NAMES: Final = {"google": "Google", "github": "GitHub"}
_SHOWN_OF_AN_ARTICLE: Final = ("id", "title", "summary", "source", "topics", "sentiment", "published_at")


class Portal:
    """Makes the pages. `report` and `counted` ask the instance how it is; documents stand oldest first.

    `clock` is the one by which versions end.
    """

    def __init__(
        self,
        documents: Mapping[str, Document],
        settings: Settings,
        *,
        product_version: str,
        report: Callable[[], Awaitable[Report]],
        counted: Callable[[], Awaitable[status.Figures]],
        clock: Clock,
    ) -> None:
        self._documents = documents
        self._newest_name, self._newest = list(documents.items())[-1]
        self._versions = versions_of(documents, settings.brownouts)
        self._settings = settings
        self._clock = clock
        self._catalogue = problems.problems(self._newest)
        self._board = Kept(lambda: status.look(report, counted), status.KEPT_S)
        self._index = Kept(self._render_index, status.KEPT_S)
        self._templates = Templates(
            settings.public_url,
            navigation=_NAVIGATION,
            kind_names=_KIND_NAMES,
            provider_names=_PROVIDER_NAMES,
            versions=list(documents),
            newest=self._newest_name,
            product_version=product_version,
            number=limits.number,
            size=limits.size,
        )

    def pages(self) -> dict[str, Page]:
        """Address → page."""
        page = self._templates.page
        return {
            "/": live_page("portal.index", self._give_index),
            "/quickstart": page("portal.quickStart", "quickstart.html", _quick_starts),
            "/changelog": live_page("portal.changelog", self._give_changelog),
            "/limits": live_page("portal.limits", self._give_limits),
            "/problems": page("portal.problems", "problems.html", self._problem_index),
            "/problems/{code}": self._problem_page(),
            "/status": live_page("portal.status", self._give_status),
            "/webhooks": page("portal.webhooks", "webhooks.html", webhooks.shown),
            POLICY: live_page("portal.sunsetPolicy", self._give_policy),
            **self._migration(),
            **self._reference(),
            **files(),
        }

    def refusal(self, error: TidingsError, exchange: Exchange) -> Response:
        """Implements `core.contract.pages.RefusalPage`."""
        problem = self._catalogue.get(error.code)
        body = self._templates.render(
            "refusal.html",
            code=error.code,
            status=error.status,
            title=error.code if problem is None else problem.title,
            detail=error.detail,
            request_id=exchange.request_id,
        )
        return Response(error.status, body, HTML, {**error.headers, "Vary": "Accept"})

    def _reference(self) -> dict[str, Page]:
        pages = {"/docs": live_page("portal.docs", self._give_docs)}
        for name, document in self._documents.items():
            info = {"version": name, "title": document["info"]["title"]}
            for address, file in ((f"/docs/{name}", "read"), (f"/docs/{name}/try", "try")):
                pages[address] = self._templates.page(
                    f"portal.{file}", f"{file}.html", partial(dict, info), content_policy=BROWSER_CONTENT_POLICY
                )
        return pages

    def _migration(self) -> dict[str, Page]:
        """Between the two newest versions; none where there is nothing to move from."""
        found = newest_replacements(self._documents)
        if not found:
            return {}
        return {found[0].guide: self._templates.page("portal.migration", "migration.html", partial(self._moves, found))}

    def _moves(self, found: Sequence[Replacement]) -> Mapping[str, Any]:
        older_name, older = list(self._documents.items())[-2]
        shown = migration.successions(found, older, self._newest)
        return {
            "older_name": older_name,
            "older": older,
            "everywhere": migration.everywhere(found),
            "calls": {one.replacement.operation_id: one for one in translation.examples(self._documents)},
            "successions": shown,
            "contents": [("everywhere", "Everywhere"), *((one.id, one.title) for one in shown)],
        }

    def _problem_index(self) -> Mapping[str, Any]:
        statuses = problems.by_status(self._catalogue)
        contents = [(f"status-{one.status}", f"{one.status} {one.phrase}") for one in statuses]
        return {"statuses": statuses, "contents": contents}

    def _problem_page(self) -> Page:
        @cache
        def made(code: str) -> Fixed:
            return Fixed(self._templates.render("problem.html", problem=self._catalogue[code]), HTML)

        async def give(exchange: Exchange) -> Response:
            code = exchange.path_parameters["code"]
            if code not in self._catalogue:
                raise NotFound("No error has this code.")
            return made(code)

        return live_page("portal.problem", give)

    async def _give_index(self, exchange: Exchange) -> Response:
        return self._templates.answer(await self._index.get(), exchange)

    async def _render_index(self) -> bytes:
        board = await self._board.get()
        offered = None
        if board.kinds is not None:
            with suppress(Unavailable):  # the page says so itself
                offered = await capabilities.describe()
        counts: dict[str, int] = {}
        for _, _, operation in operations(self._newest):
            counts[operation["tags"][0]] = counts.get(operation["tags"][0], 0) + 1
        return self._templates.render(
            "index.html",
            offered=offered,
            contracts=capabilities.contracts(),
            documents=self._documents,
            tags=[(tag["name"], tag["description"], counts.get(tag["name"], 0)) for tag in self._newest["tags"]],
            article=_article(self._newest),
            board=board,
        )

    async def _give_limits(self, _: Exchange) -> Response:
        body = self._templates.render(
            "limits.html",
            plans=limits.offered_plans(),
            prices=limits.prices(self._newest),
            budgets=limits.address_budgets(self._newest, self._settings),
            settings=self._settings,
            retried=sorted(problems.RETRIED),
        )
        return Fixed(body, HTML)

    async def _give_changelog(self, _: Exchange) -> Response:
        found = changelog.entries(releases.feed(ChangeFilter()).entries, self._documents)
        contents = [(entry.id, entry.title) for entry in found]
        return Fixed(self._templates.render("changelog.html", entries=found, contents=contents), HTML)

    async def _give_docs(self, _: Exchange) -> Response:
        return Fixed(
            self._templates.render("docs.html", contracts=capabilities.contracts(), documents=self._documents), HTML
        )

    async def _give_policy(self, _: Exchange) -> Response:
        found = endings.endings(self._versions, self._clock.now())
        return Fixed(self._templates.render("sunset-policy.html", endings=found), HTML)

    async def _give_status(self, _: Exchange) -> Response:
        body = self._templates.render("status.html", board=await self._board.get(), kept_s=status.KEPT_S)
        return Response(200, body, HTML)


def _quick_starts() -> Mapping[str, Any]:
    starts = quickstart.quick_starts()
    named = ((start.id, start.name) for start in starts)
    return {"starts": starts, "contents": [("key", "Your key"), *named, ("next", "From the start")]}


def _article(document: Document) -> str:
    """Of the document's own example of a list: what an article is, as JSON."""
    listed = document["paths"]["/articles"]["get"]["responses"]["200"]["content"]["application/json"]["example"]
    article = listed["data"][0]
    return json.written({name: article[name] for name in _SHOWN_OF_AN_ARTICLE})
