"""All SQL about preferences."""

from collections.abc import Collection, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.kit.principal import NEWSROOM_ID
from core.models import Preferences, Source
from core.preferences.types import PreferencesRow

_COLUMNS: Final = (
    Preferences.topics, Preferences.sources, Preferences.languages, Preferences.muted_words, Preferences.digest_hour,
    Preferences.digest_zone, Preferences.record_searches, Preferences.updated_at,
)  # fmt: skip
_LISTS: Final = ("topics", "sources", "languages", "muted_words")


class PreferencesRepository:
    """The preferences of one person, who acts for one organisation."""

    def __init__(self, session: AsyncSession, account_id: UUID, organization_id: UUID) -> None:
        self._session = session
        self._account_id = account_id
        self._organization_id = organization_id

    async def get(self) -> PreferencesRow | None:
        """What the person has chosen; None where that is nothing yet."""
        row = (
            await self._session.execute(select(*_COLUMNS).where(Preferences.account_id == self._account_id))
        ).one_or_none()
        return None if row is None else _row(row)

    async def lock(self) -> None:
        """Keep the preferences as they are until the transaction ends, the defaults too."""
        await self._session.execute(insert(Preferences).values(account_id=self._account_id).on_conflict_do_nothing())
        await self._session.execute(
            select(Preferences.account_id).where(Preferences.account_id == self._account_id).with_for_update()
        )

    async def change(self, values: Mapping[str, Any]) -> PreferencesRow:
        """Write columns and give the row back; it must be locked."""
        query = (
            update(Preferences)
            .where(Preferences.account_id == self._account_id)
            .values(**{name: list(value) if name in _LISTS else value for name, value in values.items()})
            .returning(*_COLUMNS)
        )
        return _row((await self._session.execute(query)).one())

    async def sources(self, *, slugs: Collection[str], ids: Collection[UUID]) -> list[tuple[UUID, UUID, str]]:
        """Organisation, id and slug of the sources with these names that the person sees."""
        query = select(Source.organization_id, Source.id, Source.slug).where(
            Source.organization_id.in_({NEWSROOM_ID, self._organization_id}),
            or_(Source.slug.in_(slugs), Source.id.in_(ids)),
        )
        return [(organization_id, id_, slug) for organization_id, id_, slug in await self._session.execute(query)]


def _row(row: Any) -> PreferencesRow:
    values = row._asdict()
    return PreferencesRow(**{**values, **{name: tuple(values[name]) for name in _LISTS}})
