"""Articles: list and get."""

from core.articles.service import articles
from core.articles.types import ArticleQuery
from core.contract.responses import Response, ok
from core.kit.principal import Principal
from handlers.v1.shapes.articles import article_out, list_out, sort_in
from handlers.v1.shapes.lists import time_in


async def list_articles(
    principal: Principal,
    *,
    page: int,
    limit: int,
    sort: str,
    dir_: str,
    category: str | None = None,
    source: str | None = None,
    q: str | None = None,
    language: str | None = None,
    from_: str | None = None,
    to: str | None = None,
) -> Response:
    """A numbered page of what the caller may read."""
    since, until, order = time_in(from_), time_in(to), sort_in(sort, dir_)
    query = ArticleQuery(
        category=category, source=source, q=q, language=language, from_=since, to=until, sort=order, limit=limit
    )
    found = await articles.list_numbered(principal, query, page=page, limit=limit, version="v1")
    return list_out(found, page=page, limit=limit)


async def get_article(principal: Principal, article_id: str) -> Response:
    """One article; another organisation's is forbidden, as v1 has always said."""
    return ok(article_out(await articles.get(principal, article_id, reveal_foreign=True)))
