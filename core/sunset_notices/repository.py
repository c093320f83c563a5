"""All SQL about sunset notices."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.kit.principal import Principal
from core.models import (
    Account,
    ApiKey,
    Membership,
    Organization,
    SunsetLetterRecord,
    SunsetNoticeRecord,
    UsageDaily,
)
from core.sunset_notices.types import CallingKey, SunsetLetter, SunsetNotice

_N: Final = SunsetNoticeRecord
_L: Final = SunsetLetterRecord
_COLUMNS: Final = (
    _N.organization_id, _N.id, _N.version, _N.sunset_at, _N.days, _N.days_left, _N.api_key_ids, _N.calls, _N.created_at,
)  # fmt: skip
_DUE: Final = text("SELECT organization_id FROM due_sunset_notices(:version, :sunset, :days, :since, :most)")


class SunsetNoticeRepository:
    """The notices of the principal's organisation."""

    def __init__(self, session: AsyncSession, principal: Principal) -> None:
        self._session = session
        self._organization_id = principal.organization_id

    async def due(self, version: str, sunset: datetime, days: int, *, since: date, most: int) -> list[UUID]:
        """Organisations of the instance with keys that have called the version since, and without this notice."""
        asked = {"version": version, "sunset": sunset, "days": days, "since": since, "most": most}
        return list((await self._session.execute(_DUE, asked)).scalars())

    async def calling_keys(self, version: str, *, since: date, now: datetime) -> list[CallingKey]:
        """Working keys that have called the version since that day, those with the most calls first."""
        calls = func.sum(UsageDaily.calls)
        query = (
            select(ApiKey.id, ApiKey.name, calls)
            .join(
                UsageDaily,
                (UsageDaily.organization_id == ApiKey.organization_id) & (UsageDaily.principal_id == ApiKey.id),
            )
            .where(
                ApiKey.organization_id == self._organization_id,
                ApiKey.revoked_at.is_(None),
                (ApiKey.expires_at.is_(None)) | (ApiKey.expires_at > now),
                UsageDaily.version == version,
                UsageDaily.day >= since,
            )
            .group_by(ApiKey.id, ApiKey.name)
            .order_by(calls.desc(), ApiKey.id)
        )
        return [CallingKey(id_, name, int(count)) for id_, name, count in await self._session.execute(query)]

    async def names(self, key_ids: Sequence[UUID]) -> list[str]:
        """What keys are called now, in the order of their ids; one that was deleted is left out."""
        query = select(ApiKey.id, ApiKey.name).where(
            ApiKey.organization_id == self._organization_id, ApiKey.id.in_(key_ids)
        )
        found = {row.id: row.name for row in await self._session.execute(query)}
        return [found[id_] for id_ in key_ids if id_ in found]

    async def add(self, notice: SunsetNotice) -> bool:
        """A new notice; False where the organisation has it already."""
        values = {name: getattr(notice, name) for name in SunsetNotice.__slots__}
        statement = (
            insert(_N)
            .values({**values, "api_key_ids": list(notice.api_key_ids)})
            .on_conflict_do_nothing(index_elements=["organization_id", "version", "sunset_at", "days"])
            .returning(_N.id)
        )
        return (await self._session.execute(statement)).one_or_none() is not None

    async def recipients(self) -> list[UUID]:
        """The accounts of owners and admins that are neither suspended nor about to be erased, the oldest first."""
        query = (
            select(Account.id)
            .join(Membership, Membership.account_id == Account.id)
            .where(
                Membership.organization_id == self._organization_id,
                Membership.role.in_(("owner", "admin")),
                Account.suspended_at.is_(None),
                Account.erase_after.is_(None),
            )
            .order_by(Account.id)
        )
        return list((await self._session.execute(query)).scalars())

    async def add_letter(self, id_: UUID, notice_id: UUID, account_id: UUID) -> None:
        """A letter that waits to be sent."""
        self._session.add(
            SunsetLetterRecord(
                organization_id=self._organization_id, id=id_, notice_id=notice_id, account_id=account_id
            )
        )
        await self._session.flush()

    async def letter(self, id_: UUID) -> SunsetLetter | None:
        """One letter, with its notice and to whom it goes."""
        query = (
            select(*_COLUMNS, Organization.name, Account.email, Account.name, _L.delivery_state)
            .select_from(_L)
            .join(_N, (_N.organization_id == _L.organization_id) & (_N.id == _L.notice_id))
            .join(Organization, Organization.id == _L.organization_id)
            .outerjoin(
                Membership,
                (Membership.organization_id == _L.organization_id) & (Membership.account_id == _L.account_id),
            )
            .outerjoin(Account, Account.id == Membership.account_id)
            .where(_L.organization_id == self._organization_id, _L.id == id_)
        )
        row = (await self._session.execute(query)).one_or_none()
        if row is None:
            return None
        *columns, organization, email, name, state = row
        return SunsetLetter(
            id=id_, notice=_notice(columns), organization=organization, email=email, name=name, delivery_state=state
        )

    async def change_letter(self, id_: UUID, values: dict[str, Any]) -> None:
        """Write columns of a letter."""
        query = update(_L).where(_L.organization_id == self._organization_id, _L.id == id_)
        await self._session.execute(query.values(**values))

    async def page(self, *, limit: int, after: tuple[datetime, UUID] | None) -> list[SunsetNotice]:
        """Notices, the newest first, those made before `after` (creation time, id)."""
        query = (
            select(*_COLUMNS)
            .where(_N.organization_id == self._organization_id)
            .order_by(_N.created_at.desc(), _N.id.desc())
            .limit(limit)
        )
        if after is not None:
            query = query.where(tuple_(_N.created_at, _N.id) < after)
        return [_notice(row) for row in await self._session.execute(query)]


def _notice(row: Any) -> SunsetNotice:
    values = dict(zip(SunsetNotice.__slots__, row, strict=True))
    values["api_key_ids"] = tuple(values["api_key_ids"])
    return SunsetNotice(**values)
