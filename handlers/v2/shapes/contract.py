"""The contract's changes and conformance as v2 knows them, and its releases as Atom (RFC 4287)."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from html import escape
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import SubElement

from core.conformance.types import OperationConformance
from core.kit.clock import rfc3339
from core.releases.types import KINDS, Change, ChangeKind, Release, ReleasedChange, ReleaseFeed
from handlers.v2.shapes.atom import add_entry, add_text, document_of, feed_of
from handlers.v2.shapes.lists import time_out

FEED_HEADERS: Final = {"Cache-Control": "public, no-cache"}
_NAME: Final = "https://tidings.invalid/contract"
"""From which the feed's ids are made: they are the same in every instance, as the contracts are."""
_HEADINGS: Final[dict[ChangeKind, str]] = {
    "breaking": "Breaking",
    "additive": "Added",
    "documentation": "Documentation",
}
_NEVER: Final = date(1970, 1, 1)


def change_out(released: ReleasedChange) -> dict[str, Any]:
    """One change, and the release that brought it."""
    release, change = released.release, released.change
    operation, element = change.operation, change.element
    return {
        "id": change.id,
        "version": release.version,
        "release": release.number,
        "released_on": release.released_on.isoformat(),
        "kind": change.kind,
        "code": change.code,
        "operation": operation and {"name": operation.id, "method": operation.method, "path": operation.path},
        "element": {
            "kind": element.kind,
            "name": element.name,
            "value": element.value,
            "status": element.status,
        },
        "text": change.text,
    }


def conformance_out(seen: OperationConformance) -> dict[str, Any]:
    """What was seen of one operation."""
    last = seen.last_drift
    return {
        "version": seen.version,
        "operation": seen.operation,
        "checked": seen.checked,
        "drifted": seen.drifted,
        "dropped": seen.dropped,
        "last_checked_at": time_out(seen.last_checked_at),
        "last_drift": last and {**last._asdict(), "at": time_out(last.at)},
    }


def atom_out(feed: ReleaseFeed) -> bytes:
    """One entry a release, with its changes as HTML."""
    name = _name(feed)
    title = f"Changes of the Tidings API{'' if feed.caller is None else ' that concern you'}"
    path = f"/v2/contract/changes{'' if feed.caller is None else '/used'}/atom"
    updated = _moment(feed.updated_on or _NEVER)
    root = feed_of(uuid5(NAMESPACE_URL, name).urn, title, updated, f"{feed.origin or ''}{path}")
    for release, changes in feed.entries:
        id_ = uuid5(NAMESPACE_URL, f"{name}/{release.version}/{release.number}").urn
        entry = add_entry(root, id_, f"{release.version} {release.number}", _moment(release.released_on))
        SubElement(entry, "link", rel="alternate", type="application/json", href=_address(feed, release))
        for kind in KINDS:
            if any(change.kind == kind for change in changes):
                SubElement(entry, "category", term=kind)
        add_text(entry, "content", _html(release, changes), type="html")
    return document_of(root)


def _html(release: Release, changes: Sequence[Change]) -> str:
    if not changes:
        return f"<p>The first release of {escape(release.version)}.</p>"
    return "".join(
        f"<h2>{heading}</h2><ul>{''.join(_items(changes, kind))}</ul>"
        for kind, heading in _HEADINGS.items()
        if any(change.kind == kind for change in changes)
    )


def _items(changes: Sequence[Change], kind: ChangeKind) -> Iterator[str]:
    for change in changes:
        if change.kind == kind:
            where = "" if change.operation is None else f"<b>{escape(change.operation.id)}</b>: "
            yield f"<li>{where}{escape(change.text)}</li>"


def _address(feed: ReleaseFeed, release: Release) -> str:
    """Where the changes of this release and of those after it are; absolute where the instance's address is known."""
    since = "" if release.previous is None else f"&since={release.previous}"
    used = "" if feed.caller is None else "&used=true"
    return f"{feed.origin or ''}/v2/contract/changes?version={release.version}{since}{used}"


def _name(feed: ReleaseFeed) -> str:
    """A caller's own feed has other entries than everybody's, so its ids are made from another name."""
    return _NAME if feed.caller is None else f"{_NAME}/used/{feed.caller}"


def _moment(day: date) -> str:
    return rfc3339(datetime.combine(day, datetime.min.time(), UTC))
