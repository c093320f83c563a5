"""The changelog of the contracts for people: each release with what it added, changed and explained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from core.contract.lifecycle import operations
from core.releases.types import KINDS, Change, ChangeKind, Release

Document = Mapping[str, Any]

_NEW_OPERATION: Final = "endpoint-added"
_TITLES: Final[Mapping[ChangeKind, str]] = {
    "breaking": "Breaking",
    "additive": "Added",
    "documentation": "Documentation",
}


@dataclass(frozen=True, slots=True)
class Place:
    """What changed in one operation, or in what belongs to none (`call` is None then)."""

    call: str | None
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """The changes of one kind, without the operations that are new."""

    kind: ChangeKind
    title: str
    count: int
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One release. `new` is (method and path, what it does, "" where no document has it any more)."""

    id: str
    title: str
    released_on: date
    is_first: bool
    new: tuple[tuple[str, str], ...]
    chapters: tuple[Chapter, ...]


def entries(
    found: Iterable[tuple[Release, tuple[Change, ...]]], documents: Mapping[str, Document]
) -> tuple[Entry, ...]:
    """The releases, in the order given."""
    summaries = {
        f"{method} {path}": operation["summary"]
        for document in documents.values()
        for path, method, operation in operations(document)
    }
    return tuple(_entry(release, changes, summaries) for release, changes in found)


def _entry(release: Release, changes: tuple[Change, ...], summaries: Mapping[str, str]) -> Entry:
    new = [_call(change) for change in changes if change.code == _NEW_OPERATION]
    rest = [change for change in changes if change.code != _NEW_OPERATION]
    chapters = (_chapter(kind, [change for change in rest if change.kind == kind]) for kind in KINDS)
    return Entry(
        id=f"{release.version}-{release.number}",
        title=f"{release.version}, document {release.number}",
        released_on=release.released_on,
        is_first=release.previous is None,
        new=tuple((call, summaries.get(call, "")) for call in new if call is not None),
        chapters=tuple(chapter for chapter in chapters if chapter.count),
    )


def _call(change: Change) -> str | None:
    return None if change.operation is None else f"{change.operation.method} {change.operation.path}"


def _chapter(kind: ChangeKind, changes: list[Change]) -> Chapter:
    texts: dict[str | None, list[str]] = {}
    for change in changes:
        texts.setdefault(_call(change), []).append(change.text)
    places = tuple(Place(call, tuple(dict.fromkeys(said))) for call, said in texts.items())
    return Chapter(kind, _TITLES[kind], len(changes), places)
