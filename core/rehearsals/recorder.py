"""Counts what rehearsals refuse in memory, and writes it down in batches off the path of requests.

What was counted since the last batch, 2 s at most, is lost when the process is killed; when it ends in order, nothing
is. A batch that cannot be written is kept for the next time.
"""

import asyncio
import contextlib
from types import TracebackType
from typing import Final, Self
from uuid import UUID

import structlog

from core.deprecations.service import deprecations
from core.errors import Unavailable
from core.infra.context import Infrastructure, use
from core.kit.principal import Principal, job
from core.rehearsals.service import rehearsals
from core.rehearsals.types import Refusal

WRITE_EVERY_S: Final = 2.0

_Tallies = dict[tuple[UUID, str], Refusal]
"""Rehearsal and `v1.listArticles` → what was refused."""


class RefusalRecorder:
    """Entered, it writes every 2 s where there is something to write, and at its end."""

    def __init__(self, infra: Infrastructure) -> None:
        self._infra = infra
        self._tallies: dict[UUID, _Tallies] = {}
        self._writer: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._writer = asyncio.create_task(self._write_regularly(), name="rehearsals")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is not None:
            self._writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._writer
        await self.write()

    def note(self, principal: Principal, operation: str) -> None:
        """One refused call of a key with a rehearsal; `operation` is `v1.listArticles`. Other versions go on."""
        version, _, name = operation.partition(".")
        rehearsal = principal.rehearsal
        if rehearsal is None or version not in deprecations.endings():
            return
        now = self._infra.clock.now()
        tallies = self._tallies.setdefault(rehearsal.organization_id, {})
        _add(tallies, Refusal(rehearsal.id, version, name, 1, now, now))

    async def write(self) -> None:
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

    async def _write_regularly(self) -> None:
        while True:
            await asyncio.sleep(WRITE_EVERY_S)
            try:
                await self.write()
            except Exception:  # noqa: BLE001 - one batch that cannot be written must not end all others
                structlog.get_logger(__name__).exception("refusals_batch_failed")


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
