"""The changelog on disk: one file a release in openapi/released/changes/, read once and never changed.

version: v2
release: 2.1.0
previous: 2.0.0
released_on: "2026-11-21"
changes:
  - {id: chg_…, kind: additive, code: endpoint-added, operation: {…}, element: {…}, text: …}
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, Final

from core.contract import yaml12
from core.releases.types import KINDS, Change, ChangedElement, ChangedOperation, Release

FOLDER: Final = Path("released") / "changes"
"""Below the folder of the documents."""


class Changelog:
    """All releases, the newest first."""

    def __init__(self, releases: Iterable[Release]) -> None:
        self.releases = sorted(releases, key=lambda release: (release.released_on, release.order), reverse=True)

    def changes(self) -> Iterator[Change]:
        """Every change, those of the newest release first."""
        return (change for release in self.releases for change in release.changes)


def read(documents: Path) -> Changelog:
    """What was released so far; `documents` is the folder of the documents."""
    return Changelog(_release(yaml12.load(path)) for path in sorted((documents / FOLDER).glob("v*.yaml")))


def write(documents: Path, release: Release) -> Path:
    """Write the file of a new release, and give its path."""
    path = documents / FOLDER / f"{release.version}-{release.number}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(yaml12.dump(_as_node(release)))
    return path


def sort(changes: Iterable[Change]) -> tuple[Change, ...]:
    """In the order in which people read them: by kind, then by path, operation and element."""
    return tuple(sorted(changes, key=_key))


def _key(change: Change) -> tuple[Any, ...]:
    operation, element = change.operation, change.element
    place = ("", "") if operation is None else (operation.path, operation.method)
    return (
        KINDS.index(change.kind),
        operation is None,
        place,
        element.kind,
        element.name or "",
        element.status or "",
        element.value or "",
        change.code,
    )


def _release(node: Mapping[str, Any]) -> Release:
    return Release(
        node["version"],
        node["release"],
        node["previous"],
        date.fromisoformat(node["released_on"]),
        tuple(map(_change, node["changes"])),
    )


def _change(node: Mapping[str, Any]) -> Change:
    operation = node.get("operation")
    return Change(
        node["id"],
        node["kind"],
        node["code"],
        None if operation is None else ChangedOperation(**operation),
        ChangedElement(**node["element"]),
        node["text"],
    )


def _as_node(release: Release) -> dict[str, Any]:
    return {
        "version": release.version,
        "release": release.number,
        "previous": release.previous,
        "released_on": release.released_on.isoformat(),
        "changes": [_without_gaps(asdict(change)) for change in release.changes],
    }


def _without_gaps(node: Mapping[str, Any]) -> dict[str, Any]:
    """Without the members that say nothing."""
    return {
        name: _without_gaps(value) if isinstance(value, dict) else value
        for name, value in node.items()
        if value is not None
    }
