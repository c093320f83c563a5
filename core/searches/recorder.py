"""Searches wait in the memory of the process until they are written, many at once, off the path of the requests."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final
from uuid import UUID

import structlog

from core.errors import Unavailable
from core.infra.context import Infrastructure, infrastructure, use
from core.infra.db import Database, act_for, session
from core.infra.regular_writer import RegularWriter
from core.kit import json
from core.kit.principal import NEWSROOM_ID, Principal, job
from core.searches.repository import SearchRepository
from core.searches.types import SearchRow

WRITE_EVERY_S: Final = 2.0
MAX_WAITING: Final = 10_000
"""Searches of one process that wait; while the database is away those beyond are not recorded."""

PEOPLE_AT_ONCE: Final = 200
_Searches = dict[bytes, SearchRow]
"""What tells a person's searches apart → the first of each that waits."""


class SearchRecorder:
    """What waits to be written, by the database that it ran on and by person."""

    def __init__(self) -> None:
        self._waiting: defaultdict[Database, dict[UUID, _Searches]] = defaultdict(dict)
        self._count = 0

    def note(self, account_id: UUID, search: SearchRow) -> None:
        """Have a search recorded, unless the same one waits; it costs no input or output."""
        if self._count >= MAX_WAITING:
            structlog.get_logger(__name__).warning("search_not_recorded", waiting=self._count)
            return
        of_person = self._waiting[infrastructure().db].setdefault(account_id, {})
        key = json.dumps((search.query, search.filters))
        if key not in of_person:
            of_person[key] = search
            self._count += 1

    def forget(self, account_id: UUID) -> None:
        """Drop what waits of one person."""
        self._count -= len(self._waiting[infrastructure().db].pop(account_id, ()))

    async def write(self, *, of: UUID | None = None) -> None:
        """Write what waits, of one person or of all. Raises `Unavailable`, and keeps what it could not write."""
        waiting = self._waiting[infrastructure().db]
        people = sorted(waiting if of is None else waiting.keys() & {of})
        for first in range(0, len(people), PEOPLE_AT_ONCE):
            batch = {id_: waiting.pop(id_) for id_ in people[first : first + PEOPLE_AT_ONCE] if id_ in waiting}
            try:
                await _add(batch)
            except BaseException:
                for account_id, searches in batch.items():
                    waiting[account_id] = searches | waiting.get(account_id, {})
                raise
            self._count -= sum(map(len, batch.values()))


class SearchWriter(RegularWriter):
    """Writes what the recorder has."""

    name = "searches"
    every_s = WRITE_EVERY_S

    def __init__(self, infra: Infrastructure) -> None:
        self._infra = infra

    async def write_waiting(self) -> None:
        """Write it, or say that the database is away: the recorder keeps it then."""
        try:
            with use(self._infra):
                await recorder.write()
        except Unavailable as error:
            structlog.get_logger(__name__).warning("searches_not_written", reason=str(error))


async def _add(batch: Mapping[UUID, _Searches]) -> None:
    """In one transaction, in one order, so that two processes never wait for each other."""
    async with infrastructure().unit_of_work(job(NEWSROOM_ID)):
        for account_id in sorted(batch):
            await act_for(Principal(NEWSROOM_ID, account_id, "user"))
            await SearchRepository(await session(), account_id).add(list(batch[account_id].values()))


recorder: Final = SearchRecorder()
