"""All SQL about the history of searches."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.kit import json
from core.models import Preferences, Search
from core.searches.types import SearchRow

_COLUMNS: Final = (Search.id, Search.query, Search.filters, Search.result_count, Search.searched_at)
# searches of one person from two processes come one after the other, so that neither repeats what the other has
_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('tidings.searches:' || :account, 0))")
_ADD: Final = text(
    "INSERT INTO searches (account_id, id, query, filters, result_count, searched_at)"
    " SELECT a.id, s.id, s.query, s.filters, s.result_count, s.searched_at"
    " FROM accounts a, jsonb_to_recordset(CAST(:searches AS jsonb))"
    "   AS s (id uuid, query text, filters jsonb, result_count integer, searched_at timestamptz)"
    " WHERE a.id = CAST(:account AS uuid) AND NOT EXISTS ("
    "   SELECT FROM preferences p WHERE p.account_id = a.id"
    "   AND (NOT p.record_searches OR s.searched_at <= p.searches_from))"
    " AND NOT EXISTS (SELECT FROM searches o WHERE o.account_id = a.id"
    "   AND o.searched_at BETWEEN s.searched_at - interval '1 minute' AND s.searched_at + interval '1 minute'"
    "   AND o.query = s.query AND o.filters = s.filters)"
    " FOR KEY SHARE OF a"
)
_PURGE: Final = text("SELECT purge_searches(:before, :most)")


class SearchRepository:
    """The searches of one person. The transaction acts for that person."""

    def __init__(self, session: AsyncSession, account_id: UUID) -> None:
        self._session = session
        self._account_id = account_id

    async def add(self, searches: Sequence[SearchRow]) -> None:
        """Add to the history, unless the person has it switched off or the same search was there a minute ago.

        What was made before the history was cleared, or switched on, is left out too; so is everything of somebody
        whose account is gone.
        """
        account = str(self._account_id)
        await self._session.execute(_LOCK, {"account": account})
        document = json.dumps([search._asdict() for search in searches]).decode()
        await self._session.execute(_ADD, {"account": account, "searches": document})

    async def page(self, *, after: tuple[datetime, UUID] | None, limit: int) -> list[SearchRow]:
        """Searches, newest first, those made before `after` (time, id)."""
        query = (
            select(*_COLUMNS)
            .where(Search.account_id == self._account_id)
            .order_by(Search.searched_at.desc(), Search.id.desc())
            .limit(limit)
        )
        if after is not None:
            query = query.where(tuple_(Search.searched_at, Search.id) < after)
        return [SearchRow._make(row) for row in await self._session.execute(query)]

    async def get(self, id_: UUID, *, lock: bool = False) -> SearchRow | None:
        """One search; locked until the transaction ends if asked for."""
        query = select(*_COLUMNS).where(Search.account_id == self._account_id, Search.id == id_)
        row = (await self._session.execute(query.with_for_update() if lock else query)).one_or_none()
        return None if row is None else SearchRow._make(row)

    async def delete(self, id_: UUID) -> None:
        """Forget one search."""
        await self._session.execute(delete(Search).where(Search.account_id == self._account_id, Search.id == id_))

    async def clear(self, *, now: datetime) -> int:
        """Forget every search, those too that are not written yet; how many were."""
        upsert = insert(Preferences).values(account_id=self._account_id, searches_from=now)
        await self._session.execute(
            upsert.on_conflict_do_update(
                index_elements=["account_id"],
                set_={"searches_from": func.greatest(Preferences.searches_from, upsert.excluded.searches_from)},
            )
        )
        gone = await self._session.execute(
            delete(Search).where(Search.account_id == self._account_id).returning(Search.id)
        )
        return len(gone.all())


async def purge(session: AsyncSession, *, before: datetime, most: int) -> int:
    """Forget searches of anybody that were made before then, the oldest first; how many."""
    result: Any = await session.execute(_PURGE, {"before": before, "most": most})
    return int(result.scalar_one())
