"""Preferences as they are given."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferencesRow:
    """A person's preferences; the defaults are those of somebody who has changed nothing.

    `languages` are codes of ISO 639-1 as articles have them. `digest_hour` is None for no digest, else the hour of the
    day, 0 to 23, in `digest_zone`, a name of the IANA time zone database.
    """

    topics: tuple[str, ...] = ()
    sources: tuple[UUID, ...] = ()
    languages: tuple[str, ...] = ()
    muted_words: tuple[str, ...] = ()
    digest_hour: int | None = None
    digest_zone: str = "UTC"
    record_searches: bool = True
    updated_at: datetime | None = None


DEFAULTS: Final = PreferencesRow()
