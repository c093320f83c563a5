"""The rules about preferences: what may be chosen, and by whom."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final
from uuid import UUID
from zoneinfo import available_timezones

from core.audit.service import audit
from core.errors import FieldError, Forbidden, Unprocessable
from core.infra.context import infrastructure
from core.infra.db import session
from core.kit import ids
from core.kit.languages import from_tag
from core.kit.principal import NEWSROOM_ID, Principal
from core.kit.text import one_line
from core.preferences.repository import PreferencesRepository
from core.preferences.types import DEFAULTS, PreferencesRow

MAX_MUTED_CHARACTERS: Final = 50
_NO_ZONES: Final = frozenset({"localtime", "Factory"})  # in the folder, but they name no place


class PreferencesService:
    """A person's own. Every method needs a unit of work, and raises `Forbidden` for a caller that is no person."""

    async def get(self, principal: Principal, *, lock: bool = False) -> PreferencesRow:
        """What the person has chosen, or the defaults. With `lock` it stays so until the transaction ends."""
        repository = await _repository(principal)
        if lock:
            await repository.lock()
        return await repository.get() or DEFAULTS

    async def update(self, principal: Principal, changes: Mapping[str, Any]) -> PreferencesRow:
        """Change what `changes` names; lists are replaced. Raises `Unprocessable` with every value that is unknown.

        `sources` are slugs or public ids of sources that the person sees, or has chosen before.
        """
        repository = await _repository(principal)
        await repository.lock()
        before = await repository.get() or DEFAULTS
        errors: list[FieldError] = []
        values = dict(changes)
        for name, check in _CHECKS.items():
            if name in values:
                values[name] = check(values[name], errors)
        if "sources" in values:
            values["sources"] = await _sources(repository, values["sources"], before, errors)
        if errors:
            raise Unprocessable("Something in the preferences is not known.", errors=errors)
        values = {name: value for name, value in values.items() if value != getattr(before, name)}
        if not values:
            return before
        now = infrastructure().clock.now()
        if values.get("record_searches"):
            values["searches_from"] = now
        after = await repository.change({**values, "updated_at": now})
        chosen = sorted(values.keys() - {"searches_from"})  # admins read the log: it says what was changed, not to what
        target = ("account", principal.principal_id)
        audit.record(principal, "preferences.changed", target=target, after={"members": chosen})
        return after


async def _repository(principal: Principal) -> PreferencesRepository:
    if principal.account_id is None:
        raise Forbidden("Only a person has preferences.")
    return PreferencesRepository(await session(), principal.account_id, principal.organization_id)


async def _sources(
    repository: PreferencesRepository, names: Sequence[str], before: PreferencesRow, errors: list[FieldError]
) -> tuple[UUID, ...]:
    """The ids of the sources, each once. One's own organisation's goes before the newsroom's of the same slug."""
    given = {name: _source_id(name) for name in names}
    rows = await repository.sources(slugs=list(given), ids=[id_ for id_ in given.values() if id_ is not None])
    known = {id_ for _, id_, _ in rows}.union(before.sources)
    by_slug = {slug: id_ for _, id_, slug in sorted(rows, key=lambda row: row[0] != NEWSROOM_ID)}
    found: dict[UUID, None] = {}
    for index, name in enumerate(names):
        id_ = by_slug.get(name, given[name])
        if id_ is None or id_ not in known:
            errors.append(FieldError("unknown_source", "no such source", pointer=f"/sources/{index}"))
        else:
            found[id_] = None
    return tuple(found)


def _source_id(name: str) -> UUID | None:
    try:
        return ids.decode("src", name)
    except ids.InvalidId:
        return None


def _languages(codes: Sequence[str], errors: list[FieldError]) -> tuple[str, ...]:
    """The codes as articles have them: the two written Norwegians are one."""
    found: dict[str, None] = {}
    for index, code in enumerate(codes):
        language = from_tag(code)
        if language is None:
            errors.append(FieldError("unknown_language", "no code of ISO 639-1", pointer=f"/languages/{index}"))
        else:
            found[language] = None
    return tuple(found)


def _muted(words: Sequence[str], _: list[FieldError]) -> tuple[str, ...]:
    """Each on one line and once, whatever its case."""
    found: dict[str, str] = {}
    for word in words:
        tidy = one_line(word, limit=MAX_MUTED_CHARACTERS)
        if tidy:
            found.setdefault(tidy.casefold(), tidy)
    return tuple(found.values())


def _zone(name: str, errors: list[FieldError]) -> str:
    if name not in _zones():
        detail = "no name of the IANA time zone database"
        errors.append(FieldError("unknown_zone", detail, pointer="/digest_zone"))
    return name


def _topics(topics: Sequence[str], _: list[FieldError]) -> tuple[str, ...]:
    return tuple(topics)


@cache
def _zones() -> frozenset[str]:
    """Read once a process: a thousand files lie in the folder."""
    return frozenset(available_timezones()) - _NO_ZONES


_CHECKS: Final[Mapping[str, Callable[[Any, list[FieldError]], Any]]] = {
    "topics": _topics,
    "languages": _languages,
    "muted_words": _muted,
    "digest_zone": _zone,
}
preferences: Final = PreferencesService()
