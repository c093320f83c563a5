"""What the gate asks beyond oasdiff: how long a deprecation must last, and what a change makes of the version number.

oasdiff sees to it that nothing goes without `deprecated: true` and an `x-sunset` that has passed, and that what becomes
deprecated today has its sunset far enough away. It says nothing of a removal in time, and knows no
`x-deprecated-since`: that is looked at here. The findings have oasdiff's form.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal, NamedTuple, get_args

Document = Mapping[str, Any]
Finding = dict[str, Any]
Semver = Literal["raised", "always", "off"]
SEMVER: Final[tuple[Semver, ...]] = get_args(Semver)

STABLE_DAYS: Final = 180
"""What lies between deprecation and sunset of a stable operation, at the least."""
INFORMS, WARNS, BREAKS = 1, 2, 3  # oasdiff's levels

_UNSTABLE: Final = frozenset({"draft", "alpha", "beta"})
_METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_NUMBER: Final = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_ASKS: Final = (
    "nothing changed",
    "words raise the patch number",
    "additions raise the minor number",
    "a breaking change raises the major number",
)


class _Operation(NamedTuple):
    """One operation of a document, with the version's own dates where it has none."""

    method: str
    path: str
    node: Mapping[str, Any]
    item: Mapping[str, Any]
    root: Document

    @property
    def sunset(self) -> date | None:
        return _day(self.node.get("x-sunset"))

    @property
    def since(self) -> date | None:
        return _day(self.node.get("x-deprecated-since", self.root.get("x-deprecated-since")))

    @property
    def is_stable(self) -> bool:
        return self.node.get("x-stability-level", "stable") not in _UNSTABLE

    @property
    def notice(self) -> int | None:
        """Days from deprecation to sunset; None where one of them is not stated."""
        return None if self.since is None or self.sunset is None else (self.sunset - self.since).days

    def finding(self, rule: str, level: int, text: str) -> Finding:
        return {
            "id": rule,
            "text": text,
            "level": level,
            "operation": self.method.upper(),
            "operationId": self.node.get("operationId", ""),
            "path": self.path,
            "section": "paths",
        }


def deprecations(base: Document, revision: Document, *, today: date | None = None) -> Iterator[Finding]:
    """Deprecations that are too short, and removals that were announced, for somebody may still call what goes."""
    today = today or datetime.now(UTC).date()
    before, after = _operations(base), _operations(revision)
    for place, old in before.items():
        new = after.get(place)
        if new is None:
            yield from _removed(old, today)
        else:
            yield from _removed_parameters(old, new, today)
    for place, new in after.items():
        known = before.get(place)
        changed = known is not None and (known.since, known.sunset) != (new.since, new.sunset)
        if changed and new.node.get("deprecated") and new.is_stable and _is_short(new):
            yield new.finding(
                "api-deprecated-too-briefly",
                BREAKS,
                f"deprecated on `{new.since}` with the sunset date `{new.sunset}`, `{new.notice}` days later; "
                f"a stable operation has `{STABLE_DAYS}` at the least",
            )


def numbering(base: Document, revision: Document, found: Iterable[Finding], mode: Semver) -> Iterator[Finding]:
    """Whether info.version follows the change. `found` is everything that changed, the harmless too."""
    if mode == "off":
        return
    stated = str(revision.get("info", {}).get("version", ""))
    old, new = (_number(document) for document in (base, revision))
    if old is None or new is None:
        yield _of_document("info-version-no-number", f"info.version `{stated}` is not three numbers such as `2.1.0`")
        return
    step, raised = _step(base, revision, found), _raised(old, new)
    before = str(base["info"]["version"])
    if raised < 0:
        yield _of_document("info-version-decreased", f"info.version went back from `{before}` to `{stated}`")
    elif raised < step and (raised > 0 or mode == "always"):
        moved = f"went from `{before}` to `{stated}`" if raised else f"is still `{stated}`"
        yield _of_document("info-version-raised-too-little", f"info.version {moved}, but {_ASKS[step]}")
    folder = _folder(revision)
    if folder is not None and new[0] != folder:
        text = f"info.version is `{stated}` below `/v{folder}`: a major version has a folder and paths of its own"
        yield _of_document("info-version-of-another-folder", text)


def raises_major(base: Document, revision: Document) -> bool:
    """Whether the revision's number says that it breaks clients."""
    old, new = _number(base), _number(revision)
    return old is not None and new is not None and new[0] > old[0]


def _removed(old: _Operation, today: date) -> Iterator[Finding]:
    if not old.node.get("deprecated") or old.sunset is None or old.sunset > today:
        return  # oasdiff refuses it
    if old.is_stable and _is_short(old):
        yield old.finding(
            "api-removed-after-short-notice",
            BREAKS,
            f"api removed after the sunset date `{old.sunset}`, which came `{old.notice}` days after its deprecation; "
            f"a stable operation has `{STABLE_DAYS}` at the least",
        )
    else:
        yield old.finding("api-removed-after-sunset", WARNS, f"api removed after the sunset date `{old.sunset}`")


def _removed_parameters(old: _Operation, new: _Operation, today: date) -> Iterator[Finding]:
    kept = set(_parameters(new))
    for place, parameter in _parameters(old).items():
        sunset = _day(parameter.get("x-sunset"))
        if place not in kept and parameter.get("deprecated") and sunset is not None and sunset <= today:
            in_, name = place
            text = f"deleted the `{in_}` request parameter `{name}` after the sunset date `{sunset}`"
            yield old.finding("request-parameter-removed-after-sunset", WARNS, text)


def _is_short(operation: _Operation) -> bool:
    return operation.notice is not None and timedelta(days=operation.notice) < timedelta(days=STABLE_DAYS)


def _operations(document: Document) -> dict[tuple[str, str], _Operation]:
    """(method, path without the names of its parameters) → operation."""
    return {
        (method, re.sub(r"\{[^}]*\}", "{}", path)): _Operation(method, path, item[method], item, document)
        for path, item in (document.get("paths") or {}).items()
        for method in _METHODS
        if isinstance(item, Mapping) and isinstance(item.get(method), Mapping)
    }


def _parameters(operation: _Operation) -> dict[tuple[str, str], Mapping[str, Any]]:
    """(in, name) → parameter, those of the path item included."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for node in (*operation.item.get("parameters", ()), *operation.node.get("parameters", ())):
        parameter = _resolved(node, operation.root)
        found[str(parameter.get("in")), str(parameter.get("name"))] = parameter
    return found


def _resolved(node: Mapping[str, Any], root: Document) -> Mapping[str, Any]:
    """What a reference inside of the document points at; an empty object for one that points at nothing."""
    reference = node.get("$ref")
    if not isinstance(reference, str):
        return node
    target: Any = root
    for segment in reference.removeprefix("#/").split("/"):
        key = segment.replace("~1", "/").replace("~0", "~")
        target = target.get(key, {}) if isinstance(target, Mapping) else {}
    return target if isinstance(target, Mapping) else {}


def _step(base: Document, revision: Document, found: Iterable[Finding]) -> int:
    """How far the change goes: 3 breaks clients, 2 adds, 1 says it in other words."""
    levels = {finding["level"] for finding in found}
    if BREAKS in levels:
        return 3
    if levels:
        return 2
    return int(_without_number(base) != _without_number(revision))


def _raised(old: tuple[int, ...], new: tuple[int, ...]) -> int:
    """Which number went up: 3 the major one, 2 the minor one, 1 the patch number; -1 where it went down."""
    if new < old:
        return -1
    return next((3 - place for place in range(3) if old[place] != new[place]), 0)


def _without_number(document: Document) -> dict[str, Any]:
    info = {name: value for name, value in document.get("info", {}).items() if name != "version"}
    return {**document, "info": info}


def _number(document: Document) -> tuple[int, ...] | None:
    found = _NUMBER.fullmatch(str(document.get("info", {}).get("version", "")))
    return None if found is None else tuple(map(int, found.groups()))


def _folder(document: Document) -> int | None:
    """2 for a document whose first server ends in `/v2`."""
    servers = document.get("servers") or [{}]
    found = re.search(r"/v(\d+)/?$", str(servers[0].get("url", "")))
    return None if found is None else int(found[1])


def _day(value: Any) -> date | None:
    """RFC 3339, a date or a date with a time; None for anything else, which oasdiff refuses."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return datetime.fromisoformat(str(value)).date()
    except ValueError:
        return None


def _of_document(rule: str, text: str) -> Finding:
    return {"id": rule, "text": text, "level": BREAKS, "section": "info"}
