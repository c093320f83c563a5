"""What test keys act in: an organisation's sandbox, made with its first test key, and the newsroom of them all."""

from typing import Final
from uuid import UUID

from core.audit.service import audit
from core.errors import Forbidden
from core.infra.context import infrastructure
from core.infra.db import act_for, connection, session
from core.ingest.service import ingest
from core.ingest.types import SourceProfile
from core.kit import ids
from core.kit.principal import NEWSROOM_ID, SANDBOX_NEWSROOM_ID, Principal, job, owner_of, sandbox_of
from core.plans.service import OPERATOR
from core.sandbox.clock import EPOCH
from core.sandboxes.edition import edition as own_edition
from core.sandboxes.repository import SandboxRepository

FILL_TASK: Final = "sandboxes:fill_newsroom"
NEWSROOM: Final = f"sandbox-{SANDBOX_NEWSROOM_ID.hex}"
"""Its short name; nobody is told it."""

_NAME_CHARACTERS: Final = 100


class Sandboxes:
    """`admit`, `reset` and `reset_own` need a unit of work; the others bring their own."""

    async def admit(self, principal: Principal, key_id: UUID, name: str) -> None:
        """Let a test key of the principal's organisation act in the sandbox, which is made with the first of them."""
        mine, there = SandboxRepository(await connection(), principal), job(sandbox_of(principal.organization_id))
        title, plan = await mine.about()
        await act_for(there)
        repository = SandboxRepository(await connection(), there)
        if not principal.in_sandbox:
            await repository.make(principal.organization_id, slug=_slug(), name=_name(title), plan=plan)
        await repository.admit(key_id, name)
        if await repository.edition() != own_edition():
            await infrastructure().jobs.enqueue(await session(), FILL_TASK, queueing_lock=FILL_TASK)
        await act_for(principal)

    async def reset(self, principal: Principal) -> bool:
        """Remove all that test keys have written into the organisation's sandbox; False where it has none.

        The organisation's own test keys go on working, in a sandbox as new; those that test keys have made are gone.
        """
        was_there = await self._renew(principal)
        await act_for(principal)
        if was_there:
            audit.record(principal, "sandbox.reset", target=("organization", principal.organization_id))
        return was_there

    async def reset_own(self, principal: Principal) -> None:
        """The same for the sandbox that a test key acts in, as this key's act, which the new audit log begins with.

        Raises `Forbidden` for whoever is no test key, and for a test key that another one has made.
        """
        if not principal.in_sandbox:
            raise Forbidden("Only a test key can empty the sandbox: make one with the mode `test`.")
        owner = job(owner_of(principal.organization_id))
        await act_for(owner)
        if not await SandboxRepository(await connection(), owner).has_test_key(principal.principal_id):
            raise Forbidden("A key that a test key has made ends with the sandbox: use one of the organisation's own.")
        await self._renew(owner)
        audit.record(principal, "sandbox.reset", target=("organization", principal.organization_id))

    async def _renew(self, owner: Principal) -> bool:
        """Have an organisation's sandbox as new, and go on in it; False where it has none."""
        there = job(sandbox_of(owner.organization_id))
        title, plan = await SandboxRepository(await connection(), owner).about()
        await act_for(there)
        repository = SandboxRepository(await connection(), there)
        renewed = await repository.renew(slug=_slug(), name=_name(title), plan=plan)
        if renewed:
            infrastructure().changes.announce(there.organization_id)
        return renewed

    async def keep_newsroom(self) -> None:
        """Have the newsroom filled anew where another version had filled it; one that nobody needs stays empty."""
        async with infrastructure().unit_of_work(job(SANDBOX_NEWSROOM_ID)):
            repository = SandboxRepository(await connection(), job(SANDBOX_NEWSROOM_ID))
            if await repository.edition() not in (None, own_edition()):
                await infrastructure().jobs.enqueue(await session(), FILL_TASK, queueing_lock=FILL_TASK)

    async def fill_newsroom(self) -> bool:
        """Fill the newsroom of test keys, or fill it anew where this version would fill it otherwise; whether it did.

        All of it is one transaction: whoever reads meanwhile sees it as it was.
        """
        from core.sandboxes import newsroom  # with every client and parser there is; few processes fill it

        infra, principal, edition = infrastructure(), job(SANDBOX_NEWSROOM_ID), own_edition()
        async with infra.unit_of_work(principal):
            if await SandboxRepository(await connection(), principal).edition() == edition:
                return False
        sources = await newsroom.read()
        async with infra.unit_of_work(principal):
            repository = SandboxRepository(await connection(), principal)
            await ingest.lock(principal)  # before all else: whoever else fills it has the lock for seconds
            await repository.make(NEWSROOM_ID, slug=NEWSROOM, name="Sandbox newsroom", plan=OPERATOR)
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


def _slug() -> str:
    """A short name that nobody else has, or can have taken before."""
    return f"sandbox-{ids.new_id().hex}"


def _name(title: str) -> str:
    return title[:_NAME_CHARACTERS]


sandboxes: Final = Sandboxes()
