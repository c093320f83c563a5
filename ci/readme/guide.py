"""docs/migration.md: for each operation of v1 what takes its place, before and after, and where all of it went."""

import json
from collections.abc import Container, Iterable, Iterator
from typing import Final

from ci.readme.document import Node, documents, example, resolve
from ci.readme.endpoints import shortened
from core.contract.replacements import TRANSFORMATIONS, Kind, Move, Replacement, StatusChange, replacements_of
from core.translation.examples import examples_of
from core.translation.types import Example

_KINDS: Final[tuple[tuple[Kind, str], ...]] = (
    ("parameter", "Parameters"),
    ("request", "Members of the request"),
    ("response", "Members of the answer"),
)
_INTRODUCTION: Final = """\
# From v1 to v2

<!-- written by ci/docs from `x-replaced-by` in openapi/v1: change it there -->

v1 is deprecated from {deprecated} and ends on {sunset}; from then on it answers 410. Both versions show the same data
to the same keys until then, so that one call after the other can be moved. A running instance shows this guide at
`/migration`, and `GET /v2/deprecations` says what a key still calls.

`POST /v2/migrations/translate` does what stands here: give it a request of v1, or a HAR file with many, and it answers
with the requests of v2 and with these tables as data. `.venv/bin/python -m bench.translate` shows on a real instance
that they are true: it sends 10,000 generated requests of v1 with their translations, and compares the answers.
"""
_PAGING: Final = """\
### Paging

v1 counts pages, v2 hands out cursors: leave `page` out, read `page.next_cursor` of each answer, and send it as `cursor`
with otherwise the same parameters, while `page.has_more` is true. A cursor stays where it is when something new comes
in front of it, so nothing is seen twice or missed; in return no page can be skipped. `limit` means the same.
"""


def guide() -> str:
    """The whole document."""
    newer, older = documents()
    found = replacements_of(older, newer)
    parts = [
        _INTRODUCTION.format(deprecated=_day(older, "x-deprecated-since"), sunset=_day(older, "x-sunset")),
        _index(found),
        "## Everywhere\n",
        _PAGING,
        "### Errors\n",
        f"The body of an error is a problem (RFC 9457, `application/problem+json`).\n\n{_table(found[0].errors)}",
        "A status that is not named below stays the same, and `code` is v1's `error` in lower case.\n",
        _statuses(_shared(found)),
        "### Headers\n",
        _headers(found),
        *(_operation(older, newer, shown, _shared(found)) for shown in examples_of(older, newer)),
    ]
    return "\n".join(parts)


def _day(document: Node, member: str) -> str:
    return str(document[member])[:10]


def _index(found: Iterable[Replacement]) -> str:
    lines = ["| v1 | v2 |", "|---|---|"]
    lines += [f"| [`{item.place}`](#{item.anchor}) | `{item.successor_place}` |" for item in found]
    lines += ["", "What v2 has beside these is in the README, and at `/docs/v2` of an instance.", ""]
    return "\n".join(lines)


def _headers(found: Iterable[Replacement]) -> str:
    moves = {move.name: move for item in found for move in item.headers if move.name != "ETag" or move.to}
    return _table(moves.values())


def _shared(found: Iterable[Replacement]) -> tuple[StatusChange, ...]:
    """The statuses that every operation changes."""
    first, *others = found
    return tuple(change for change in first.statuses if all(change in other.statuses for other in others))


def _operation(older: Node, newer: Node, shown: Example, shared: Container[StatusChange]) -> str:
    item = shown.replacement
    parts = [f"## {item.operation_id}\n", f"{item.operation['summary']}: `{item.place}` → `{item.successor_place}`\n"]
    parts += [_commands("Before", [shown.before]), _commands("After", shown.after)]
    parts += [f"- `{need.name}` is needed. {need.note}" for need in item.needed]
    parts += [f"- `{added.name}={added.value}` is sent as well. {added.note or ''}" for added in item.added]
    if item.new_scopes:
        parts.append(f"- The key needs {_names(item.new_scopes)} as well.")
    if item.needed or item.added or item.new_scopes:
        parts.append("")  # the end of the list
    for kind, title in _KINDS:
        if item.moves(kind):
            parts += [f"### {title} of {item.operation_id}\n", _table(item.moves(kind))]
    own = [move for move in item.headers if move.name == "ETag" and move.to is None]
    parts += [f"`ETag`: {move.note}\n" for move in own]
    changes = [change for change in item.statuses if change not in shared]
    if changes:
        parts += [f"### Errors of {item.operation_id}\n", _statuses(changes)]
    parts += _answers(older, newer, item)
    return "\n".join(parts)


def _commands(title: str, commands: Iterable[str]) -> str:
    listed = "\n".join(commands)
    return f"{title}:\n\n```sh\n{listed}\n```\n"


def _table(moves: Iterable[Move]) -> str:
    """What changes, as a table; what stays, in a line."""
    listed = list(moves)
    lines = []
    if any(not move.is_same for move in listed):
        lines += ["| v1 | v2 | how |", "|---|---|---|"]
        lines += [f"| `{move.name}` | {_target(move)} | {_how(move)} |" for move in listed if not move.is_same]
    kept = [move.name for move in listed if move.is_same]
    if kept:
        lines += ["", f"The same: {_names(kept)}."] if lines else [f"The same: {_names(kept)}."]
    return "\n".join([*lines, ""])


def _target(move: Move) -> str:
    if move.to is None:
        return "nothing"
    return "" if move.by == "asked" else f"`{move.to}`"


def _how(move: Move) -> str:
    changed = [(old, f"`{new}`" if new else "nothing") for old, new in move.values.items() if old != new]
    said = [f"`{old}` → {new}" for old, new in changed]
    texts = [", ".join(said)] if said else []
    if not said and move.to is not None and move.by not in ("copy", "values"):
        texts.append(TRANSFORMATIONS[move.by])
    if move.note:
        texts.append(move.note.removesuffix("."))
    return "; ".join(texts).replace("|", "\\|")


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _statuses(changes: Iterable[StatusChange]) -> str:
    lines = [
        f"| {change.status} `{change.error}` | {'never' if change.to is None else f'{change.to} `{change.code}`'} "
        f"| {change.when} |"
        for change in changes
    ]
    return "\n".join(["| error of v1 | error of v2 | when |", "|---|---|---|", *lines, ""])


def _answers(older: Node, newer: Node, item: Replacement) -> Iterator[str]:
    pair = [_answer(older, item.operation), _answer(newer, item.successor)]
    if all(pair):
        yield "<details><summary>An answer before and after</summary>\n"
        yield "\n\n".join(f"```json\n{text}\n```" for text in pair)
        yield "\n</details>\n"


def _answer(document: Node, operation: Node) -> str | None:
    """The example of the good answer, its list cut to one element."""
    for status, response in operation["responses"].items():
        content = resolve(document, response).get("content", {})
        if status.startswith("2") and content:
            value = shortened(example(document, next(iter(content.values()))))
            return json.dumps(value, indent=2, ensure_ascii=False)
    return None
