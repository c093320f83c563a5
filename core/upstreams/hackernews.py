"""Hacker News (https://github.com/HackerNews/API): lists of ids, and one request for each item.

Ids grow, so the newest id of the last poll says which of `newstories` are unseen. Items that we have read and that
`updates` lists as changed are read again: their titles are edited, and some are taken down.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from core.infra.http import Egress
from core.kit.clock import Clock, SystemClock
from core.upstreams.answers import ApiPoll
from core.upstreams.fields import RejectedItem, collect, draft, unix_time
from core.upstreams.quota import Quota
from core.upstreams.types import Draft, Fetched, UpstreamError

ITEMS_PER_POLL: Final = 100
TOP_ITEMS: Final = 30
MAX_PENDING: Final = 100
MAX_TRIES: Final = 3
REMEMBERED: Final = 1000
"""How many of the ids that were read are known again when `updates` lists them: some three days of stories."""
_PARALLEL: Final = 4
_ARTICLE_TYPES: Final = frozenset({"story", "job", "poll"})
_DISCUSSION: Final = "https://news.ycombinator.com/item?id="


class HackerNewsClient:
    """Polls the newest and the top stories, and what has changed of those that it has read.

    `config`: `items_per_poll` (100 by default). `cursor`: `newest` (the highest id that was asked for), `read` (the
    highest ids that were read), `top` (ids of the top list that were read), `pending` (id → how often it could not be
    read).
    """

    kind = "hackernews"

    def __init__(
        self, *, egress: Egress, base_url: str, quota: Quota | None = None, clock: Clock | None = None
    ) -> None:
        self._egress = egress
        self._base_url = base_url
        self._quota = quota
        self._clock = clock or SystemClock()

    async def fetch(self, *, config: Mapping[str, Any], cursor: Mapping[str, Any]) -> Fetched:
        """Polls once; raises UpstreamError when a list could not be read, or not one of the items."""
        poll = ApiPoll("Hacker News", egress=self._egress, clock=self._clock, quota=self._quota, cursor=cursor)
        limit = int(config.get("items_per_poll", ITEMS_PER_POLL))
        newest = cursor.get("newest")
        unseen = _unseen(await self._ids(poll, "newstories"), newest=newest, limit=limit)
        top = (await self._ids(poll, "topstories"))[:TOP_ITEMS]
        known = set(cursor.get("top", ()))
        tries: dict[str, int] = cursor.get("pending") or {}
        read = set(cursor.get("read", ()))
        changed = [] if newest is None else [one for one in await self._updates(poll) if one in read]
        entered = [one for one in top if one not in known]
        wanted = list(dict.fromkeys([*map(int, tries), *unseen, *changed, *entered]))
        items, unread, problem = await self._items(poll, wanted)
        if problem is not None and not items:
            raise problem
        drafts, rejected = collect(items, partial(_draft, now=poll.now))
        # an id is listed a moment before its item can be read; one that stays `null` is given up
        pending = {str(one): tries.get(str(one), 0) + 1 for one in unread[-MAX_PENDING:]}
        pending = {one: count for one, count in pending.items() if count < MAX_TRIES}
        notes = [f"{len(unread)} items could not be read; {len(pending)} of them are tried again"] if unread else []
        remembered = sorted(read.union(wanted).difference(unread))[-REMEMBERED:]
        following = {"newest": max(unseen, default=newest), "read": remembered, "top": top, "pending": pending}
        return poll.fetched(drafts, cursor=following, rejected=[*notes, *rejected])

    async def _ids(self, poll: ApiPoll, name: str) -> list[int]:
        return _ids_in(poll.json(await poll.get(f"{self._base_url}/v0/{name}.json")), name)

    async def _updates(self, poll: ApiPoll) -> list[int]:
        """Items of any kind that have changed lately; most are comments."""
        answer = poll.json(await poll.get(f"{self._base_url}/v0/updates.json"))
        return _ids_in(answer.get("items") if isinstance(answer, dict) else None, "updates")

    async def _items(self, poll: ApiPoll, wanted: Sequence[int]) -> tuple[list[Any], list[int], UpstreamError | None]:
        """The items that could be read, the ids that could not, and the first reason why."""
        places = asyncio.Semaphore(_PARALLEL)

        async def read(item_id: int) -> Any:
            async with places:
                return poll.json(await poll.get(f"{self._base_url}/v0/item/{item_id}.json"))

        answers = await asyncio.gather(*map(read, wanted), return_exceptions=True)
        items: list[Any] = []
        unread: list[int] = []
        problem: UpstreamError | None = None
        for item_id, answer in zip(wanted, answers, strict=True):
            if isinstance(answer, UpstreamError):
                problem = problem or answer
                unread.append(item_id)
            elif isinstance(answer, BaseException):
                raise answer
            elif answer is None:
                unread.append(item_id)
            else:
                items.append(answer)
        return items, unread, problem


def _ids_in(answer: Any, name: str) -> list[int]:
    if not isinstance(answer, list):
        raise UpstreamError(f"Hacker News answered without the list {name}.", http_status=200)
    return [one for one in answer if isinstance(one, int) and not isinstance(one, bool) and one > 0]


def _unseen(ids: Sequence[int], *, newest: int | None, limit: int) -> list[int]:
    """Ids to read now, ascending. At first the newest ones; later the oldest unseen first, so that none is skipped."""
    ascending = sorted(set(ids))
    if newest is None:
        return ascending[-limit:]
    return [one for one in ascending if one > newest][:limit]


def _draft(item: Any, *, now: datetime) -> Draft | None:
    if not isinstance(item, dict):
        raise RejectedItem("it is not an object")
    if not isinstance(item.get("id"), int):
        raise RejectedItem("it has no id")
    identity = str(item["id"])
    discussion = _DISCUSSION + identity
    if item.get("deleted") or item.get("dead"):
        return draft(provider_id=identity, url=item.get("url") or discussion, title=item.get("title"), removed=True)
    if item.get("type") not in _ARTICLE_TYPES:
        return None
    return draft(
        provider_id=identity,
        url=item.get("url") or discussion,
        title=item.get("title"),
        content_html=item.get("text"),
        author=item.get("by"),
        published_at=unix_time(item.get("time"), now=now),
        sections=[item.get("type")],
        publisher="Hacker News",
    )
