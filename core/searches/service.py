"""The rules about the history of searches: what is recorded, and who sees and clears it."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core.articles.types import ArticleList, ArticleQuery
from core.audit.service import audit
from core.errors import Forbidden, SearchNotFound
from core.infra.context import infrastructure
from core.infra.db import after_commit, session
from core.infra.paging import pair_in, sliced
from core.kit import ids
from core.kit.clock import rfc3339
from core.kit.principal import NEWSROOM_ID, Principal, job
from core.kit.slices import Slice
from core.searches import repository
from core.searches.recorder import recorder
from core.searches.repository import SearchRepository
from core.searches.types import SearchRow

KEPT: Final = timedelta(days=90)
PURGED_AT_ONCE: Final = 5_000

_UNKNOWN: Final = "There is no search with this id."
_FILTERS: Final = ("category", "source", "feed", "language")


class Searches:
    """A person's own. All but `note` and `purge` need a unit of work, and raise `Forbidden` for who is no person."""

    def note(self, principal: Principal, query: ArticleQuery, found: ArticleList) -> None:
        """Have a person's search for words recorded; keys, lists without words and later pages are not."""
        account_id = principal.account_id
        if account_id is None or query.q is None or query.cursor is not None:
            return
        now = infrastructure().clock.now()
        recorder.note(account_id, SearchRow(ids.new_id(), query.q, _filters(query), _count(found), now))

    async def list(self, principal: Principal, *, limit: int, cursor: str | None = None) -> Slice[SearchRow]:
        """A page of the history, newest first. Raises `InvalidCursor`."""
        account_id = _person(principal)
        await recorder.write(of=account_id)  # what this process knows is in the answer; what others know, 2 s later
        bound_to = b"searches" + account_id.bytes
        after = pair_in(cursor, bound_to, datetime, UUID)
        rows = await SearchRepository(await session(), account_id).page(after=after, limit=limit + 1)
        return sliced(rows, limit, bound_to, lambda last: (last.searched_at, last.id))

    async def get(self, principal: Principal, search_id: str, *, lock: bool = False) -> SearchRow:
        """One search; with `lock` it stays until the transaction ends. Raises `SearchNotFound`."""
        row = await SearchRepository(await session(), _person(principal)).get(_id(search_id), lock=lock)
        if row is None:
            raise SearchNotFound(_UNKNOWN)
        return row

    async def delete(self, principal: Principal, search_id: str) -> None:
        """Forget one search. Raises `SearchNotFound`."""
        row = await self.get(principal, search_id, lock=True)
        await SearchRepository(await session(), _person(principal)).delete(row.id)
        audit.record(principal, "search.deleted", target=("search", ids.encode("srch", row.id)))

    async def clear(self, principal: Principal) -> None:
        """Forget every search, those too that wait to be written, here and in other processes."""
        account_id = _person(principal)
        gone = await SearchRepository(await session(), account_id).clear(now=infrastructure().clock.now())
        audit.record(principal, "searches.cleared", target=("account", account_id), before={"count": gone})

        async def forget() -> None:
            recorder.forget(account_id)

        after_commit(forget)

    async def purge(self, *, now: datetime | None = None) -> int:
        """Forget what anybody searched for `KEPT` before `now` (the present): how many. Each batch is committed."""
        infra, purged = infrastructure(), 0
        before = (now or infra.clock.now()) - KEPT
        while True:
            async with infra.unit_of_work(job(NEWSROOM_ID)):
                gone = await repository.purge(await session(), before=before, most=PURGED_AT_ONCE)
            purged += gone
            if gone < PURGED_AT_ONCE:
                return purged


def _filters(query: ArticleQuery) -> dict[str, Any]:
    """What narrowed the list beside the words, by the names of v2."""
    filters: dict[str, Any] = {name: value for name in _FILTERS if (value := getattr(query, name)) is not None}
    times = {"from": query.from_, "to": query.to}
    return filters | {name: rfc3339(moment) for name, moment in times.items() if moment is not None}


def _count(found: ArticleList) -> int | None:
    """The length of the list where it is known: it was counted to its end, or it is all on the first page."""
    if found.total is not None and found.total.relation == "eq":
        return found.total.value
    return None if found.has_more else len(found.fragments or found.rows)


def _person(principal: Principal) -> UUID:
    if principal.account_id is None:
        raise Forbidden("Only a person has a history of searches.")
    return principal.account_id


def _id(text: str) -> UUID:
    try:
        return ids.decode("srch", text)
    except ids.InvalidId:
        raise SearchNotFound(_UNKNOWN) from None


searches: Final = Searches()
