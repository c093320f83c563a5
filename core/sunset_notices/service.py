"""The rules about sunset notices: who is told, when, and of what."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core.audit.service import audit
from core.infra.context import infrastructure
from core.infra.db import session
from core.infra.paging import pair_in, sliced
from core.kit import ids
from core.kit.clock import Clock, SystemClock, rfc3339
from core.kit.principal import Principal, job, operator
from core.kit.slices import Slice
from core.sunset_notices.repository import SunsetNoticeRepository
from core.sunset_notices.types import LetterState, SunsetNotice

SEND_TASK: Final = "sunset_notices:send_letter"
BEFORE_DAYS: Final = (1, 7, 30, 90)
"""Days before a Sunset that the notices are for, the most urgent first."""

LOOKS_BACK: Final = timedelta(days=30)
BATCH: Final = 500
EVENT: Final = "version.sunset.approaching"
_DAY: Final = timedelta(days=1)
_CURSOR: Final = b"sunset notices by age"


class SunsetNotices:
    """`announce` opens units of work of its own; every other method needs one. `configure` is called by the wiring."""

    def __init__(self) -> None:
        self._sunsets: Mapping[str, datetime] = {}
        self._clock: Clock = SystemClock()

    def configure(self, sunsets: Mapping[str, datetime], clock: Clock) -> None:
        """Name of the version → its Sunset; `clock` is the one by which versions end."""
        self._sunsets, self._clock = sunsets, clock

    async def announce(self) -> int:
        """Make the notices that are due, each once however often it is called; how many were made.

        Of several that are due, as after a time without a worker, only the most urgent one is made.
        """
        infra, made = infrastructure(), 0
        since = (infra.clock.now() - LOOKS_BACK).date()
        for version, sunset in self._sunsets.items():
            days = due(sunset, self._clock.now())
            if days is None:
                continue
            async with infra.unit_of_work(operator()):
                repository = SunsetNoticeRepository(await session(), operator())
                organizations = await repository.due(version, sunset, days, since=since, most=BATCH)
            for organization_id in organizations:
                principal = job(organization_id)
                async with infra.unit_of_work(principal):
                    made += await self._tell(principal, version, sunset, days)
        return made

    async def list(self, principal: Principal, *, limit: int, cursor: str | None = None) -> Slice[SunsetNotice]:
        """A page of the organisation's notices, the newest first. Raises `InvalidCursor`."""
        bound_to = _CURSOR + principal.organization_id.bytes
        after = pair_in(cursor, bound_to, datetime, UUID)
        rows = await SunsetNoticeRepository(await session(), principal).page(limit=limit + 1, after=after)
        return sliced(rows, limit, bound_to, lambda last: (last.created_at, last.id))

    async def note_delivery(
        self, principal: Principal, letter_id: UUID, state: LetterState, *, reason: str | None = None
    ) -> None:
        """Write down what became of a letter."""
        values: dict[str, Any] = {"delivery_state": state, "delivery_reason": reason}
        if state == "sent":
            values["delivered_at"] = infrastructure().clock.now()
        await SunsetNoticeRepository(await session(), principal).change_letter(letter_id, values)

    async def _tell(self, principal: Principal, version: str, sunset: datetime, days: int) -> bool:
        """The notice, its letters, their jobs and the entry of the audit log, in one transaction."""
        infra, repository = infrastructure(), SunsetNoticeRepository(await session(), principal)
        now = infra.clock.now()
        calling = await repository.calling_keys(version, since=(now - LOOKS_BACK).date(), now=now)
        notice = SunsetNotice(
            organization_id=principal.organization_id,
            id=ids.new_id(),
            version=version,
            sunset_at=sunset,
            days=days,
            days_left=-((self._clock.now() - sunset) // _DAY),
            api_key_ids=tuple(key.id for key in calling),
            calls=sum(key.calls for key in calling),
            created_at=now,
        )
        if not calling or not await repository.add(notice):
            return False
        for account_id in await repository.recipients():
            letter_id = ids.new_id()
            await repository.add_letter(letter_id, notice.id, account_id)
            await infra.jobs.enqueue(
                await session(),
                SEND_TASK,
                organization_id=str(principal.organization_id),
                letter_id=str(letter_id),
            )
        after = {"version": version, "days": days, "keys": len(calling), "calls": notice.calls}
        audit.record(principal, "sunset_notice.created", target=("sunset_notice", notice.id), after=after)
        return True


def due(sunset: datetime, now: datetime) -> int | None:
    """Which notice is due now: the most urgent of those whose day has come; None before all and after the Sunset."""
    if now >= sunset:
        return None
    return next((days for days in BEFORE_DAYS if now >= sunset - days * _DAY), None)


def payload(notice: SunsetNotice) -> dict[str, Any]:
    """The event as it is delivered to subscribers: the same at every attempt (Standard Webhooks)."""
    return {
        "type": EVENT,
        "timestamp": rfc3339(notice.created_at),
        "data": {
            "id": ids.encode("sun", notice.id),
            "organization_id": ids.encode("org", notice.organization_id),
            "version": notice.version,
            "sunset_at": rfc3339(notice.sunset_at),
            "notice_days": notice.days,
            "days_left": notice.days_left,
            "key_ids": [ids.encode("key", id_) for id_ in notice.api_key_ids],
            "calls": notice.calls,
        },
    }


sunset_notices: Final = SunsetNotices()
