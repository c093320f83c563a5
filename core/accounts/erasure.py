"""The end of an account: when its time of grace is over, a job takes everything of the person away."""

from dataclasses import replace
from typing import Final
from uuid import UUID

from core.accounts.repository import AccountRepository, accounts_to_erase
from core.audit.service import audit
from core.identities.service import identities
from core.infra.context import infrastructure
from core.infra.db import act_for, session
from core.kit import ids
from core.kit.principal import NEWSROOM_ID, Principal, job
from core.sessions.service import person_of

TASK: Final = "accounts:erase_account"
AT_ONCE: Final = 100
NOBODY: Final = "Deleted account"
"""The name that others see beside what the person wrote."""

NO_ADDRESS: Final = "deleted@account.invalid"
"""In the place of the address in invitations that the person has accepted (RFC 2606: nobody has it)."""


async def schedule_erasures() -> int:
    """Put a job into the queue for each account whose time is over; how many. An account waits there once."""
    infra = infrastructure()
    async with infra.unit_of_work(job(NEWSROOM_ID)):
        due = await accounts_to_erase(await session(), at=infra.clock.now(), most=AT_ONCE)
        for account_id, home in due:
            await infra.jobs.enqueue(
                await session(),
                TASK,
                queueing_lock=f"erase {account_id}",
                account_id=str(account_id),
                organization_id=str(home),
            )
    return len(due)


async def erase(account_id: UUID, home: UUID) -> None:
    """Remove an account: address, name, password, sessions, links to providers, memberships, personal organisation.

    Providers that tokens are kept of are told that the consent has ended.
    What the person wrote in shared organisations stays there, without the name. One that nobody else is in goes too;
    one that has no other owner gets the highest and oldest of its members. Nothing happens to an account that was
    restored in the meantime, or erased already. `home` is the personal organisation.
    """
    infra = infrastructure()
    person = person_of(account_id, home, "owner")
    async with infra.unit_of_work(person):
        repository = AccountRepository(await session(), person)
        profile = await repository.get(lock=True)
        if profile is None or profile.erase_after is None or profile.erase_after > infra.clock.now():
            return
        for organization_id, kind, role in await repository.memberships():
            if kind != "personal":
                await _leave(replace(person, organization_id=organization_id), is_owner=role == "owner")
        for organization_id in await repository.guest_of():
            await _forget_address(replace(person, organization_id=organization_id))
        await act_for(person)
        await identities.give_up(person)
        await repository.delete()
        await repository.delete_organization()
        audit.record(job(NEWSROOM_ID), "account.erased", target=("account", account_id))
        infra.changes.announce(account_id, home)


async def _leave(person: Principal, *, is_owner: bool) -> None:
    await act_for(person)
    repository = AccountRepository(await session(), person)
    others, owners = await repository.other_members()
    if not others:
        await repository.delete_organization()
        infrastructure().changes.announce(person.organization_id)
        return
    await repository.rename(NOBODY)
    await _forget_address(person)
    worker = job(person.organization_id)
    audit.record(worker, "member.removed", target=("user", person.principal_id), after={"reason": "account erased"})
    if is_owner and not owners:
        successor = await repository.promote_successor()
        after = {"role": "owner", "in_place_of": ids.encode("acct", person.principal_id)}
        audit.record(worker, "member.updated", target=("user", successor), after=after)
        infrastructure().changes.announce(successor)


async def _forget_address(person: Principal) -> None:
    """In an organisation that the person was invited to, as a member or to a list."""
    await act_for(person)
    await AccountRepository(await session(), person).forget_address(NO_ADDRESS)
