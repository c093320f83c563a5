"""Counts what rehearsals refuse in memory, and writes it down in batches off the path of requests.

What was counted since the last batch, 2 s at most, is lost when the process is killed; when it ends in order, nothing
is. A batch that cannot be written is kept for the next time.
"""

import asyncio
from typing import Final
from uuid import UUID

import structlog

from core.deprecations.service import deprecations
from core.errors import Unavailable
from core.infra.context import Infrastructure, use
from core.infra.regular_writer import RegularWriter
from core.kit.principal import Principal, job
from core.rehearsals.service import rehearsals
from core.rehearsals.types import Refusal

WRITE_EVERY_S: Final = 2.0

_Tallies = dict[tuple[UUID, str], Refusal]
"""Rehearsal and `v1.listArticles` → what was refused."""


class RefusalRecorder(RegularWriter):
    """Counts by rehearsal and operation."""

    name = "refusals"
    every_s = WRITE_EVERY_S

    def __init__(self, infra: Infrastructure) -> None:
        self._infra = infra
        self._tallies: dict[UUID, _Tallies] = {}

    def note(self, principal: Principal, operation: str) -> None:
        """One refused call of a key with a rehearsal; `operation` is `v1.listArticles`. Other versions go on."""
        version, _, name = operation.partition(".")
        rehearsal = principal.rehearsal
        if rehearsal is None or version not in deprecations.endings():
            return
        now = self._infra.clock.now()
        tallies = self._tallies.setdefault(rehearsal.organization_id, {})
        _add(tallies, Refusal(rehearsal.id, version, name, 1, now, now))

    async def write_waiting(self) -> None:
        """Write down what was counted, one statement an organisation."""
        counted, self._tallies = self._tallies, {}
        try:
            while counted:
                await self._write_batch(*counted.popitem())
        finally:  # one of them could not be written, or the server ends: the others are for the next time
            for organization_id, tallies in counted.items():
                self._keep(organization_id, tallies)

    async def _write_batch(self, organization_id: UUID, tallies: _Tallies) -> None:
        try:
            with use(self._infra):
                async with self._infra.unit_of_work(job(organization_id)):
                    await rehearsals.note_refusals(job(organization_id), list(tallies.values()))
        except Unavailable as error:
            structlog.get_logger(__name__).warning("refusals_not_written", reason=str(error))
            self._keep(organization_id, tallies)
        except asyncio.CancelledError:
            self._keep(organization_id, tallies)
            raise

    def _keep(self, organization_id: UUID, tallies: _Tallies) -> None:
        kept = self._tallies.setdefault(organization_id, {})
        for refusal in tallies.values():
            _add(kept, refusal)


def _add(tallies: _Tallies, more: Refusal) -> None:
    key = more.rehearsal_id, f"{more.version}.{more.operation}"
    same = tallies.get(key)
    tallies[key] = (
        more
        if same is None
        else same._replace(
            calls=same.calls + more.calls,
            first_at=min(same.first_at, more.first_at),
            last_at=max(same.last_at, more.last_at),
        )
    )
