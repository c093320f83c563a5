"""The life of a version: what its answers say about its end, and the end itself.

The dates stand in the document (`x-deprecated-since`, `x-sunset`) and nowhere else; the successor of an operation is
the one that `x-replaced-by.operation` names in the next document, or the same path there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote, urlsplit

from core.contract.exchange import Lines
from core.errors import VersionSunset
from core.kit.clock import Clock, rfc3339
from core.kit.principal import Rehearsal
from core.kit.windows import Window

POLICY = "/sunset-policy"
"""The page that says how versions end here (RFC 8594 §6, the relation `sunset`)."""

GUIDE = "/migration"
"""The page that says how to move on, operation by operation (RFC 9745 §3, the relation `deprecation`).

A document can name another one: `guide` of `x-replaced-by` at its root."""

REHEARSAL, BROWNOUT = "X-Tidings-Rehearsal", "X-Tidings-Brownout"
"""On an answer of an ending version that is ahead of its time: `ends=@1796083200` (RFC 9651), when that is over."""

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
"""Members of a path item that are operations."""


def base_path(document: Mapping[str, Any]) -> str:
    """The path that every path of the document is relative to: that of its first server."""
    servers = document.get("servers") or [{"url": ""}]
    url: str = servers[0]["url"]
    return urlsplit(url).path.rstrip("/")


def operations(document: Mapping[str, Any]) -> list[tuple[str, str, Mapping[str, Any]]]:
    """Every (full path template, METHOD, operation) of a document, in its order."""
    base = base_path(document)
    return [
        (base + path, method.upper(), item[method])
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]


class Version:
    """One version of the API: its document, its dates and the headers that announce them.

    A version with a Sunset is over for everybody in each of `brownouts`, to be noticed while there is time.
    """

    def __init__(
        self,
        name: str,
        document: Mapping[str, Any],
        successor: Version | None = None,
        brownouts: Sequence[Window] = (),
    ) -> None:
        self.name = name
        self.brownouts = tuple(brownouts)
        self.document = document
        self.successor = successor
        self.deprecated_since = _instant(document, "x-deprecated-since")
        self.sunset = _instant(document, "x-sunset")
        if self.sunset and self.deprecated_since and self.sunset < self.deprecated_since:
            raise ValueError(f"{name}: x-sunset is before x-deprecated-since, RFC 8594 forbids it")
        self._dates = b"\r\n".join(self._date_lines())
        self._named = self._find_replacements()
        # a link can only be written where the path here has everything that the path there needs
        self._replacements = {here: there for here, there in self._named.items() if _names(there) <= _names(here)}
        self._links = {path: self._lines_for(replacement) for path, replacement in self._replacements.items()}
        self._default_lines = self._lines_for(f"/docs/{successor.name}") if successor else self._dates

    def lines(self, template: str | None, path_parameters: Mapping[str, str]) -> bytes:
        """Deprecation, Sunset and Link for an answer to a path of this version, as header lines; empty while it lives.

        The template is `None` for a path that is unknown.
        """
        if template is None or not self._dates:
            return self._default_lines
        if not path_parameters:
            return self._links.get(template, self._default_lines)
        replacement = self._replacements.get(template)
        if replacement is None:
            return self._default_lines
        values = {name: quote(value, safe="") for name, value in path_parameters.items()}
        return self._lines_for(replacement.format_map(values))

    def refuse_after_sunset(self, clock: Clock, method: str, template: str | None) -> None:
        """Raises `VersionSunset` (410), which names the replacement, after the Sunset date and during a brown-out."""
        if self.sunset is None:
            return
        now = clock.now()
        if now > self.sunset:
            raise VersionSunset(f"{self.name} ended on {_day(self.sunset)}. {self._use(method, template)}")
        for window in self.brownouts:
            if (end := window.running_until(now)) is not None:
                raise self._ahead_of_time("brown-out", BROWNOUT, end, self.sunset, method, template)

    def refuse_in_rehearsal(self, rehearsal: Rehearsal, method: str, template: str | None) -> None:
        """Raises the same for a caller whose rehearsal runs, if this version has a Sunset at all."""
        if self.sunset is not None:
            raise self._ahead_of_time("rehearsal", REHEARSAL, rehearsal.ends_at, self.sunset, method, template)

    def _ahead_of_time(
        self, what: str, header: str, end: datetime, sunset: datetime, method: str, template: str | None
    ) -> VersionSunset:
        return VersionSunset(
            f"This is a {what}, until {rfc3339(end, milliseconds=False)}: {self.name} ends on {_day(sunset)}. "
            f"{self._use(method, template)}",
            headers={header: f"ends=@{int(end.timestamp())}"},
        )

    def _use(self, method: str, template: str | None) -> str:
        """What to do instead, in a sentence."""
        replacement = self._named.get(template or "")
        if replacement is not None:
            return f"Use {method} {replacement}."
        return f"Use {self.successor.name}." if self.successor else "Nothing replaces it."

    def _date_lines(self) -> Lines:
        lines: Lines = []
        if self.deprecated_since:
            lines.append(b"deprecation: @%d" % self.deprecated_since.timestamp())  # RFC 9745
        if self.sunset:
            lines.append(b"sunset: " + format_datetime(self.sunset, usegmt=True).encode())  # RFC 8594
        return lines

    def _lines_for(self, replacement: str) -> bytes:
        if not self._dates:
            return b""
        shared = self.document.get("x-replaced-by", {})
        guide = shared.get("guide", GUIDE) if self.successor else f"/docs/{self.name}"
        link = (
            f'<{replacement}>; rel="successor-version", <{guide}>; rel="deprecation"; type="text/html", '
            f'<{POLICY}>; rel="sunset"; type="text/html"'
        )
        return b"%b\r\nlink: %b" % (self._dates, link.encode())

    def _find_replacements(self) -> dict[str, str]:
        """Path template here → path template in the next version."""
        if self.successor is None:
            return {}
        by_id = {operation["operationId"]: path for path, _, operation in operations(self.successor.document)}
        paths = set(by_id.values())
        found: dict[str, str] = {}
        for path, _, operation in operations(self.document):
            same_path = base_path(self.successor.document) + path.removeprefix(base_path(self.document))
            named = by_id.get(operation.get("x-replaced-by", {}).get("operation", ""))
            replacement = named or (same_path if same_path in paths else None)
            if replacement:
                found.setdefault(path, replacement)
        return found


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def _names(template: str) -> set[str]:
    return set(re.findall(r"{([^}]+)}", template))


def _instant(document: Mapping[str, Any], member: str) -> datetime | None:
    text = document.get(member)
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def versions_of(documents: Mapping[str, Mapping[str, Any]], brownouts: Sequence[Window] = ()) -> dict[str, Version]:
    """Every version, oldest first; each one's successor is the next."""
    versions: dict[str, Version] = {}
    successor: Version | None = None
    for name, document in reversed(list(documents.items())):
        successor = versions[name] = Version(name, document, successor, brownouts)
    return dict(reversed(list(versions.items())))
