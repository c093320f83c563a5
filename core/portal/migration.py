"""From one version to the next, side by side, as the older document says it (`x-replaced-by`). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from core.contract.replacements import TRANSFORMATIONS, Kind, Move, Replacement, StatusChange, resolve
from core.kit import json

Document = Mapping[str, Any]

_SORTS: Final[tuple[tuple[Kind, str], ...]] = (
    ("parameter", "Parameters"),
    ("request", "Members of the request"),
    ("response", "Members of the answer"),
    ("header", "Headers of the answer"),
)
_NO_WORDS: Final = "nothing"


@dataclass(frozen=True, slots=True)
class Row:
    """One name that does not stay as it is. Where `new` is None it has no successor; the remark is inline Markdown."""

    old: str
    new: str | None
    remark: str


@dataclass(frozen=True, slots=True)
class Group:
    """Names of one sort: those that change, and those that stay."""

    title: str
    rows: tuple[Row, ...]
    kept: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Succession:
    """One operation and its successor. `before` and `after` are example answers, as JSON; None where there is none."""

    id: str
    title: str
    replacement: Replacement
    groups: tuple[Group, ...]
    statuses: tuple[StatusChange, ...]
    before: str | None
    after: str | None

    @property
    def is_same_call(self) -> bool:
        """Whether only the version in the address changes."""
        one = self.replacement
        return not (any(group.rows for group in self.groups) or self.statuses or one.added or one.needed)


@dataclass(frozen=True, slots=True)
class Everywhere:
    """What is true of every operation, and therefore said once."""

    errors: Group
    headers: Group
    statuses: tuple[StatusChange, ...]


def everywhere(replacements: Iterable[Replacement]) -> Everywhere:
    """What all operations have in common: errors, statuses, and headers wherever they are sent."""
    found = list(replacements)
    headers = {move.name: move for one in found for move in one.headers if _is_shared(found, move)}
    return Everywhere(
        errors=_group("Body of an error", found[0].errors),
        headers=_group("Headers of answers", headers.values()),
        statuses=tuple(change for change in found[0].statuses if all(change in one.statuses for one in found)),
    )


def successions(replacements: Iterable[Replacement], older: Document, newer: Document) -> tuple[Succession, ...]:
    """Every operation with a successor, without what `everywhere` says of it already."""
    found = list(replacements)
    shared = everywhere(found)
    return tuple(
        Succession(
            id=one.anchor,
            title=one.operation["summary"],
            replacement=one,
            groups=tuple(_own(found, one)),
            statuses=tuple(change for change in one.statuses if change not in shared.statuses),
            before=_example(older, one.operation),
            after=_example(newer, one.successor),
        )
        for one in found
    )


def _own(found: list[Replacement], one: Replacement) -> Iterable[Group]:
    for kind, title in _SORTS:
        moves = one.moves(kind)
        group = _group(title, [move for move in moves if not (kind == "header" and _is_shared(found, move))])
        if group.rows or group.kept:
            yield group


def _is_shared(found: list[Replacement], move: Move) -> bool:
    """Whether every operation that sends the header says the same of it."""
    return all(one.move("header", move.name) in (move, None) for one in found)


def _group(title: str, moves: Iterable[Move]) -> Group:
    listed = list(moves)
    return Group(
        title=title,
        rows=tuple(Row(move.name, move.to, _remark(move)) for move in listed if not move.is_same),
        kept=tuple(move.name for move in listed if move.is_same),
    )


def _remark(move: Move) -> str:
    """What becomes of the value, then what else is to be said."""
    said = []
    changed = [f"`{old}` becomes {_word(new)}" for old, new in move.values.items() if old != new]
    if changed:
        said.append(f"{', '.join(changed)}.")
    elif move.to is not None and move.by not in ("copy", "values"):
        said.append(f"{TRANSFORMATIONS[move.by][:1].upper()}{TRANSFORMATIONS[move.by][1:]}.")
    if move.note:
        said.append(move.note)
    return " ".join(said)


def _word(value: str) -> str:
    return f"`{value}`" if value else _NO_WORDS


def _example(document: Document, operation: Mapping[str, Any]) -> str | None:
    """The example of the first good answer that has one."""
    for status, node in operation["responses"].items():
        media = resolve(document, node).get("content", {}).get("application/json", {})
        if status.startswith("2") and "example" in media:
            return json.written(media["example"])
    return None
