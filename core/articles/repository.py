"""Reads of articles; nothing here writes."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from core.articles import queries
from core.articles.queries import Shape
from core.articles.types import ArticleQuery, ArticleRow, FragmentRow, RevisionRow, SourceRow, Version
from core.infra.db import Reader, Statement
from core.kit.principal import Principal

After = tuple[datetime, UUID]


class ArticleRepository:
    """What the principal may read: the newsroom's articles, and those of its own organisation."""

    def __init__(self, reader: Reader, principal: Principal) -> None:
        self._reader = reader
        self._own = principal.organization_id
        self._newsroom = principal.newsroom_id
        self._organizations = [self._newsroom] if principal.reads_newsroom_only else [self._newsroom, self._own]

    async def page(
        self, query: ArticleQuery, source: SourceRow | None, *, limit: int, after: After | None = None, skip: int = 0
    ) -> list[ArticleRow]:
        """At most `limit` rows, those beyond `after` (time, id), or after the first `skip`."""
        return [ArticleRow(*row) for row in await self._page(query, source, None, limit, after, skip)]

    async def fragments(
        self,
        query: ArticleQuery,
        source: SourceRow | None,
        version: Version,
        *,
        limit: int,
        after: After | None = None,
        skip: int = 0,
    ) -> list[FragmentRow] | None:
        """The same page as JSON that was written when the articles were stored; None where one was not written yet."""
        rows = await self._page(query, source, version, limit, after, skip)
        return None if None in [row[0] for row in rows] else cast("list[FragmentRow]", rows)

    async def _page(
        self,
        query: ArticleQuery,
        source: SourceRow | None,
        version: Version | None,
        limit: int,
        after: After | None,
        skip: int,
    ) -> list[tuple[Any, ...]]:
        shape = self._shape(query, after)
        if query.q is not None:
            text = queries.page_of_words(shape, version)
        elif source is not None:
            text = queries.page_of_source(shape, version)
        else:
            text = queries.numbered_page(shape, version) if skip else queries.page(shape, version)
        is_short = query.q is None and source is None and not skip and not (shape.category and shape.language)
        read = self._reader.short if is_short else self._reader.ask
        return await read(Statement(text, {**self._values(query, source, after), "limit": limit, "skip": skip}))

    async def count(self, query: ArticleQuery, source: SourceRow | None, *, most: int | None) -> int:
        """How long the whole list is; counting stops at `most`."""
        shape = self._shape(query, None)
        if query.q is not None:
            text = queries.COUNT_OF_WORDS
        elif source is not None:
            text = queries.count_of_source(shape)
        else:
            text = queries.count(shape)
        values = {**self._values(query, source, None), "most": most}
        return int((await self._reader.ask(Statement(text, values)))[0][0])

    async def get(self, id_: UUID) -> ArticleRow | None:
        """One article with its text, removed ones (without it) too."""
        rows = await self._reader.short(Statement(queries.ARTICLE, {"organizations": self._organizations, "id": id_}))
        return ArticleRow(*rows[0]) if rows else None

    async def revisions(self, id_: UUID, *, limit: int, below: int | None) -> list[RevisionRow]:
        """The present text and the earlier ones, newest first, those with a number below `below`."""
        values = {"organizations": self._organizations, "id": id_, "limit": limit, "below": below}
        return [RevisionRow._make(row) for row in await self._reader.short(Statement(queries.REVISIONS, values))]

    async def source(self, *, slug: str | None = None, id_: UUID | None = None) -> SourceRow | None:
        """A source by its short name or its id; the own organisation's goes before the newsroom's."""
        values = {"organizations": self._organizations, "own": self._own, "slug": slug, "id": id_}
        rows = await self._reader.short(Statement(queries.SOURCE, values))
        return SourceRow._make(rows[0]) if rows else None

    async def newest(self) -> tuple[datetime | None, bool]:
        """When the newest article was published, and whether any source was ever polled."""
        newest, is_polled = (
            await self._reader.short(Statement(queries.NEWEST, {"organizations": self._organizations}))
        )[0]
        return newest, bool(is_polled)

    async def exists_anywhere(self, id_: UUID) -> bool:
        """Whether any organisation has this article: v1 tells a foreign one from an unknown one."""
        return bool((await self._reader.short(Statement(queries.EXISTS, {"id": id_})))[0][0])

    def _shape(self, query: ArticleQuery, after: After | None) -> Shape:
        return Shape(
            organizations=len(self._organizations),
            by_ingestion=query.by_ingestion,
            ascending=query.ascending,
            category=query.category is not None,
            language=query.language is not None,
            since=query.from_ is not None,
            until=query.to is not None,
            after=after is not None,
        )

    def _values(self, query: ArticleQuery, source: SourceRow | None, after: After | None) -> dict[str, Any]:
        after_at, after_id = after or (None, None)
        return {
            "newsroom": self._newsroom,
            "own": self._own,
            "organizations": self._organizations,
            "category": query.category,
            "language": query.language,
            "since": query.from_,
            "until": query.to,
            "words": query.q,
            "source": None if source is None else source.id,
            "source_organization": None if source is None else source.organization_id,
            "after_at": after_at,
            "after_id": after_id,
        }
