"""The dialect of the Guardian Open Platform (https://open-platform.theguardian.com/documentation/).

`/guardian/search`, `/guardian/tags`, `/guardian/sections` and a single item by its id.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from core.sandbox import credentials
from core.sandbox.articles import Article, Listing, html_of
from core.sandbox.bait import BAIT
from core.sandbox.http import BadParameter, Reply, Request, integer, json_reply
from core.sandbox.newsapi import mentions
from core.sandbox.newsroom import Newsroom
from core.sandbox.outlets import GUARDIAN_SECTIONS
from core.sandbox.quotas import DAY, GUARDIAN_PER_DAY, Spent

PAGE_SIZE_AT_MOST: Final = 200
ORDERS: Final = ("newest", "oldest", "relevance")
DATES: Final = ("published", "first-publication", "newspaper-edition", "last-modified")
_KEYS: Final = frozenset({credentials.GUARDIAN_KEY, credentials.GUARDIAN_TEST_KEY, credentials.GUARDIAN_EXHAUSTED_KEY})
_SECTION_NAMES: Final = dict(GUARDIAN_SECTIONS.values())


def answer(newsroom: Newsroom, request: Request) -> Reply | None:
    """The reply to a request below `/guardian`; None where nothing may be asked that way."""
    if request.method not in ("GET", "HEAD"):
        return None
    key = request.query.get("api-key") or request.headers.get("api-key", "")
    if key not in _KEYS:
        return json_reply({"message": "Unauthorized"}, 401)
    limit = 0 if key == credentials.GUARDIAN_EXHAUSTED_KEY else GUARDIAN_PER_DAY
    spent = newsroom.quotas.spend("guardian", key, limit=limit, window=DAY, now=newsroom.now)
    if not spent.allowed:
        return json_reply({"message": "API rate limit exceeded"}, 429, _rate_headers(spent))
    path = request.path.removeprefix("/guardian").strip("/")
    try:
        content, status = _OPERATIONS.get(path, _item)(newsroom, request), 200
    except BadParameter as error:
        content, status = {"status": "error", "message": str(error)}, 400
    except LookupError:
        content, status = {"status": "error", "message": "The requested resource could not be found."}, 404
    return json_reply({"response": content}, status, _rate_headers(spent))


def _rate_headers(spent: Spent) -> dict[str, str]:
    return {"X-RateLimit-Limit-day": str(spent.limit), "X-RateLimit-Remaining-day": str(spent.remaining)}


def _search(newsroom: Newsroom, request: Request) -> dict[str, Any]:
    query = request.query
    order = query.get("order-by") or ("relevance" if query.get("q") else "newest")
    if order not in ORDERS:
        raise BadParameter(f"order-by needs to be one of {', '.join(ORDERS)}")
    if query.get("use-date", "published") not in DATES:
        raise BadParameter(f"use-date needs to be one of {', '.join(DATES)}")
    found = [listing for listing in newsroom.on("guardian") if _wanted(listing, query, newsroom.now)]
    if query.get("use-date") == "last-modified":
        found.sort(key=lambda listing: listing.article.updated_at(newsroom.now), reverse=True)
    if order == "oldest":
        found.reverse()
    listed = _paged(found, query)
    results = [_content(listing.article, request, newsroom.now) for listing in listed.pop("results")]
    return {**listed, "orderBy": order, "results": results}


def _wanted(listing: Listing, query: Mapping[str, str], now: datetime) -> bool:
    article = listing.article
    story = article.story_at(now)
    section, _ = GUARDIAN_SECTIONS[article.story.desk]
    tags = query.get("tag")
    moment = article.updated_at(now) if query.get("use-date") == "last-modified" else article.published_at
    begin, end = _date(query, "from-date"), _date(query, "to-date")
    return (
        not article.removed_by(now)
        and (not query.get("section") or section in query["section"].split("|"))
        and (
            not tags or any(tag.split("/")[0] in (section, "type", "tone") for tag in tags.replace(",", "|").split("|"))
        )
        and query.get("lang", "en") == "en"
        and (begin is None or moment >= begin)
        and (end is None or moment < end)
        and mentions(f"{story.title} {story.standfirst} {story.text}", query.get("q", ""))
    )


def _date(query: Mapping[str, str], name: str) -> datetime | None:
    raw = query.get(name)
    if not raw:
        return None
    try:
        instant = datetime.fromisoformat(raw)
    except ValueError:
        raise BadParameter(
            "Dates must be an ISO8601 date or datetime (e.g. 2010-07-20 or 2010-07-20T10:00:00+05:00). "
            "Remember to URL-encode the '+' if you provide a timezone offset."
        ) from None
    instant = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    whole_day = name == "to-date" and len(raw) == len("2010-07-20")
    return instant + timedelta(days=1) if whole_day else instant


def _paged(found: list[Any], query: Mapping[str, str]) -> dict[str, Any]:
    size = integer(query, "page-size", 10, low=0, high=PAGE_SIZE_AT_MOST)
    page = integer(query, "page", 1, low=1, high=1_000_000)
    pages = -(-len(found) // size) if size else 0
    if page > max(1, pages):
        raise BadParameter("requested page is beyond the number of available pages")
    begin = (page - 1) * size
    return {
        "status": "ok",
        "userTier": "developer",
        "total": len(found),
        "startIndex": begin + 1 if found else 0,
        "pageSize": size,
        "currentPage": page,
        "pages": pages,
        "results": found[begin : begin + size],
    }


def _item_id(article: Article) -> str:
    return article.url.removeprefix(f"https://{article.outlet.host}/")


def _content(article: Article, request: Request, now: datetime) -> dict[str, Any]:
    section, section_name = GUARDIAN_SECTIONS[article.story.desk]
    item_id = _item_id(article)
    pillar = {"sport": "Sport", "culture": "Arts"}.get(section, "News")
    content: dict[str, Any] = {
        "id": item_id,
        "type": "article",
        "sectionId": section,
        "sectionName": section_name,
        "webPublicationDate": f"{article.published_at:%Y-%m-%dT%H:%M:%SZ}",
        "webTitle": article.story_at(now).title,
        "webUrl": article.url,
        "apiUrl": f"{request.origin}/guardian/{item_id}",
        "isHosted": False,
        "pillarId": f"pillar/{pillar.lower()}",
        "pillarName": pillar,
    }
    fields = _chosen(request.query, "show-fields")
    if fields:
        values = _fields(article, request.origin, now)
        content["fields"] = values if "all" in fields else {name: values[name] for name in fields if name in values}
    kinds = _chosen(request.query, "show-tags")
    if kinds:
        tags = _tags(article, request.origin)
        content["tags"] = [tag for tag in tags if "all" in kinds or tag["type"] in kinds]
    return content


def _chosen(query: Mapping[str, str], name: str) -> list[str]:
    return [part.strip() for part in query.get(name, "").split(",") if part.strip()]


def _fields(article: Article, origin: str, now: datetime) -> dict[str, str]:
    story = article.story_at(now)
    image = f"{origin}{article.image}" if article.image else None
    values = {
        "headline": story.title,
        "standfirst": f"<p>{story.standfirst}</p>",
        "trailText": story.standfirst,
        "byline": article.author,
        "main": f'<figure class="element element-image"><img src="{image}" alt=""></figure>' if image else None,
        "body": html_of(story, bait=BAIT.get(article.bait or "", "")),
        "bodyText": story.text,
        "wordcount": str(len(story.text.split())),
        "lastModified": f"{article.updated_at(now):%Y-%m-%dT%H:%M:%SZ}",
        "firstPublicationDate": f"{article.published_at:%Y-%m-%dT%H:%M:%SZ}",
        "productionOffice": "UK",
        "publication": article.outlet.host,
        "lang": "en",
        "thumbnail": image,
        "shortUrl": f"https://guardian.example/p/{article.key}",
    }
    return {name: value for name, value in values.items() if value is not None}


def _tags(article: Article, origin: str) -> list[dict[str, Any]]:
    section, section_name = GUARDIAN_SECTIONS[article.story.desk]
    profile = "profile/" + article.story.byline.lower().replace(" ", "-")
    return [
        _tag(f"{section}/{section}", "keyword", section_name, article.outlet.host, origin, section),
        _tag("type/article", "type", "Article", article.outlet.host, origin),
        _tag("tone/news", "tone", "News", article.outlet.host, origin),
        *([_tag(profile, "contributor", article.story.byline, article.outlet.host, origin)] if article.author else []),
    ]


def _tag(tag_id: str, kind: str, title: str, host: str, origin: str, section: str | None = None) -> dict[str, Any]:
    tag = {
        "id": tag_id,
        "type": kind,
        "webTitle": title,
        "webUrl": f"https://{host}/{tag_id}",
        "apiUrl": f"{origin}/guardian/{tag_id}",
        "references": [],
    }
    return tag if section is None else {**tag, "sectionId": section, "sectionName": _SECTION_NAMES[section]}


def _all_tags(newsroom: Newsroom, request: Request) -> dict[str, Any]:
    query = request.query
    tags = {tag["id"]: tag for listing in newsroom.on("guardian") for tag in _tags(listing.article, request.origin)}
    found = [
        tag
        for _, tag in sorted(tags.items())
        if query.get("type") in (None, "", tag["type"])
        and (not query.get("section") or tag.get("sectionId") in query["section"].split("|"))
        and query.get("q", "").lower() in tag["webTitle"].lower()
    ]
    return _paged(found, query)


def _all_sections(newsroom: Newsroom, request: Request) -> dict[str, Any]:
    wanted = request.query.get("q", "").lower()
    sections = [
        {
            "id": section,
            "webTitle": name,
            "webUrl": f"https://www.guardian.example/{section}",
            "apiUrl": f"{request.origin}/guardian/{section}",
            "editions": [],
        }
        for section, name in sorted(GUARDIAN_SECTIONS.values())
        if wanted in name.lower()
    ]
    return {"status": "ok", "userTier": "developer", "total": len(sections), "results": sections}


def _item(newsroom: Newsroom, request: Request) -> dict[str, Any]:
    wanted = request.path.removeprefix("/guardian").strip("/")
    for listing in newsroom.on("guardian"):
        if _item_id(listing.article) == wanted and not listing.article.removed_by(newsroom.now):
            content = _content(listing.article, request, newsroom.now)
            return {"status": "ok", "userTier": "developer", "total": 1, "content": content}
    raise LookupError(wanted)


_OPERATIONS: Final[Mapping[str, Callable[[Newsroom, Request], dict[str, Any]]]] = {
    "search": _search,
    "tags": _all_tags,
    "sections": _all_sections,
}
