"""What test keys act in: an organisation's sandbox, made with its first test key, and the newsroom of them all."""

from typing import Final
from uuid import UUID

from core.infra.context import infrastructure
from core.infra.db import act_for, connection, session
from core.ingest.service import ingest
from core.ingest.types import SourceProfile
from core.kit import ids
from core.kit.principal import NEWSROOM_ID, SANDBOX_NEWSROOM_ID, Principal, job, sandbox_of
from core.plans.service import OPERATOR
from core.sandbox.clock import EPOCH
from core.sandboxes import newsroom
from core.sandboxes.repository import SandboxRepository

FILL_TASK: Final = "sandboxes:fill_newsroom"
NEWSROOM: Final = f"sandbox-{SANDBOX_NEWSROOM_ID.hex}"
"""Its short name; nobody is told it."""

_NAME_CHARACTERS: Final = 100


class Sandboxes:
    """`admit` needs a unit of work; the others bring their own."""

    async def admit(self, principal: Principal, key_id: UUID, name: str) -> None:
        """Let a test key of the principal's organisation act in the sandbox, which is made with the first of them."""
        mine, there = SandboxRepository(await connection(), principal), job(sandbox_of(principal.organization_id))
        title, plan = await mine.about()
        await act_for(there)
        repository = SandboxRepository(await connection(), there)
        if not principal.in_sandbox:
            await repository.make(
                principal.organization_id, slug=f"sandbox-{ids.new_id().hex}", name=title[:_NAME_CHARACTERS], plan=plan
            )
        await repository.admit(key_id, name)
        if await repository.edition() != newsroom.edition():
            await infrastructure().jobs.enqueue(await session(), FILL_TASK, queueing_lock=FILL_TASK)
        await act_for(principal)

    async def keep_newsroom(self) -> None:
        """Have the newsroom filled anew where another version had filled it; one that nobody needs stays empty."""
        async with infrastructure().unit_of_work(job(SANDBOX_NEWSROOM_ID)):
            repository = SandboxRepository(await connection(), job(SANDBOX_NEWSROOM_ID))
            if await repository.edition() not in (None, newsroom.edition()):
                await infrastructure().jobs.enqueue(await session(), FILL_TASK, queueing_lock=FILL_TASK)

    async def fill_newsroom(self) -> bool:
        """Fill the newsroom of test keys, or fill it anew where this version would fill it otherwise; whether it did.

        All of it is one transaction: whoever reads meanwhile sees it as it was.
        """
        infra, principal, edition = infrastructure(), job(SANDBOX_NEWSROOM_ID), newsroom.edition()
        async with infra.unit_of_work(principal):
            if await SandboxRepository(await connection(), principal).edition() == edition:
                return False
        sources = await newsroom.read()
        async with infra.unit_of_work(principal):
            repository = SandboxRepository(await connection(), principal)
            await repository.make(NEWSROOM_ID, slug=NEWSROOM, name="Sandbox newsroom", plan=OPERATOR)
            await ingest.lock(principal)
            if await repository.edition() == edition:
                return False
            await repository.clear()
            rows = [
                {name: getattr(each, name) for name in ("id", "slug", "kind", "name", "language", "state", "reason")}
                for each in sources
            ]
            await repository.add_sources(rows, edition=edition, opened_at=newsroom.OPENED_AT, polled_at=EPOCH)
            polls = [(at, number, drafts) for number, each in enumerate(sources) for at, drafts in each.polls]
            for at, number, drafts in sorted(polls, key=lambda poll: poll[:2]):
                source = sources[number]
                profile = SourceProfile(source.id, source.name, source.language)
                await ingest.absorb(principal, profile, drafts, now=at, identify=newsroom.identify(source))
        return True


sandboxes: Final = Sandboxes()
