"""A release in CHANGELOG.md: one section for people, made of the changes that the release records."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from core.releases.types import Change, ChangeKind, Release

_HEADINGS: Final[dict[ChangeKind, str]] = {
    "breaking": "Breaking",
    "additive": "Added",
    "documentation": "Documentation",
}
_LINE: Final = 120
_UNRELEASED: Final = "## Unreleased"


def add_section(text: str, release: Release) -> str:
    """The changelog with a section for the release: below what is not released, above all other releases."""
    head, marker, rest = text.partition(_UNRELEASED)
    if not marker:
        head, rest = _before_sections(text)
        return f"{head}{section(release)}{rest}"
    unreleased, released = _before_sections(rest)
    return f"{head}{marker}{unreleased.rstrip()}\n\n{section(release)}{released}"


def section(release: Release) -> str:
    """`## Contract v2 2.2.0 (2026-11-29)` and what changed, a line an operation."""
    lines = [f"## Contract {release.version} {release.number} ({release.released_on.isoformat()})", ""]
    if release.previous is None:
        lines += ["The first release.", ""]
    for kind, heading in _HEADINGS.items():
        changes = [change for change in release.changes if change.kind == kind]
        if changes:
            lines += [f"### {heading}", *_items(kind, changes), ""]
    return "\n".join(lines) + "\n"


def _items(kind: ChangeKind, changes: Sequence[Change]) -> Iterator[str]:
    if kind == "documentation":
        names = sorted({_name(change) for change in changes})
        yield from _wrapped(f"Reworded: {', '.join(names)}.")
        return
    for operation, own in groupby(changes, key=lambda change: change.operation):
        texts = [change.text for change in own]
        where = "" if operation is None or (len(texts) == 1 and operation.path in texts[0]) else f"`{operation.id}`: "
        yield from _wrapped(f"{where}{' '.join(texts)}")


def _name(change: Change) -> str:
    if change.operation is not None:
        return f"`{change.operation.id}`"
    return f"`{change.element.name}`" if change.element.name else "the document's own description"


def _wrapped(text: str) -> Iterator[str]:
    """A list item in lines of at most 120 characters."""
    line = "-"
    for word in text.split():
        if len(line) + 1 + len(word) > _LINE:
            yield line
            line = " "
        line = f"{line} {word}"
    yield line


def _before_sections(text: str) -> tuple[str, str]:
    """The text before its first section, and the sections."""
    place = 0 if text.startswith("## ") else text.find("\n## ") + 1
    return (text, "") if place == 0 and not text.startswith("## ") else (text[:place], text[place:])
