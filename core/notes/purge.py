"""Notes that have been in the trash for too long are removed, with all that they said before."""

from datetime import datetime
from typing import Final

from core.audit.service import audit
from core.infra.context import infrastructure
from core.infra.db import session
from core.kit.principal import NEWSROOM_ID, job
from core.notes.repository import NoteRepository
from core.notes.service import RESTORABLE

BATCH: Final = 1_000


async def purge(*, now: datetime | None = None) -> int:
    """Remove what was deleted `RESTORABLE` before `now` (the present), in any organisation: how many notes.

    In batches, each in a transaction of its own: a run that is cut short is taken up by the next one.
    """
    infra, purged = infrastructure(), 0
    before = (now or infra.clock.now()) - RESTORABLE
    while True:
        async with infra.unit_of_work(job(NEWSROOM_ID)):
            gone = await NoteRepository(await session(), job(NEWSROOM_ID)).purge(before=before, most=BATCH)
            for organization_id, note_id in gone:
                audit.record(job(organization_id), "note.purged", target=("note", note_id))
        purged += len(gone)
        if len(gone) < BATCH:
            return purged
