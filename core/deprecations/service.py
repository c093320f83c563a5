"""What callers still use of versions that end, and what the documents say of those versions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Any, Final
from uuid import UUID

from core.deprecations.guide import endings, way_of
from core.deprecations.repository import DeprecationRepository
from core.deprecations.types import EndingVersion, OldOperation, Report, ReportScope, UsedElement, Way
from core.errors import InsufficientScope
from core.infra.context import infrastructure
from core.infra.db import act_for, connection
from core.keys.service import keys
from core.kit.clock import Clock, SystemClock
from core.kit.principal import Principal, sandbox_of
from core.kit.windows import Window

DAYS: Final = 30
"""How far a report looks back, today included."""

MOST_CALLERS: Final = 100
MOST_BROWNOUTS: Final = 20
SEES_ALL: Final = "keys:read"
"""The scope of who may see what other callers of the organisation use."""


class Deprecations:
    """`configure` is called once by the wiring."""

    def __init__(self) -> None:
        self._endings: Mapping[str, EndingVersion] = {}
        self._brownouts: Sequence[Window] = ()
        self.clock: Clock = SystemClock()
        """The one by which versions end (`TIDINGS_NOW`)."""

    def configure(
        self, documents: Mapping[str, Mapping[str, Any]], clock: Clock, brownouts: Sequence[Window] = ()
    ) -> None:
        """Name of the version → document, oldest first."""
        self._endings, self._brownouts, self.clock = endings(documents), brownouts, clock

    def endings(self) -> Mapping[str, EndingVersion]:
        """Every version that has a Sunset, by its name."""
        return self._endings

    def operation(self, version: str, name: str) -> OldOperation:
        """What the document says of an operation, by its operationId; a bare name where it is not there any more."""
        ending = self._endings.get(version)
        found = None if ending is None else ending.operations.get(name)
        return found or OldOperation(name, "", "")

    def way(self, element: UsedElement) -> Way:
        """Where a parameter, a member or a value went."""
        return way_of(self.operation(element.version, element.operation), element)

    def next_brownouts(self, ending: EndingVersion) -> Sequence[tuple[datetime, datetime]]:
        """Start and end of the brown-outs of a version that are not over, the next one first; 20 at most."""
        now = self.clock.now()
        of_each = (islice(window.coming(now, ending.sunset_at), MOST_BROWNOUTS) for window in self._brownouts)
        return sorted(chain.from_iterable(of_each))[:MOST_BROWNOUTS]

    def days_left(self, ending: EndingVersion) -> int:
        """Days until the Sunset, begun ones included; 0 after it."""
        return max(0, -((self.clock.now() - ending.sunset_at) // timedelta(days=1)))

    async def report(self, principal: Principal, *, everybody: bool, key_id: str | None = None) -> Report:
        """What the caller, one key or the whole organisation called of ending versions on the last 30 days.

        Needs a unit of work. Raises `InsufficientScope` for who asks about others and may not see the organisation's
        keys, and `ApiKeyNotFound`.
        """
        scope, caller, there = await self._about(principal, everybody=everybody, key_id=key_id)
        last = infrastructure().clock.now().date()
        first = last - timedelta(days=DAYS - 1)
        found = DeprecationRepository(await connection(), there, versions=list(self._endings), first=first, last=last)
        callers = await found.callers(most=MOST_CALLERS) if caller is None else ()
        return Report(scope, first, last, await found.elements(caller), callers)

    async def _about(
        self, principal: Principal, *, everybody: bool, key_id: str | None
    ) -> tuple[ReportScope, UUID | None, Principal]:
        """Whom the report is about (None: everybody), and who sees it: test keys call as a sandbox."""
        if key_id is None and not everybody:
            return "caller", principal.principal_id, principal
        if SEES_ALL not in principal.scopes:
            raise InsufficientScope(f"The credential lacks the scope {SEES_ALL}, so it sees its own calls only.")
        if key_id is None:
            return "organization", None, principal
        key = await keys.get(principal, key_id)
        if key.mode == "test":
            principal = replace(principal, organization_id=sandbox_of(principal.organization_id))
            await act_for(principal)
        return "key", key.id, principal


deprecations: Final = Deprecations()
