"""What callers still use of a version that ends."""

from collections.abc import Mapping
from typing import Any, Final

from core.deprecations.guide import endings, guide_url
from core.deprecations.types import EndingVersion, OldOperation
from core.kit.clock import Clock, SystemClock


class Deprecations:
    """`configure` is called once by the wiring."""

    def __init__(self) -> None:
        self._endings: Mapping[str, EndingVersion] = {}
        self.clock: Clock = SystemClock()
        """The one by which versions end (`TIDINGS_NOW`)."""

    def configure(self, documents: Mapping[str, Mapping[str, Any]], clock: Clock) -> None:
        """Name of the version → document, oldest first."""
        self._endings, self.clock = endings(documents), clock

    def endings(self) -> Mapping[str, EndingVersion]:
        """Every version that has a Sunset, by its name."""
        return self._endings

    def operation(self, version: str, name: str) -> OldOperation:
        """What the document says of an operation, by its operationId; a bare name where it is not there any more."""
        ending = self._endings.get(version)
        found = None if ending is None else ending.operations.get(name)
        return found or OldOperation(name, "", "", None, {}, {})

    def guide_url(self, operation: OldOperation) -> str:
        """The paragraph of the guide about an operation."""
        return guide_url(operation.name)


deprecations: Final = Deprecations()
