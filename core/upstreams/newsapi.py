"""NewsAPI (https://newsapi.org/docs): `/v2/everything` for a search, `/v2/top-headlines` by category otherwise.

Quirks: a developer key has 100 requests a day and sees 100 results (426 `maximumResultsReached` beyond them); `content`
is cut at 200 characters, so it is no content; a withdrawn article stands as `[Removed]`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

import orjson

from core.infra.http import Egress, EgressResponse
from core.kit.clock import Clock, SystemClock
from core.upstreams.answers import ApiPoll
from core.upstreams.fields import RejectedItem, collect, draft, rfc3339, web_url
from core.upstreams.quota import Quota
from core.upstreams.types import Draft, Fetched, UpstreamError

# https://newsapi.org/docs/endpoints/top-headlines, parameter `category`
CATEGORIES: Final = ("technology", "science", "business", "general", "health", "sports", "entertainment")
PAGE_SIZE: Final = 100
MAX_PAGES: Final = 5
_MAX_QUERY_CHARACTERS: Final = 500
_MAX_SOURCES: Final = 20
_TOMBSTONE: Final = "[Removed]"
_CUT_MARK: Final = re.compile(r"\s*(?:…|\.\.\.)?\s*\[\+\d+ chars\]$")
# https://newsapi.org/docs/errors
_EXHAUSTED: Final = frozenset({"apiKeyExhausted", "rateLimited"})


class NewsApiClient:
    """Polls NewsAPI.

    `config`: `query`, `sources` (list), `domains` (list) make a search; else `categories` (list; all seven by default),
    one after the other: the first poll walks all of them, later polls one each, because the quota is small. `language`
    narrows both, `country` the headlines; `sections` (list) says where a search's results belong. `cursor`: `newest`,
    `next_category`, `quota`.
    """

    kind = "newsapi"

    def __init__(
        self, *, egress: Egress, base_url: str, key: str, quota: Quota | None = None, clock: Clock | None = None
    ) -> None:
        self._egress = egress
        self._base_url = base_url
        self._key = key
        self._quota = quota
        self._clock = clock or SystemClock()

    async def fetch(self, *, config: Mapping[str, Any], cursor: Mapping[str, Any]) -> Fetched:
        """Polls once; raises UpstreamError."""
        poll = ApiPoll("NewsAPI", egress=self._egress, clock=self._clock, quota=self._quota, cursor=cursor)
        if config.get("query") or config.get("sources") or config.get("domains"):
            return await self._search(poll, config, cursor)
        return await self._headlines(poll, config, cursor)

    async def _search(self, poll: ApiPoll, config: Mapping[str, Any], cursor: Mapping[str, Any]) -> Fetched:
        newest = cursor.get("newest")
        parameters = {
            "q": str(config.get("query") or "")[:_MAX_QUERY_CHARACTERS],
            "sources": ",".join(config.get("sources", ())[:_MAX_SOURCES]),
            "domains": ",".join(config.get("domains", ())),
            "language": config.get("language"),
            "sortBy": "publishedAt",
            "from": newest,
        }
        articles, problem = await self._pages(poll, "/v2/everything", parameters)
        drafts, rejected = collect(articles, partial(_draft, config=config, section=None, poll=poll))
        if problem is None:
            dates = [one.published_at.isoformat() for one in drafts if one.published_at]
            newest = max(filter(None, [newest, *dates]), default=None)
        notes = [problem.reason] if problem else []
        return poll.fetched(drafts, cursor={"newest": newest}, rejected=[*notes, *rejected])

    async def _headlines(self, poll: ApiPoll, config: Mapping[str, Any], cursor: Mapping[str, Any]) -> Fetched:
        categories = tuple(config.get("categories") or CATEGORIES)
        position = cursor.get("next_category")
        due = categories if position is None else (categories[int(position) % len(categories)],)
        following = int(position or 0)
        drafts: list[Draft] = []
        rejected: list[str] = []
        for category in due:
            parameters = {
                "category": category,
                "country": config.get("country"),
                "language": config.get("language"),
            }
            try:
                articles, problem = await self._pages(poll, "/v2/top-headlines", parameters)
            except UpstreamError as error:
                if not drafts:
                    raise
                rejected.append(error.reason)
                break
            found, refused = collect(articles, partial(_draft, config=config, section=category, poll=poll))
            drafts += found
            rejected += [*([problem.reason] if problem else []), *refused]
            following = (following + 1) % len(categories)
        return poll.fetched(drafts, cursor={"next_category": following}, rejected=rejected)

    async def _pages(
        self, poll: ApiPoll, path: str, parameters: Mapping[str, Any]
    ) -> tuple[list[Any], UpstreamError | None]:
        """Articles of all pages, and what ended the walk early after the first page."""
        articles: list[Any] = []
        for page in range(1, MAX_PAGES + 1):
            try:
                found, total = await self._page(poll, path, {**parameters, "page": page, "pageSize": PAGE_SIZE})
            except UpstreamError as error:
                if page == 1:
                    raise
                return articles, None if error.http_status == 426 else error
            articles += found
            if len(found) < PAGE_SIZE or len(articles) >= total:
                break
        return articles, None

    async def _page(self, poll: ApiPoll, path: str, parameters: Mapping[str, Any]) -> tuple[Sequence[Any], int]:
        query = urlencode({name: value for name, value in parameters.items() if value})
        response = await poll.get(f"{self._base_url}{path}?{query}", headers={"X-Api-Key": self._key})
        if response.status != 200:
            raise _failure(poll, response)
        answer = poll.json(response)
        articles = answer.get("articles") if isinstance(answer, dict) else None
        if not isinstance(articles, list):
            raise UpstreamError("NewsAPI answered without a list of articles.", http_status=200)
        total = answer.get("totalResults")
        return articles, total if isinstance(total, int) else len(articles)


def _failure(poll: ApiPoll, response: EgressResponse) -> UpstreamError:
    """`{"status": "error", "code", "message"}` as an error of ours."""
    try:
        answer = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return poll.failure(response)
    answer = answer if isinstance(answer, dict) else {}
    error = poll.failure(response, said=str(answer.get("message") or "") or None)
    if answer.get("code") in _EXHAUSTED:
        error.state = "throttled"
    return error


def _draft(item: Any, *, config: Mapping[str, Any], section: str | None, poll: ApiPoll) -> Draft:
    if not isinstance(item, dict):
        raise RejectedItem("it is not an object")
    url = item.get("url")
    if item.get("title") == _TOMBSTONE:
        if web_url(url) is None or "://removed.com" in str(url):
            raise RejectedItem("it was withdrawn, and nothing says which article it was")
        return draft(provider_id=url, url=url, title=None, removed=True)
    source = item.get("source")
    teaser = item.get("content")
    return draft(
        provider_id=url,
        url=url,
        title=item.get("title"),
        summary=item.get("description") or (_CUT_MARK.sub("…", teaser) if isinstance(teaser, str) else None),
        author=item.get("author"),
        image_url=item.get("urlToImage"),
        published_at=rfc3339(item.get("publishedAt"), now=poll.now),
        language=config.get("language"),
        sections=_sections(config, section),
        publisher=source.get("name") if isinstance(source, dict) else None,
    )


def _sections(config: Mapping[str, Any], section: str | None) -> Iterator[Any]:
    """NewsAPI's answers do not say where an article belongs; the question does."""
    if section is not None:
        yield section
    yield from config.get("sections", ())
