"""The dialect of NewsAPI (https://newsapi.org/docs): `/newsapi/v2/top-headlines`, `/everything`, `/sources`."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from core.sandbox import credentials
from core.sandbox.articles import Listing
from core.sandbox.chance import number
from core.sandbox.http import Reply, Request, json_reply
from core.sandbox.newsroom import Newsroom
from core.sandbox.outlets import OUTLETS, Outlet
from core.sandbox.quotas import DAY, NEWSAPI_PER_DAY

CONTENT_LENGTH: Final = 200  # characters; the rest is announced as `[+1234 chars]`
QUERY_LENGTH: Final = 500
SOURCES_AT_MOST: Final = 20
PAGE_SIZE_AT_MOST: Final = 100
DEVELOPER_RESULTS: Final = 100
CATEGORIES: Final[Mapping[str, frozenset[str]]] = {
    "business": frozenset({"business"}),
    "entertainment": frozenset({"culture"}),
    "general": frozenset({"general", "world", "politics"}),
    "health": frozenset({"health"}),
    "science": frozenset({"science"}),
    "sports": frozenset({"sports"}),
    "technology": frozenset({"technology"}),
}
LANGUAGES: Final = frozenset("ar de en es fr he it nl no pt ru sv ud zh".split())
SORTS: Final = ("publishedAt", "relevancy", "popularity")
_STATUSES: Final = {"maximumResultsReached": 426, "rateLimited": 429}
_DEVELOPER: Final = frozenset({credentials.NEWSAPI_KEY, credentials.NEWSAPI_EXHAUSTED_KEY})


class NewsApiError(Exception):
    """An error of the dialect: its `code` and the status that goes with it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message
        self.status = _STATUSES.get(code, 401 if code.startswith("apiKey") else 400)


def answer(newsroom: Newsroom, request: Request) -> Reply | None:
    """The reply to a request below `/newsapi`; None where the API has no such path."""
    operation = _OPERATIONS.get(request.path.removeprefix("/newsapi"))
    if operation is None or request.method not in ("GET", "HEAD"):
        return None
    try:
        key = _authenticated(newsroom, request)
        return json_reply({"status": "ok", **operation(newsroom, request, key)})
    except NewsApiError as error:
        return json_reply({"status": "error", "code": error.code, "message": error.message}, error.status)


def _authenticated(newsroom: Newsroom, request: Request) -> str:
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
    key = request.headers.get("x-api-key") or request.query.get("apiKey") or bearer
    if not key:
        raise NewsApiError(
            "apiKeyMissing",
            "Your API key is missing. Append this to the URL with the apiKey param, or use the x-api-key HTTP header.",
        )
    if key == credentials.NEWSAPI_DISABLED_KEY:
        raise NewsApiError("apiKeyDisabled", "Your API key has been disabled.")
    if key == credentials.NEWSAPI_PAID_KEY:
        return key
    if key not in _DEVELOPER:
        raise NewsApiError(
            "apiKeyInvalid",
            "Your API key is invalid or incorrect. Check your key, or go to https://newsapi.org to create a free API "
            "key.",
        )
    limit = 0 if key == credentials.NEWSAPI_EXHAUSTED_KEY else NEWSAPI_PER_DAY
    if not limit or not newsroom.quotas.spend("newsapi", key, limit=limit, window=DAY, now=newsroom.now).allowed:
        raise NewsApiError(
            "rateLimited",
            "You have made too many requests recently. Developer accounts are limited to 100 requests over a 24 "
            "hour period (50 requests available every 12 hours). Please upgrade to a paid plan if you need more "
            "requests.",
        )
    return key


def _top_headlines(newsroom: Newsroom, request: Request, key: str) -> dict[str, Any]:
    query = request.query
    if not any(query.get(name) for name in ("sources", "q", "language", "country", "category")):
        raise NewsApiError(
            "parametersMissing",
            "Required parameters are missing. Please set any of the following parameters and try again: "
            "sources, q, language, country, category.",
        )
    if query.get("sources") and (query.get("country") or query.get("category")):
        raise NewsApiError(
            "parametersIncompatible", "The sources param cannot be mixed with the country or category params."
        )
    return _page(_matching(newsroom, query), newsroom, query, key, default_size=20, request=request)


def _everything(newsroom: Newsroom, request: Request, key: str) -> dict[str, Any]:
    query = request.query
    if not any(query.get(name) for name in ("q", "qInTitle", "sources", "domains")):
        raise NewsApiError(
            "parametersMissing",
            "Required parameters are missing, the scope of your search is too broad. Please set any of the "
            "following required parameters and try again: q, qInTitle, sources, domains.",
        )
    if query.get("sortBy", SORTS[0]) not in SORTS:
        raise NewsApiError("parameterInvalid", f"The sortBy parameter needs to be one of {', '.join(SORTS)}.")
    found = _matching(newsroom, query)
    if query.get("sortBy") == "popularity":
        found.sort(key=lambda listing: number(listing.article.key, "popularity", below=1 << 20), reverse=True)
    return _page(found, newsroom, query, key, default_size=PAGE_SIZE_AT_MOST, request=request)


def _sources(newsroom: Newsroom, request: Request, key: str) -> dict[str, Any]:
    query = request.query
    _check_choices(query)
    outlets = {listing.article.outlet.id: listing.article.outlet for listing in newsroom.archive.channels["newsapi"]}
    return {
        "sources": [
            {
                "id": outlet.id,
                "name": outlet.name,
                "description": outlet.description,
                "url": f"https://{outlet.host}",
                "category": _category_of(outlet.desk),
                "language": outlet.language,
                "country": outlet.country,
            }
            for outlet in sorted(outlets.values(), key=lambda outlet: outlet.id)
            if query.get("language") in (None, "", outlet.language)
            and query.get("country") in (None, "", outlet.country)
            and query.get("category") in (None, "", _category_of(outlet.desk))
        ]
    }


_OPERATIONS: Final[Mapping[str, Callable[[Newsroom, Request, str], dict[str, Any]]]] = {
    "/v2/top-headlines": _top_headlines,
    "/v2/everything": _everything,
    "/v2/sources": _sources,
}


def _category_of(desk: str) -> str:
    return next(name for name, desks in CATEGORIES.items() if desk in desks)


def _check_choices(query: Mapping[str, str]) -> None:
    if query.get("category") and query["category"] not in CATEGORIES:
        raise NewsApiError("parameterInvalid", f"The category parameter needs to be one of {', '.join(CATEGORIES)}.")
    if query.get("language") and query["language"] not in LANGUAGES:
        raise NewsApiError("parameterInvalid", "The language parameter is not one of the supported two-letter codes.")


def _chosen_sources(query: Mapping[str, str]) -> frozenset[str]:
    chosen = frozenset(filter(None, query.get("sources", "").split(",")))
    if len(chosen) > SOURCES_AT_MOST:
        raise NewsApiError(
            "sourcesTooMany", f"You have requested too many sources in a single request: at most {SOURCES_AT_MOST}."
        )
    unknown = sorted(chosen - OUTLETS.keys())
    if unknown:
        raise NewsApiError(
            "sourceDoesNotExist", f"You have requested a source which does not exist: {unknown[0][:60]}."
        )
    return chosen


def _instant(newsroom: Newsroom, query: Mapping[str, str], name: str) -> datetime | None:
    raw = query.get(name)
    if not raw:
        return None
    try:
        instant = datetime.fromisoformat(raw)
    except ValueError:
        raise NewsApiError(
            "parameterInvalid", f"The {name} parameter needs to be a date or date-time in ISO 8601."
        ) from None
    instant = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    if name == "from" and instant < newsroom.now - timedelta(days=31):
        raise NewsApiError("parameterInvalid", "You are trying to request results too far in the past.")
    return instant


def _matching(newsroom: Newsroom, query: Mapping[str, str]) -> list[Listing]:
    words = query.get("q", "") or query.get("qInTitle", "")
    if len(words) > QUERY_LENGTH:
        raise NewsApiError("parameterInvalid", f"The q parameter is limited to {QUERY_LENGTH} characters.")
    _check_choices(query)
    sources = _chosen_sources(query)
    domains = frozenset(filter(None, query.get("domains", "").split(",")))
    begin, end = _instant(newsroom, query, "from"), _instant(newsroom, query, "to")

    def wanted(listing: Listing) -> bool:
        outlet, story = listing.article.outlet, listing.article.story_at(newsroom.now)
        return (
            (not sources or outlet.id in sources)
            and (not domains or outlet.host.removeprefix("www.") in domains or outlet.host in domains)
            and query.get("language") in (None, "", outlet.language)
            and query.get("country") in (None, "", outlet.country)
            and (not query.get("category") or story.desk in CATEGORIES[query["category"]])
            and (begin is None or listing.article.published_at >= begin)
            and (end is None or listing.article.published_at <= end)
            and mentions(f"{story.title} {story.standfirst} {'' if query.get('qInTitle') else story.text}", words)
        )

    return [listing for listing in newsroom.on("newsapi") if wanted(listing)]


def mentions(text: str, words: str) -> bool:
    """Whether `text` holds every word of a search; words joined by OR are alternatives."""
    if not words:
        return True
    lowered = text.lower()
    return any(
        all(word.strip('"+()') in lowered for word in alternative.split() if word != "and")
        for alternative in words.lower().split(" or ")
    )


def _count(query: Mapping[str, str], name: str, default: int, high: int) -> int:
    raw = query.get(name, "")
    if raw == "":
        return default
    if not (raw.isascii() and raw.isdigit() and 1 <= int(raw[:9]) <= high):
        raise NewsApiError("parameterInvalid", f"The {name} parameter needs to be a whole number from 1 to {high}.")
    return int(raw)


def _page(
    found: list[Listing], newsroom: Newsroom, query: Mapping[str, str], key: str, *, default_size: int, request: Request
) -> dict[str, Any]:
    size = _count(query, "pageSize", default_size, PAGE_SIZE_AT_MOST)
    page = _count(query, "page", 1, 10_000)
    begin, end = (page - 1) * size, page * size
    if end > DEVELOPER_RESULTS and key in _DEVELOPER:
        raise NewsApiError(
            "maximumResultsReached",
            f"You have requested too many results. Developer accounts are limited to a max of {DEVELOPER_RESULTS} "
            f"results. You are "
            f"trying to request results {begin} to {end}. Please upgrade to a paid plan if you need more results.",
        )
    articles = [_article(listing, newsroom.now, request.origin) for listing in found[begin:end]]
    return {"totalResults": len(found), "articles": articles}


def _article(listing: Listing, now: datetime, origin: str) -> dict[str, Any]:
    article = listing.article
    if article.removed_by(now):
        return REMOVED
    story = article.story_at(now)
    return {
        "source": _source(article.outlet),
        "author": article.author,
        "title": story.title,
        "description": story.standfirst or None,
        "url": listing.url,
        "urlToImage": f"{origin}{article.image}" if article.image else None,
        "publishedAt": f"{article.published_at:%Y-%m-%dT%H:%M:%SZ}",
        "content": cut(story.text),
    }


REMOVED: Final = {
    "source": {"id": None, "name": "[Removed]"},
    "author": None,
    "title": "[Removed]",
    "description": "[Removed]",
    "url": "https://removed.com",
    "urlToImage": None,
    "publishedAt": "1970-01-01T00:00:00Z",
    "content": "[Removed]",
}
"""What stands where an article was taken down."""


def _source(outlet: Outlet) -> dict[str, str]:
    return {"id": outlet.id, "name": outlet.name}


def cut(text: str) -> str:
    """The first 200 characters and how many were left out, as `content` holds them."""
    flat = text.replace("\n\n", "\r\n")
    left = len(flat) - CONTENT_LENGTH
    return f"{flat[:CONTENT_LENGTH]}… [+{left} chars]" if left > 0 else flat
