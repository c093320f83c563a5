"""What becomes of a linked Reddit: the person's own subreddits are read, with tokens that are renewed and rotated."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from core.accounts.erasure import erase
from core.identities import grants, tasks
from core.identities.polling import CONSENT_GONE
from core.identities.types import IdentityRow
from core.infra.context import Infrastructure
from core.infra.http import Egress
from core.ingest.clients import Clients
from core.ingest.polling import poll_source
from core.kit.principal import job
from core.sandbox.identity.people import PEOPLE
from core.sandbox.reddit import SUBREDDITS
from core.sources.service import sources
from tests.core.identities.journeys import Journeys, caller
from tests.support.job_runner import run_jobs
from tests.support.newsroom import NewsroomControl
from tests.support.people import Person

ADA = PEOPLE["ada_harbour"]


class Reader:
    """A person who has linked Reddit, and the polls of what that person reads."""

    def __init__(self, infra: Infrastructure, journeys: Journeys, egress: Egress, person: Person) -> None:
        self.person = person
        self._infra = infra
        self._journeys = journeys
        self._egress = egress

    async def link(self) -> IdentityRow:
        return await self._journeys.link(self.person, "reddit", ADA.login)

    @property
    def source(self) -> dict[str, Any]:
        return self._journeys.database.row("SELECT * FROM sources WHERE organization_id = %s", self.person.organization)

    async def poll(self) -> dict[str, Any]:
        """The source after a poll."""
        clients = Clients(self._infra.settings, self._egress)
        await poll_source(clients, self.person.organization, self.source["id"], asked_for=True)
        return self.source

    async def token(self, identity_id: UUID) -> str | None:
        where = self._infra.settings, self._egress, job(self.person.organization), identity_id
        return await grants.access_token(*where)

    async def state(self) -> str:
        (row,) = await self._journeys.linked(self.person)
        return row.state

    async def work(self) -> None:
        """The jobs of identities that are due; those of other features are none of ours."""
        self._journeys.database.rows("DELETE FROM procrastinate_jobs WHERE task_name <> %s", grants.WITHDRAW_TASK)
        await run_jobs(self._infra, tasks.blueprint(), tasks.NAMESPACE, egress=self._egress)

    def expire(self) -> None:
        """Let the access token end."""
        self._journeys.database.rows("UPDATE identity_tokens SET access_ends_at = now()")


@pytest.fixture
async def reader(infra: Infrastructure, journeys: Journeys, providers: NewsroomControl) -> AsyncIterator[Reader]:
    journeys.database.rows("DELETE FROM linked_identities")
    async with Egress.from_settings(infra.settings) as egress:
        yield Reader(infra, journeys, egress, journeys.person())


def renewals(providers: NewsroomControl) -> int:
    return sum(entry["path"].endswith("access_token") for entry in providers.requests("reddit"))


async def test_the_person_s_own_subreddits_are_read(reader: Reader, infra: Infrastructure, journeys: Journeys) -> None:
    await reader.link()
    source = await reader.poll()
    assert (source["state"], source["kind"], source["slug"]) == ("healthy", "reddit", f"reddit_{ADA.login}")
    read = journeys.database.rows(
        "SELECT DISTINCT publisher FROM articles WHERE organization_id = %s", reader.person.organization
    )
    assert {row["publisher"] for row in read} == {f"r/{name}" for name in ADA.subreddits}
    assert set(ADA.subreddits) < set(SUBREDDITS)


async def test_nobody_else_sees_what_a_person_reads(reader: Reader, journeys: Journeys) -> None:
    await reader.link()
    await reader.poll()
    mine = await sources.list(caller(reader.person), limit=100)
    others = await sources.list(caller(journeys.person()), limit=100)
    assert [row.name for row in mine.rows] == [f"Reddit: u/{ADA.login}"]
    assert others.rows == ()


async def test_nothing_that_could_read_for_the_person_stands_in_the_source(reader: Reader) -> None:
    row = await reader.link()
    assert reader.source["config"] == {"followed": True, "identity": str(row.id)}


async def test_a_token_that_is_good_is_used_again(reader: Reader, providers: NewsroomControl) -> None:
    await reader.link()
    before = renewals(providers)
    await reader.poll()
    await reader.poll()
    assert renewals(providers) == before


async def test_a_token_that_has_ended_is_renewed(reader: Reader, providers: NewsroomControl) -> None:
    await reader.link()
    reader.expire()
    before = renewals(providers)
    assert (await reader.poll())["state"] == "healthy"
    assert (await reader.poll())["state"] == "healthy"
    assert renewals(providers) == before + 1


async def test_a_token_that_reddit_ends_before_its_time_is_renewed(reader: Reader, providers: NewsroomControl) -> None:
    await reader.link()
    providers.newsroom.identity.access.clear()
    assert (await reader.poll())["state"] == "healthy"


async def test_a_rotated_refresh_token_takes_the_place_of_the_old_one(
    reader: Reader, providers: NewsroomControl
) -> None:
    providers.command(identity={"provider": "reddit", "misbehave": "refresh_rotated"})
    await reader.link()
    for _ in range(3):
        reader.expire()
        assert (await reader.poll())["state"] == "healthy"


async def test_workers_that_renew_at_once_do_it_once(reader: Reader, providers: NewsroomControl) -> None:
    """With rotation the second refresh would send a token that is no longer good."""
    providers.command(identity={"provider": "reddit", "misbehave": "refresh_rotated"})
    row = await reader.link()
    reader.expire()
    before = renewals(providers)
    tokens = await asyncio.gather(*(reader.token(row.id) for _ in range(3)))
    assert len(set(tokens)) == 1
    assert None not in tokens
    assert renewals(providers) == before + 1


async def test_consent_that_was_withdrawn_is_shown_and_not_asked_for_again(
    reader: Reader, providers: NewsroomControl
) -> None:
    await reader.link()
    providers.command(identity={"revoke": ADA.login})
    source = await reader.poll()
    assert (source["state"], source["state_reason"]) == ("failing", CONSENT_GONE)
    assert await reader.state() == "revoked"
    before = len(providers.requests("reddit"))
    assert (await reader.poll())["state_reason"] == CONSENT_GONE
    assert len(providers.requests("reddit")) == before


async def test_linking_again_mends_withdrawn_consent(reader: Reader, providers: NewsroomControl) -> None:
    first = await reader.link()
    providers.command(identity={"revoke": ADA.login})
    await reader.poll()
    assert (await reader.link()).id == first.id
    assert await reader.state() == "active"
    assert (await reader.poll())["state"] == "healthy"


async def test_a_reddit_that_is_away_revokes_nothing(reader: Reader, providers: NewsroomControl) -> None:
    await reader.link()
    reader.expire()
    providers.fail("reddit", status=503)
    assert (await reader.poll())["state"] == "failing"
    assert await reader.state() == "active"
    providers.heal("reddit")
    assert (await reader.poll())["state"] == "healthy"


async def test_tokens_that_were_sealed_under_another_secret_are_as_good_as_revoked(
    reader: Reader, journeys: Journeys
) -> None:
    await reader.link()
    journeys.database.rows("UPDATE identity_tokens SET sealed_access = sealed_refresh")
    assert (await reader.poll())["state_reason"] == CONSENT_GONE
    assert await reader.state() == "revoked"


async def test_unlinking_ends_the_reading(reader: Reader, journeys: Journeys, providers: NewsroomControl) -> None:
    row = await reader.link()
    await journeys.unlink(reader.person, row)
    before = len(providers.requests("reddit"))
    assert (await reader.poll())["state"] == "paused"
    assert len(providers.requests("reddit")) == before


async def test_unlinking_has_reddit_forget_the_consent_too(
    reader: Reader, journeys: Journeys, providers: NewsroomControl
) -> None:
    row = await reader.link()
    await journeys.unlink(reader.person, row)
    await reader.work()
    desk = providers.newsroom.identity
    assert (desk.refresh, desk.access) == ({}, {})
    done = journeys.database.row("SELECT status FROM procrastinate_jobs WHERE task_name = %s", grants.WITHDRAW_TASK)
    assert done["status"] == "succeeded"


async def test_erasing_an_account_has_reddit_forget_the_consent(
    reader: Reader, journeys: Journeys, providers: NewsroomControl
) -> None:
    await reader.link()
    person = reader.person
    journeys.people.execute("UPDATE accounts SET erase_after = now() WHERE id = %s", person.account_id)
    await erase(person.account_id, person.organization)
    await reader.work()
    desk = providers.newsroom.identity
    assert (desk.refresh, desk.access) == ({}, {})


async def test_a_reddit_that_is_away_is_told_later(
    reader: Reader, journeys: Journeys, providers: NewsroomControl
) -> None:
    await journeys.unlink(reader.person, await reader.link())
    providers.fail("reddit", status=500)
    await reader.work()
    waiting = journeys.database.row("SELECT * FROM procrastinate_jobs WHERE task_name = %s", grants.WITHDRAW_TASK)
    assert (waiting["status"], waiting["attempts"]) == ("todo", 1)
    assert not any(token in str(waiting["args"]) for token in providers.newsroom.identity.refresh)


async def test_who_follows_nothing_reads_nothing(
    reader: Reader, journeys: Journeys, providers: NewsroomControl
) -> None:
    await journeys.link(reader.person, "reddit", "eve_quiet")
    assert (await reader.poll())["state"] == "healthy"
    assert not any("/r/" in entry["path"] for entry in providers.requests("reddit"))
