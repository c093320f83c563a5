"""Authentication of requests: memory first, the database where memory does not know."""

import time
from datetime import datetime
from types import TracebackType
from typing import Final, Self
from uuid import UUID

import structlog

from core.errors import Unauthenticated, Unavailable
from core.infra.context import Infrastructure, use
from core.infra.memory import Entry, Memory
from core.infra.regular_writer import RegularWriter
from core.keys.service import keys, require_working
from core.keys.types import FoundKey
from core.kit.crypto import is_api_key
from core.kit.principal import Principal, job

NOTE_EVERY_S: Final = 60.0
WRITE_EVERY_S: Final = 10.0


class ApiKeyAuthenticator(RegularWriter):
    """Implements `core.contract.ports.Authenticator`.

    Entered, it hears of changed keys and writes down, off the path of requests, when keys were last used (to the
    minute). Not entered it works too, and asks the database again after 1 s.
    """

    name = "key_uses"
    every_s = WRITE_EVERY_S

    def __init__(self, infra: Infrastructure, known: Memory[FoundKey] | None = None) -> None:
        self._infra = infra
        self._known: Memory[FoundKey] = Memory() if known is None else known
        self._uses: dict[UUID, dict[UUID, datetime]] = {}

    async def __aenter__(self) -> Self:
        self._infra.changes.keep(self._known)
        return await super().__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._infra.changes.leave(self._known)
        await super().__aexit__(kind, error, trace)

    async def authenticate(self, token: str) -> Principal:
        """The caller that owns the token; raises `Unauthenticated` for any token that is not good."""
        known = self._known.get(token)
        if known is None:
            if not is_api_key(token):
                raise Unauthenticated("The credential is neither a valid API key nor a valid access token.")
            known = await self._known.load(token, self._look_up)
        principal = require_working(known.found, self._infra.clock)
        if time.monotonic() - known.noted_at > NOTE_EVERY_S:
            self._note(known, principal)
        return principal

    async def write_waiting(self) -> None:
        """Write down the uses since the last time, one statement an organisation; what fails is kept for later."""
        uses, self._uses = self._uses, {}
        for organization_id, of_organization in uses.items():
            principal = job(organization_id)
            try:
                with use(self._infra):
                    async with self._infra.unit_of_work(principal):
                        await keys.note_uses(principal, list(of_organization.items()))
            except Unavailable as error:
                structlog.get_logger(__name__).warning("key_uses_not_written", reason=str(error))
                self._uses[organization_id] = {**of_organization, **self._uses.get(organization_id, {})}

    async def _look_up(self, token: str) -> tuple[FoundKey | None, tuple[UUID, ...]]:
        with use(self._infra):
            found = await keys.find(token)
        if found is None:
            return None, ()
        about = {found.principal.principal_id, found.organization_id, found.principal.organization_id}
        return found, tuple(about)

    def _note(self, known: Entry[FoundKey], principal: Principal) -> None:
        now = self._infra.clock.now()
        last = known.found.last_used_at if known.found is not None else None
        known.noted_at = time.monotonic()
        if last is not None and (passed_s := (now - last).total_seconds()) < NOTE_EVERY_S:
            known.noted_at -= max(0.0, passed_s)
            return
        owner = principal.organization_id if known.found is None else known.found.organization_id
        self._uses.setdefault(owner, {})[principal.principal_id] = now
