"""Which changes concern a caller: those of what it used, as its recorded usage says."""

import re
from collections.abc import Iterable
from typing import Final

from core.releases.types import ReleasedChange
from core.usage.types import ElementUsage

_Sent = tuple[str, str, str, str, str]
"""Version, operation, kind, name, value."""

_MISSING_IN_REQUESTS: Final = re.compile("^new-|-became-required|-required-|-added")
"""Rules about what requests lack from then on: they hit every caller of the operation, whatever it sent."""
_OPERATION: Final = "operation"


class Used:
    """What a caller used."""

    def __init__(self, elements: Iterable[ElementUsage]) -> None:
        self._sent: set[_Sent] = {
            (each.version, each.operation, each.kind, _array(each.name), each.value) for each in elements
        }
        self._versions = {version for version, *_ in self._sent}

    def concerns(self, released: ReleasedChange) -> bool:
        """Whether the caller would notice: a part of a request that breaks only if it was sent."""
        version, change = released.release.version, released.change
        if change.operation is None:
            return version in self._versions
        operation = change.operation.id
        if (version, operation, _OPERATION, "", "") not in self._sent:
            return False
        if change.kind != "breaking" or _MISSING_IN_REQUESTS.search(change.code):
            return True
        name, value = _array(change.element.name or ""), change.element.value or ""
        match change.element.kind:
            case "parameter":
                return (version, operation, "enum" if value else "parameter", name, value) in self._sent
            case "request_member":
                return (version, operation, "enum" if value else "member", name, value) in self._sent
            case "media_type" if change.element.status is None:
                return (version, operation, "media_type", "", name) in self._sent
            case _:
                return True


def _array(name: str) -> str:
    """An array and its items are one thing to who sends them."""
    return name.removesuffix("/*")
