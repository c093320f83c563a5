"""All SQL about what of a plan is used."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.infra.db import Statement
from core.kit import json
from core.kit.crypto import KeyMode
from core.kit.principal import Principal
from core.models import ApiKey, Feed, Membership, Organization, StorageMeasure

STORAGE: Final = "storage"
"""The reason of `require_storage`."""

_BYTES: Final = text("SELECT stored_bytes()")
"""As they lie on the disk, compressed where PostgreSQL does; by a door, because private notes of others count too."""

_REQUIRE_STORAGE: Final = """
SELECT require_storage(%(organization)s, %(most)s::jsonb, %(otherwise)s, %(since)s, %(now)s)
"""


def require_storage(
    principal: Principal, most: Mapping[str, int | None], *, otherwise: str, since: datetime, now: datetime
) -> Statement:
    """Refuses for `STORAGE`, with the plan's name, where that has no more bytes.

    `most` has the bytes by plan; a plan that is not in it counts as `otherwise`. A measure since `since` is believed.
    """
    values = {"organization": principal.organization_id, "most": json.dumps(most).decode(), "otherwise": otherwise}
    return Statement(_REQUIRE_STORAGE, {**values, "since": since, "now": now})


class PlanRepository:
    """What the principal's organisation has."""

    def __init__(self, session: AsyncSession, principal: Principal) -> None:
        self._session = session
        self._organization_id = principal.organization_id

    async def plan(self, *, lock: bool = False) -> str | None:
        """Name of the plan; with `lock` nobody else adds anything that counts until the transaction ends."""
        query = select(Organization.plan).where(Organization.id == self._organization_id)
        found = await self._session.execute(query.with_for_update(key_share=True) if lock else query)
        return found.scalar_one_or_none()

    async def keys(self, at: datetime, mode: KeyMode) -> int:
        """How many live or test keys are neither revoked nor expired."""
        return await self._count(
            select(func.count()).where(
                ApiKey.organization_id == self._organization_id,
                ApiKey.prefix.startswith(f"tdk_{mode}_", autoescape=True),
                ApiKey.revoked_at.is_(None),
                or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > at),
            )
        )

    async def feeds(self) -> int:
        """How many feeds it subscribes to."""
        return await self._count(select(func.count()).where(Feed.organization_id == self._organization_id))

    async def members(self) -> int:
        """How many people belong to it."""
        return await self._count(select(func.count()).where(Membership.organization_id == self._organization_id))

    async def measure(self, at: datetime) -> int:
        """Measure now, and remember it: 40 ms for 100,000 items."""
        size = int((await self._session.execute(_BYTES)).scalar_one())
        values = {"bytes": size, "measured_at": at}
        statement = insert(StorageMeasure).values(organization_id=self._organization_id, **values)
        await self._session.execute(statement.on_conflict_do_update(index_elements=["organization_id"], set_=values))
        return size

    async def _count(self, query: Any) -> int:
        return int((await self._session.execute(query)).scalar_one())
