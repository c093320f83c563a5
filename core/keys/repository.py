"""All SQL about API keys."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.infra.db import Connection
from core.keys.types import ApiKeyRow
from core.kit.principal import Principal
from core.models import ApiKey, PrincipalRecord

_FIND: Final = (
    "SELECT organization_id, id, scopes, requests_per_hour, plan, expires_at, revoked_at, last_used_at,"
    " suspended_at, rehearsal_id, rehearsal_starts_at, rehearsal_ends_at FROM find_api_key(%s)"
)
_EXISTS: Final = text("SELECT api_key_exists(:id)")
_TOUCH: Final = text(
    "UPDATE api_keys k SET last_used_at = used.at"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:times AS timestamptz[])) AS used (id, at)"
    " WHERE k.organization_id = :organization AND k.id = used.id"
    " AND (k.last_used_at IS NULL OR k.last_used_at < used.at)"
)
_COLUMNS: Final = (
    ApiKey.id, ApiKey.name, ApiKey.prefix, ApiKey.scopes, ApiKey.requests_per_hour, ApiKey.created_at,
    ApiKey.updated_at, ApiKey.expires_at, ApiKey.last_used_at, ApiKey.revoked_at, ApiKey.rotated_to,
)  # fmt: skip


async def find_by_hash(connection: Connection, key_hash: bytes) -> tuple[Any, ...] | None:
    """Through the door `find_api_key`: its columns in the order of `_FIND`."""
    cursor = connection.cursor(binary=True)
    await cursor.execute(_FIND, (key_hash,))
    return await cursor.fetchone()


class ApiKeyRepository:
    """The keys of the principal's organisation."""

    def __init__(self, session: AsyncSession, principal: Principal) -> None:
        self._session = session
        self._organization_id = principal.organization_id

    async def add(self, *, id_: UUID, key_hash: bytes, made_by: UUID, values: Mapping[str, Any]) -> None:
        """A principal and its key. `values` are columns of `api_keys`."""
        self._session.add(
            PrincipalRecord(organization_id=self._organization_id, id=id_, kind="api_key", name=values["name"])
        )
        await self._session.flush()
        self._session.add(
            ApiKey(organization_id=self._organization_id, id=id_, key_hash=key_hash, created_by=made_by, **values)
        )
        await self._session.flush()

    async def get(self, id_: UUID, *, lock: bool = False) -> ApiKeyRow | None:
        """One key; locked until the transaction ends if asked for."""
        query = select(*_COLUMNS).where(ApiKey.organization_id == self._organization_id, ApiKey.id == id_)
        row = (await self._session.execute(query.with_for_update() if lock else query)).one_or_none()
        return None if row is None else _row(row)

    async def page(self, *, limit: int, after: tuple[datetime, UUID] | None = None, skip: int = 0) -> list[ApiKeyRow]:
        """Keys, newest first, those made before `after` (creation time, id)."""
        query = (
            select(*_COLUMNS)
            .where(ApiKey.organization_id == self._organization_id)
            .order_by(ApiKey.created_at.desc(), ApiKey.id.desc())
            .limit(limit)
            .offset(skip)
        )
        if after is not None:
            query = query.where(tuple_(ApiKey.created_at, ApiKey.id) < after)
        return [_row(row) for row in await self._session.execute(query)]

    async def count(self) -> int:
        """How many keys there are, revoked ones included."""
        query = select(func.count()).where(ApiKey.organization_id == self._organization_id)
        return (await self._session.execute(query)).scalar_one()

    async def change(self, id_: UUID, values: Mapping[str, Any]) -> ApiKeyRow:
        """Write columns of a key and give it back; it must exist."""
        query = (
            update(ApiKey)
            .where(ApiKey.organization_id == self._organization_id, ApiKey.id == id_)
            .values(**values)
            .returning(*_COLUMNS)
        )
        row = (await self._session.execute(query)).one()
        if "name" in values:
            await self._session.execute(
                update(PrincipalRecord)
                .where(PrincipalRecord.organization_id == self._organization_id, PrincipalRecord.id == id_)
                .values(name=values["name"])
            )
        return _row(row)

    async def touch(self, uses: Sequence[tuple[UUID, datetime]]) -> None:
        """Note when keys were last used."""
        await self._session.execute(
            _TOUCH,
            {
                "organization": self._organization_id,
                "ids": [id_ for id_, _ in uses],
                "times": [at for _, at in uses],
            },
        )

    async def exists_anywhere(self, id_: UUID) -> bool:
        """Whether any organisation has this key: v1 tells a foreign one from an unknown one."""
        return bool((await self._session.execute(_EXISTS, {"id": id_})).scalar_one())


def _row(row: Any) -> ApiKeyRow:
    values = row._asdict()
    values["scopes"] = tuple(values["scopes"])
    return ApiKeyRow(**values)
