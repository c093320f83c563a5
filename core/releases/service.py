"""What the releases of the contracts changed, as clients ask for it. Changelogs are read when somebody asks first."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from functools import cache, partial
from typing import Final, NoReturn
from uuid import UUID

from core.errors import FieldError, InvalidCursor, InvalidRequest
from core.infra.context import infrastructure
from core.infra.paging import FOREIGN_CURSOR, sliced, value_in
from core.kit.principal import Principal
from core.kit.slices import Slice
from core.releases.changelog import Changelog
from core.releases.types import Change, ChangeFilter, Release, ReleasedChange, ReleaseFeed, number_of
from core.releases.used import Used
from core.usage.service import usage

USED_WITHIN: Final = timedelta(days=30)
_CURSOR: Final = b"contract changes "
_NAMED: Final = 12
"""Releases that a refusal names, the newest first."""


class Releases:
    """`configure` is called once by the wiring."""

    def __init__(self) -> None:
        self._read: Callable[[], Changelog] = partial(Changelog, ())

    def configure(self, read: Callable[[], Changelog]) -> None:
        """Serve what `read` gives from now on; it is called once."""
        self._read = cache(read)

    @property
    def _changelog(self) -> Changelog:
        return self._read()

    async def list(
        self, principal: Principal, wanted: ChangeFilter, *, limit: int, cursor: str | None = None
    ) -> Slice[ReleasedChange]:
        """A page of changes, those of the newest release first.

        Raises `InvalidRequest` for a `since` that never was, and `InvalidCursor`. Needs a unit of work where `used` is
        wanted.
        """
        found = self._wanted(wanted)
        if wanted.used:
            used = await _used_by(principal)
            found = [released for released in found if used.concerns(released)]
        bound_to = b"".join((_CURSOR, principal.principal_id.bytes, repr(wanted).encode()))
        after = value_in(cursor, bound_to, str)
        if after is not None:
            found = _after(self._changelog, found, after)
        return sliced(found, limit, bound_to, lambda last: (last.change.id,))

    def feed(self, wanted: ChangeFilter) -> ReleaseFeed:
        """The releases with what is wanted of them; one without any of it is left out.

        A first release changed nothing, and stands there where no kind is asked for. Raises `InvalidRequest`.
        """
        chosen = ((release, _of_kind(release, wanted)) for release in self._since(wanted))
        entries = tuple(
            (release, changes)
            for release, changes in chosen
            if changes or (release.previous is None and not wanted.kind)
        )
        return self._fed(entries)

    async def used_feed(self, principal: Principal, wanted: ChangeFilter) -> ReleaseFeed:
        """The same of what concerns the caller; a release without any of it is left out.

        Needs a unit of work. Raises `InvalidRequest`.
        """
        chosen = [(release, _of_kind(release, wanted)) for release in self._since(wanted)]
        used = await _used_by(principal)
        concerning = (
            (release, tuple(change for change in changes if used.concerns(ReleasedChange(release, change))))
            for release, changes in chosen
        )
        return self._fed(tuple(entry for entry in concerning if entry[1]), principal.principal_id)

    def _fed(self, entries: tuple[tuple[Release, tuple[Change, ...]], ...], caller: UUID | None = None) -> ReleaseFeed:
        newest = max((release.released_on for release in self._changelog.releases), default=None)
        return ReleaseFeed(entries, newest, infrastructure().settings.public_url, caller)

    def _wanted(self, wanted: ChangeFilter) -> Sequence[ReleasedChange]:
        return [
            ReleasedChange(release, change) for release in self._since(wanted) for change in _of_kind(release, wanted)
        ]

    def _since(self, wanted: ChangeFilter) -> Iterator[Release]:
        """The releases that `since` and `version` leave, the newest first."""
        version, since = wanted.version, wanted.since
        if version is not None and all(release.version != version for release in self._changelog.releases):
            known = sorted({release.version for release in self._changelog.releases})
            _refuse("version", "unknown_version", f"must be one of {', '.join(known)}")
        releases = [release for release in self._changelog.releases if version in (None, release.version)]
        if since is None:
            return iter(releases)
        if "-" in since:
            day = _day(since)
            return (release for release in releases if release.released_on >= day)
        known_as = next((release for release in releases if release.order == number_of(since)), None)
        if known_as is None:
            named = ", ".join(release.number for release in releases[:_NAMED])
            _refuse("since", "unknown_release", f"is no release; there are {named}")
        return (
            release for release in releases if release.version == known_as.version and release.order > known_as.order
        )


async def _used_by(principal: Principal) -> Used:
    since = infrastructure().clock.now().date() - USED_WITHIN
    return Used(await usage.elements(principal, since=since, principal_id=principal.principal_id))


def _of_kind(release: Release, wanted: ChangeFilter) -> tuple[Change, ...]:
    return tuple(change for change in release.changes if wanted.kind in (None, change.kind))


def _day(text: str) -> date:
    """A day on which something may have been released: it is tomorrow already where it is east of UTC."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        _refuse("since", "date", "must be a day of the calendar")
    if day > (infrastructure().clock.now() + timedelta(days=1)).date():
        _refuse("since", "future", "is a day that has not come yet")
    return day


def _refuse(parameter: str, code: str, detail: str) -> NoReturn:
    raise InvalidRequest("The request has 1 fault.", errors=[FieldError(code, detail, parameter=parameter)])


def _after(changelog: Changelog, found: Sequence[ReleasedChange], id_: str) -> Sequence[ReleasedChange]:
    """What of `found` comes after the change with this id; new releases only come before it."""
    places = {change.id: place for place, change in enumerate(changelog.changes())}
    if id_ not in places:
        raise InvalidCursor(FOREIGN_CURSOR)
    return [released for released in found if places[released.change.id] > places[id_]]


releases: Final = Releases()
