"""Articles: list, get, and what they said before."""

from core.articles.service import articles
from core.articles.types import ArticleQuery
from core.contract.responses import Response, ok
from core.kit.principal import Principal
from core.searches.service import searches
from handlers.v2.shapes.articles import article_detail_out, fragments_out, only, revision_out, total_out
from handlers.v2.shapes.lists import page, time_in


async def list_articles(
    principal: Principal,
    *,
    limit: int,
    sort: str,
    category: str | None = None,
    source: str | None = None,
    feed: str | None = None,
    q: str | None = None,
    language: str | None = None,
    from_: str | None = None,
    to: str | None = None,
    fields: list[str] | None = None,
    count: str | None = None,
    cursor: str | None = None,
) -> Response:
    """A page of what the caller may read."""
    filters = {"category": category, "source": source, "feed": feed, "q": q, "language": language}
    since, until = time_in(from_), time_in(to)
    query = ArticleQuery(**filters, from_=since, to=until, sort=sort, limit=limit, cursor=cursor, count=count)
    found = await articles.list(principal, query, version="v2" if fields is None else None)
    searches.note(principal, query, found)
    asked = {**filters, "from": from_, "to": to, "sort": sort, "fields": fields, "count": count, "limit": limit}
    data = None if found.fragments is None else fragments_out(found.fragments)
    return page("/v2/articles", found, only(fields), asked, total=total_out(found.total), data=data)


async def get_article(principal: Principal, article_id: str) -> Response:
    """One article with its text."""
    return ok(article_detail_out(await articles.get(principal, article_id)))


async def list_article_revisions(
    principal: Principal, article_id: str, *, limit: int, cursor: str | None = None
) -> Response:
    """A page of what one article says and has said."""
    found = await articles.revisions(principal, article_id, limit=limit, cursor=cursor)
    return page(f"/v2/articles/{article_id}/revisions", found, revision_out, {"limit": limit})
