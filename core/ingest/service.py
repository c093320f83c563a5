"""Storing what a poll brought, and forgetting a source."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import psycopg
import structlog

from core.infra import cache
from core.infra.context import infrastructure
from core.infra.db import after_commit, connection
from core.ingest.normalise import normalise, with_own_ids
from core.ingest.repository import Identify, IngestRepository
from core.ingest.types import MergeResult, NormalisedArticle, SourceProfile
from core.kit.principal import Principal
from core.upstreams.types import Draft

SLICE_DRAFTS: Final = 500
SLICE_CHARACTERS: Final = 2_000_000
"""What is normalised and merged at once: it bounds memory, and how long a merge holds the organisation's lock."""
# what the database says of one row, and not of the connection or of its load: another row may well fit
_REFUSED_ROW: Final = (psycopg.DataError, psycopg.IntegrityError, psycopg.errors.ProgramLimitExceeded)


class IngestService:
    """Articles on their way in, and out."""

    async def store(
        self, principal: Principal, source: SourceProfile, drafts: Sequence[Draft], *, now: datetime
    ) -> tuple[MergeResult, tuple[str, ...]]:
        """Normalise and merge the drafts of one poll: what changed, and a reason for each item that was not stored.

        Commits slice by slice, in units of work of its own: a poll that is cut off is simply repeated.
        """
        result, rejected, first = MergeResult(), list[str](), 1
        for slice_ in slices(with_own_ids(drafts)):
            batch = await asyncio.to_thread(normalise, slice_, source, now=now, first=first)
            merged, refused = await self._merge(principal, source.id, batch.articles, batch.removals, now)
            result += merged
            rejected += [*batch.rejected, *refused]
            first += len(slice_)
        return result, tuple(rejected)

    async def absorb(
        self, principal: Principal, source: SourceProfile, drafts: Sequence[Draft], *, now: datetime, identify: Identify
    ) -> MergeResult:
        """As `store`, in the present unit of work, of drafts that are known to be good, with ids of the caller's."""
        batch = await asyncio.to_thread(normalise, with_own_ids(drafts), source, now=now)
        repository = IngestRepository(await connection(), principal, identify=identify)
        result = await repository.merge(source.id, batch.articles, removals=batch.removals, now=now)
        if result.changed:
            after_commit(_articles_changed)
        return result

    async def lock(self, principal: Principal) -> None:
        """Keep every other writer of the organisation's articles out until the unit of work ends."""
        await IngestRepository(await connection(), principal).lock()

    async def forget(self, principal: Principal, source_id: UUID) -> None:
        """Delete the source's articles, save those that another source has carried too. Needs a unit of work."""
        if await IngestRepository(await connection(), principal).forget(source_id):
            after_commit(_articles_changed)

    async def _merge(
        self,
        principal: Principal,
        source_id: UUID,
        articles: Sequence[NormalisedArticle],
        removals: Sequence[bytes],
        now: datetime,
    ) -> tuple[MergeResult, list[str]]:
        """Merge in one transaction. Where the database refuses, halve until the one article is found that it means."""
        try:
            async with infrastructure().unit_of_work(principal):
                repository = IngestRepository(await connection(), principal)
                result = await repository.merge(source_id, articles, removals=removals, now=now)
                if result.changed:
                    after_commit(_articles_changed)
            return result, []
        except _REFUSED_ROW as error:
            if len(articles) <= 1:
                structlog.get_logger(__name__).warning("article_refused", source=str(source_id), reason=str(error))
                return MergeResult(), ["the database does not take it"]
        middle = len(articles) // 2
        result, refused = await self._merge(principal, source_id, articles[:middle], removals, now)
        others, also_refused = await self._merge(principal, source_id, articles[middle:], (), now)
        return result + others, refused + also_refused


async def _articles_changed() -> None:
    await cache.invalidate(cache.ARTICLES)


def slices(drafts: Sequence[Draft]) -> Iterator[list[Draft]]:
    """The drafts in their order, in slices that are neither too many nor too long."""
    slice_: list[Draft] = []
    characters = 0
    for draft in drafts:
        slice_.append(draft)
        characters += len(draft.content_html or "") + len(draft.summary or "")
        if len(slice_) >= SLICE_DRAFTS or characters >= SLICE_CHARACTERS:
            yield slice_
            slice_, characters = [], 0
    if slice_:
        yield slice_


ingest = IngestService()
