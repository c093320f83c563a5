"""Which articles a caller reads, in which order, and why there are none."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Final
from uuid import UUID

from core.articles.repository import After, ArticleRepository
from core.articles.types import (
    ArticleList,
    ArticleQuery,
    ArticleRow,
    FragmentRow,
    RevisionRow,
    SourceRow,
    Total,
    Version,
)
from core.articles.warnings import empty_range, unknown, unwell, why_empty
from core.errors import ArticleNotFound, Forbidden
from core.infra.cache import ARTICLES, remembered
from core.infra.context import infrastructure
from core.infra.paging import pair_in, sliced, value_in
from core.kit import ids, json
from core.kit.principal import Principal
from core.kit.slices import Remark, Slice

ESTIMATE_STOPS_AT: Final = 1000
_UNKNOWN: Final = "There is no article with this id."


class Articles:
    """Everybody reads the newsroom's articles; those of another organisation are read by its own keys only."""

    async def list(self, principal: Principal, query: ArticleQuery, *, version: Version | None = None) -> ArticleList:
        """A page by cursor, as rows or, for a `version`, as fragments. Raises `InvalidCursor`.

        A filter that nothing can match gives an empty page and says so.
        """
        infra = infrastructure()
        bound_to = _fingerprint(principal, query)
        after = pair_in(query.cursor, bound_to, datetime, UUID)
        if _is_empty_range(query):
            return _empty(query, empty_range())
        async with infra.db.reader(principal) as reader:
            repository = ArticleRepository(reader, principal)
            source, problem = await _source(repository, query)
            if problem is not None:
                return _empty(query, problem)
            rows, fragments = await _page(repository, query, source, version, limit=query.limit + 1, after=after)
            total = await _total(repository, query, source)
            warnings = () if source is None else unwell(source)
            found: Sequence[ArticleRow | FragmentRow] = rows or fragments
            if not found and after is None:
                warnings += await why_empty(repository, query)
        next_cursor = None
        if len(found) > query.limit:
            position = _place(found[query.limit - 1], by_ingestion=query.by_ingestion)
            next_cursor = infra.cursors.encode(position, bound_to=bound_to)
        limit = query.limit
        return ArticleList(tuple(rows[:limit]), next_cursor, warnings, total, fragments[:limit] or None)

    async def list_numbered(
        self, principal: Principal, query: ArticleQuery, *, page: int, limit: int, version: Version | None = None
    ) -> ArticleList:
        """One page, counted from 1, and the length of the whole list; as rows or, for a `version`, as fragments."""
        skip = (page - 1) * limit
        if _is_empty_range(query):
            return ArticleList((), total=Total(0, "eq"))
        async with infrastructure().db.reader(principal) as reader:
            repository = ArticleRepository(reader, principal)
            source, problem = await _source(repository, query)
            if problem is not None:
                return ArticleList((), total=Total(0, "eq"))
            count = await remembered(
                ARTICLES, _fingerprint(principal, query), lambda: repository.count(query, source, most=None)
            )
            total = Total(count, "eq")
            if skip >= count:
                return ArticleList((), total=total)
            rows, fragments = await _page(repository, query, source, version, limit=limit, skip=skip)
        return ArticleList(tuple(rows), total=total, fragments=fragments or None)

    async def get(self, principal: Principal, article_id: str, *, reveal_foreign: bool = False) -> ArticleRow:
        """One article with its text.

        Raises `ArticleNotFound`; with `reveal_foreign` (v1's way) `Forbidden` for an article of another organisation.
        """
        id_ = _id(article_id)
        async with infrastructure().db.reader(principal) as reader:
            repository = ArticleRepository(reader, principal)
            row = await repository.get(id_)
            if row is None and reveal_foreign and await repository.exists_anywhere(id_):
                raise Forbidden("This article belongs to another organisation.")
        if row is None:
            raise ArticleNotFound(_UNKNOWN)
        return row

    async def revisions(
        self, principal: Principal, article_id: str, *, limit: int, cursor: str | None = None
    ) -> Slice[RevisionRow]:
        """What an article says and has said, newest first. Raises `ArticleNotFound` and `InvalidCursor`."""
        id_ = _id(article_id)
        bound_to = b"revisions" + principal.organization_id.bytes + id_.bytes
        below = value_in(cursor, bound_to, int)
        async with infrastructure().db.reader(principal) as reader:
            rows = await ArticleRepository(reader, principal).revisions(id_, limit=limit + 1, below=below)
        if not rows and below is None:
            raise ArticleNotFound(_UNKNOWN)
        return sliced(rows, limit, bound_to, lambda last: (last.revision,))


async def _page(
    repository: ArticleRepository,
    query: ArticleQuery,
    source: SourceRow | None,
    version: Version | None,
    *,
    limit: int,
    after: After | None = None,
    skip: int = 0,
) -> tuple[Sequence[ArticleRow], Sequence[FragmentRow]]:
    """The page as rows or as fragments; the other one is empty. One article that is not rendered yet asks for rows."""
    if version is not None:
        fragments = await repository.fragments(query, source, version, limit=limit, after=after, skip=skip)
        if fragments is not None:
            return (), fragments
    return await repository.page(query, source, limit=limit, after=after, skip=skip), ()


def _place(row: ArticleRow | FragmentRow, *, by_ingestion: bool) -> After:
    """Where an article stands in the list."""
    if isinstance(row, ArticleRow):
        return row.ingested_at if by_ingestion else row.published_at, row.id
    *_, id_, at = row
    return at, id_


async def _source(repository: ArticleRepository, query: ArticleQuery) -> tuple[SourceRow | None, Remark | None]:
    """The source that the list is narrowed to, or why the list is empty."""
    source = None
    if query.source is not None:
        source = await repository.source(slug=query.source, id_=_source_id(query.source))
        if source is None:
            return None, unknown("source", query.source)
    if query.feed is None:
        return source, None
    try:
        feed = await repository.source(id_=ids.decode("feed", query.feed))
    except ids.InvalidId:
        feed = None
    if feed is None:
        return None, unknown("feed", query.feed)
    if source is not None and source.id != feed.id:
        return None, Remark("no_match", "The feed is not the source: no article is listed under both.")
    return feed, None


def _source_id(text: str) -> UUID | None:
    """The id in a `src_…`; None in a short name."""
    try:
        return ids.decode("src", text)
    except ids.InvalidId:
        return None


async def _total(repository: ArticleRepository, query: ArticleQuery, source: SourceRow | None) -> Total | None:
    if query.count is None:
        return None
    if query.count == "exact":
        return Total(await repository.count(query, source, most=None), "eq")
    value = await repository.count(query, source, most=ESTIMATE_STOPS_AT + 1)
    return Total(ESTIMATE_STOPS_AT, "gte") if value > ESTIMATE_STOPS_AT else Total(value, "eq")


def _empty(query: ArticleQuery, why: Remark) -> ArticleList:
    return ArticleList((), None, (why,), None if query.count is None else Total(0, "eq"))


def _is_empty_range(query: ArticleQuery) -> bool:
    return query.from_ is not None and query.to is not None and query.from_ >= query.to


def _fingerprint(principal: Principal, query: ArticleQuery) -> bytes:
    """All that decides which list it is, the page and the count left out."""
    q = query
    parts = (q.category, q.source, q.feed, q.q, q.language, q.from_, q.to, q.sort)
    return blake2b(principal.organization_id.bytes + json.dumps(parts), digest_size=16).digest()


def _id(text: str) -> UUID:
    try:
        return ids.decode("art", text)
    except ids.InvalidId:
        raise ArticleNotFound(_UNKNOWN) from None


articles: Final = Articles()
