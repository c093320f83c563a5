"""Sessions: who sees them, how they end, and how soon every process hears of what a token rests on."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from core.errors import (
    AccountSuspended,
    Forbidden,
    InvalidCursor,
    OrganizationNotFound,
    OrganizationSuspended,
    SessionNotFound,
    Unauthenticated,
)
from core.infra.changes import Changes
from core.infra.context import Infrastructure
from core.infra.db import Database
from core.infra.redis import RedisClient
from core.kit import ids
from core.kit.principal import Principal, operator
from core.organizations.service import organizations
from core.sessions.authenticator import SessionAuthenticator
from core.sessions.service import KEPT, sessions
from tests.support.infrastructure import OTHER_ID
from tests.support.people import People, Person
from tests.support.waiting import until


class Process:
    """An API process as far as people's authentication goes."""

    def __init__(self, infra: Infrastructure) -> None:
        assert infra.settings.redis_url is not None
        redis = RedisClient(infra.settings.redis_url.get_secret_value())
        self.infra = dataclasses.replace(infra, redis=redis, changes=Changes(redis))
        self.authenticator = SessionAuthenticator(self.infra)

    async def __aenter__(self) -> "Process":
        await self.authenticator.__aenter__()
        await until(lambda: self.authenticator._known.is_hearing(), "the subscription")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.authenticator.__aexit__(None, None, None)
        await self.infra.redis.close()

    def knows(self, person: Person) -> bool:
        return self.authenticator._known.get(person.token) is not None


@pytest.fixture
async def process(infra: Infrastructure) -> AsyncIterator[Process]:
    async with Process(infra) as process:
        yield process


async def _principal(person: Person) -> Principal:
    found = await sessions.find(person.token)
    assert found is not None
    return found.principal


async def test_a_caller_that_is_no_person_has_no_session(infra: Infrastructure) -> None:
    key = Principal(OTHER_ID, ids.new_id(), "api_key")
    async with infra.unit_of_work(key):
        with pytest.raises(Forbidden):
            await sessions.log_out(key)
        with pytest.raises(Forbidden):
            await sessions.switch(key, ids.encode("org", OTHER_ID))


async def test_sessions_of_another_person_do_not_exist(infra: Infrastructure, people: People) -> None:
    mine, theirs = people.person("owner", OTHER_ID), people.person("owner", OTHER_ID)
    me = await _principal(mine)
    async with infra.unit_of_work(me):
        assert [row.id for row in (await sessions.list(me, limit=10)).rows] == [me.session_id]
        for attempt in (sessions.get(me, theirs.session_id), sessions.end(me, theirs.session_id)):
            with pytest.raises(SessionNotFound):
                await attempt
    assert await sessions.find(theirs.token) is not None


async def test_nobody_switches_to_an_organisation_of_others(infra: Infrastructure, people: People) -> None:
    me = await _principal(people.person())
    for unknown in (ids.encode("org", OTHER_ID), ids.encode("org", ids.new_id()), "org_", "x"):
        async with infra.unit_of_work(me):
            with pytest.raises(OrganizationNotFound):
                await sessions.switch(me, unknown)


@pytest.mark.parametrize("session_id", ["ses_", "acct_0351GdabK1LZUqvig870sS", "ses_" + "z" * 22, ""])
async def test_a_session_that_is_not_there_is_not_found(infra: Infrastructure, people: People, session_id: str) -> None:
    me = await _principal(people.person())
    async with infra.unit_of_work(me):
        with pytest.raises(SessionNotFound):
            await sessions.get(me, session_id)


async def test_a_token_of_a_session_that_ended_expired_or_was_never_stands_for_nobody(
    infra: Infrastructure, people: People
) -> None:
    person, now = people.person(), datetime.now(UTC)
    account, home = person.account_id, person.organization
    for columns in ({"ended_at": now, "end_reason": "ended"}, {"expires_at": now - timedelta(seconds=1)}):
        over = people.session(account, home, **columns)
        with pytest.raises(Unauthenticated):
            await SessionAuthenticator(infra).authenticate(over.token)
    people.execute("DELETE FROM sessions")
    with pytest.raises(Unauthenticated):
        await SessionAuthenticator(infra).authenticate(person.token)


async def test_a_session_of_one_person_does_not_carry_another_s_token(infra: Infrastructure, people: People) -> None:
    mine, theirs = people.person(), people.person()
    people.execute("UPDATE sessions SET account_id = %s WHERE account_id = %s", mine.account_id, theirs.account_id)
    assert await sessions.find(theirs.token) is None


async def test_a_known_token_ends_at_its_end(infra: Infrastructure, people: People) -> None:
    short = people.person(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    with pytest.raises(Unauthenticated):
        await SessionAuthenticator(infra).authenticate(short.token)


async def test_a_token_has_the_scopes_of_the_role_where_it_acts(infra: Infrastructure, people: People) -> None:
    for role in ("viewer", "editor", "admin", "owner"):
        principal = await _principal(people.person(role, OTHER_ID))
        assert (principal.role, principal.scopes) == (role, organizations.scopes_of(role))
        assert principal.requests_per_hour == infra.settings.user_requests_per_hour


async def test_a_token_is_looked_up_once_and_then_known_without_the_database(
    infra: Infrastructure, people: People, process: Process
) -> None:
    person = people.person()
    await asyncio.gather(*(process.authenticator.authenticate(person.token) for _ in range(20)))
    gone = dataclasses.replace(process.infra, db=Database("postgresql://localhost:1/nowhere", pool_size=2))
    process.authenticator._infra = gone
    assert (await process.authenticator.authenticate(person.token)).principal_id == person.account_id


async def _end_session(infra: Infrastructure, people: People, person: Person) -> type[Exception]:
    me = await _principal(person)
    async with infra.unit_of_work(me):
        await sessions.end(me, person.session_id)
    return Unauthenticated


async def _suspend_account(infra: Infrastructure, people: People, person: Person) -> type[Exception]:
    people.execute("UPDATE accounts SET suspended_at = now() WHERE id = %s", person.account_id)
    async with infra.unit_of_work(operator()):
        infra.changes.announce(person.account_id)
    return AccountSuspended


async def _suspend_organization(infra: Infrastructure, people: People, person: Person) -> type[Exception]:
    async with infra.unit_of_work(operator()):
        await organizations.administer("other", {"suspended_at": infra.clock.now()})
    return OrganizationSuspended


async def _end_membership(infra: Infrastructure, people: People, person: Person) -> type[Exception]:
    people.execute("DELETE FROM memberships WHERE organization_id = %s", OTHER_ID)
    async with infra.unit_of_work(operator()):
        infra.changes.announce(person.account_id)
    return Unauthenticated


@pytest.mark.parametrize("change", [_end_session, _suspend_account, _suspend_organization, _end_membership])
async def test_every_process_hears_of_whatever_a_token_rests_on(
    infra: Infrastructure, people: People, process: Process, change: Callable[..., object]
) -> None:
    person = people.person("editor", OTHER_ID)
    async with Process(infra) as other:
        for each in (process, other):
            await each.authenticator.authenticate(person.token)
        refusal = await change(infra, people, person)  # type: ignore[misc]  # each is a coroutine function
        for each in (process, other):
            await until(lambda each=each: not each.knows(person), "the news")  # type: ignore[misc]  # bound now
            with pytest.raises(refusal):
                await each.authenticator.authenticate(person.token)


async def test_pages_hold_every_session_once_newest_first(infra: Infrastructure, people: People) -> None:
    person = people.person()
    others = [people.session(person.account_id, person.organization).session_id for _ in range(4)]
    me = await _principal(person)
    seen, cursor = [], None
    async with infra.unit_of_work(me):
        while True:
            page = await sessions.list(me, limit=2, cursor=cursor)
            seen += [ids.encode("ses", row.id) for row in page.rows]
            cursor = page.next_cursor
            if not page.has_more:
                break
    assert sorted(seen) == sorted([person.session_id, *others])
    stranger = await _principal(people.person())
    async with infra.unit_of_work(me):
        cursor = (await sessions.list(me, limit=1)).next_cursor
    async with infra.unit_of_work(stranger):
        with pytest.raises(InvalidCursor):
            await sessions.list(stranger, limit=1, cursor=cursor)


async def test_ending_all_but_one_leaves_that_one(infra: Infrastructure, people: People) -> None:
    person = people.person()
    others = [people.session(person.account_id, person.organization) for _ in range(3)]
    me = await _principal(person)
    async with infra.unit_of_work(me):
        assert await sessions.end_all(me, but=me.session_id) == 3
    assert [await sessions.find(other.token) for other in others] == [None] * 3
    assert await sessions.find(person.token) is not None


async def test_sessions_that_are_long_over_are_purged(infra: Infrastructure, people: People) -> None:
    person, now = people.person(), datetime.now(UTC)
    for over_for in (KEPT + timedelta(minutes=1), KEPT - timedelta(minutes=1)):
        people.session(person.account_id, person.organization, expires_at=None, created_at=now - 2 * over_for)
        people.execute("UPDATE sessions SET expires_at = %s WHERE created_at = %s", now - over_for, now - 2 * over_for)
    await sessions.maintain()
    with psycopg.connect(infra.db.url) as owner:
        assert owner.execute("SELECT count(*) FROM sessions").fetchone() == (2,)
