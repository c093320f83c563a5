"""Registration, log-in, profile, password, and the way out and back."""

import asyncio
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from argon2 import PasswordHasher

from core.accounts.service import accounts
from core.accounts.types import Profile
from core.errors import (
    AccountSuspended,
    Conflict,
    EmailTaken,
    Forbidden,
    InvalidCredentials,
    LastOwner,
    Unprocessable,
    WeakPassword,
)
from core.infra.context import Infrastructure
from core.kit import ids
from core.kit.principal import NEWSROOM_ID, Principal, anonymous
from core.sessions.service import sessions
from core.sessions.types import Tokens
from tests.support.infrastructure import OTHER_ID
from tests.support.people import PASSWORD, People

EMAIL = "ada@people.example"


async def register(infra: Infrastructure, email: str = EMAIL, **values: Any) -> Profile:
    async with infra.unit_of_work(anonymous()):
        return await accounts.register(**{"email": email, "password": PASSWORD, **values})


async def log_in(infra: Infrastructure, email: str = EMAIL, password: str = PASSWORD) -> Tokens:
    async with infra.unit_of_work(anonymous()):
        return await accounts.log_in(email=email, password=password)


async def principal_of(token: str) -> Principal:
    found = await sessions.find(token)
    assert found is not None
    return found.principal


async def logged_in(infra: Infrastructure) -> Principal:
    await register(infra)
    return await principal_of((await log_in(infra)).access_token)


def count(infra: Infrastructure, table: str) -> int:
    with psycopg.connect(infra.db.url) as owner:
        row = owner.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    return int(row[0])


async def test_a_key_has_no_account(infra: Infrastructure) -> None:
    key = Principal(NEWSROOM_ID, ids.new_id(), "api_key")
    async with infra.unit_of_work(key):
        for attempt in (accounts.profile(key), accounts.own(key), accounts.delete(key), accounts.restore(key)):
            with pytest.raises(Forbidden):
                await attempt


async def test_an_unknown_address_and_a_wrong_password_are_refused_alike(infra: Infrastructure) -> None:
    await register(infra)
    refusals = []
    for email, password in ((EMAIL, "another password"), ("nobody@people.example", PASSWORD), ("", "")):
        with pytest.raises(InvalidCredentials) as refusal:
            await log_in(infra, email, password)
        refusals.append((str(refusal.value), refusal.value.headers))
    assert refusals.count(refusals[0]) == 3


async def test_an_account_without_a_password_cannot_be_logged_in_to_with_one(infra: Infrastructure) -> None:
    async with infra.unit_of_work(anonymous()):
        opened = await accounts.open(email=EMAIL, name="Ada")
    assert not opened.has_password
    for password in ("", "None", PASSWORD):
        with pytest.raises(InvalidCredentials):
            await log_in(infra, EMAIL, password)


async def test_an_address_has_one_account_however_it_is_written(infra: Infrastructure) -> None:
    await register(infra)
    for email in (EMAIL, EMAIL.upper(), f"  {EMAIL}\n"):
        with pytest.raises(EmailTaken):
            await register(infra, email)
        await log_in(infra, email)
    assert count(infra, "accounts") == 1


async def test_a_refused_registration_leaves_nothing_behind(infra: Infrastructure) -> None:
    before = count(infra, "organizations")
    with pytest.raises(WeakPassword):
        await register(infra, password="password1")
    await register(infra)
    with pytest.raises(EmailTaken):
        await register(infra)
    assert count(infra, "organizations") == before + 1


async def test_of_many_who_register_an_address_at_once_one_gets_it(infra: Infrastructure) -> None:
    answers = await asyncio.gather(*(register(infra) for _ in range(4)), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["EmailTaken"] * 3 + ["Profile"]


async def test_registering_makes_an_account_with_an_organisation_of_its_own(infra: Infrastructure) -> None:
    profile = await register(infra, "Ada.L+news@People.Example", name="  Ada Lovelace ")
    assert (profile.email, profile.name, profile.has_password) == ("ada.l+news@people.example", "Ada Lovelace", True)
    me = await principal_of((await log_in(infra, profile.email)).access_token)
    assert (me.principal_id, me.organization_id, me.role) == (profile.id, profile.personal_organization_id, "owner")
    async with infra.unit_of_work(me):
        own = await accounts.own(me)
    assert (own.organization.kind, own.organization.name, own.organization.role) == (
        "personal",
        "Ada Lovelace",
        "owner",
    )
    assert own.organization.slug.startswith("ada-l-news-")
    assert own.profile.last_login_at is not None


async def test_a_name_that_is_left_out_or_blank_is_taken_from_the_address(infra: Infrastructure) -> None:
    assert (await register(infra)).name == "ada"
    assert (await register(infra, "bob@people.example", name="   ")).name == "bob"


async def test_the_password_is_nowhere_in_the_database(infra: Infrastructure) -> None:
    await logged_in(infra)
    with psycopg.connect(infra.db.url) as owner:
        for table in ("accounts", "account_passwords", "sessions", "audit_events"):
            assert PASSWORD not in str(owner.execute(f"SELECT t::text FROM {table} t").fetchall())


async def test_a_hash_with_old_parameters_is_replaced_at_log_in(infra: Infrastructure, people: People) -> None:
    await register(infra)
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    people.execute("UPDATE account_passwords SET hash = %s", weak)
    await log_in(infra)
    with psycopg.connect(infra.db.url) as owner:
        stored = owner.execute("SELECT hash FROM account_passwords").fetchall()
    assert stored[0][0] != weak
    await log_in(infra)


async def test_a_suspended_person_is_told_so_only_with_the_right_password(
    infra: Infrastructure, people: People
) -> None:
    await register(infra)
    people.execute("UPDATE accounts SET suspended_at = now()")
    with pytest.raises(InvalidCredentials):
        await log_in(infra, password="another password")
    with pytest.raises(AccountSuspended):
        await log_in(infra)


async def test_another_name_is_seen_in_every_organisation(infra: Infrastructure, people: People) -> None:
    me = await logged_in(infra)
    people.join(me.principal_id, OTHER_ID, "viewer")
    async with infra.unit_of_work(me):
        assert (await accounts.update(me, {"name": " Ada King "})).name == "Ada King"
        with pytest.raises(Unprocessable):
            await accounts.update(me, {"name": " \t"})
    with psycopg.connect(infra.db.url) as owner:
        names = owner.execute("SELECT DISTINCT name FROM principals WHERE id = %s", [me.principal_id]).fetchall()
    assert names == [("Ada King",)]


@pytest.mark.parametrize("current", [None, "", "another password"])
async def test_without_the_current_password_there_is_no_other(infra: Infrastructure, current: str | None) -> None:
    me = await logged_in(infra)
    with pytest.raises(Forbidden):
        async with infra.unit_of_work(me):
            await accounts.change_password(me, current=current, new="something else entirely")
    await log_in(infra)


async def test_a_weak_new_password_is_refused_at_its_own_place(infra: Infrastructure) -> None:
    me = await logged_in(infra)
    with pytest.raises(WeakPassword) as refusal:
        async with infra.unit_of_work(me):
            await accounts.change_password(me, current=PASSWORD, new="tidings2026")
    assert [error.pointer for error in refusal.value.errors] == ["/new_password"]


async def test_another_password_ends_every_other_session(infra: Infrastructure) -> None:
    me = await logged_in(infra)
    elsewhere = await log_in(infra)
    async with infra.unit_of_work(me):
        await accounts.change_password(me, current=PASSWORD, new="something else entirely")
    assert await sessions.find(elsewhere.access_token) is None
    async with infra.unit_of_work(me):
        assert [row.id for row in (await sessions.list(me, limit=9)).rows] == [me.session_id]
    with pytest.raises(InvalidCredentials):
        await log_in(infra)
    await log_in(infra, password="something else entirely")


async def test_an_account_without_a_password_is_given_its_first_one(infra: Infrastructure) -> None:
    async with infra.unit_of_work(anonymous()):
        await accounts.open(email=EMAIL)
    found = await accounts.find(EMAIL)
    assert found is not None
    async with infra.unit_of_work(anonymous()):
        person = await accounts.enter(found)
        await accounts.change_password(person, current=None, new=PASSWORD)
    await log_in(infra)


async def test_the_only_owner_of_others_cannot_leave_them_alone(infra: Infrastructure, people: People) -> None:
    me = await logged_in(infra)
    shared = people.organization("shared")
    people.join(me.principal_id, shared, "owner")
    people.person("admin", shared)
    with pytest.raises(LastOwner, match=ids.encode("org", shared)):
        async with infra.unit_of_work(me):
            await accounts.delete(me)
    people.person("owner", shared)
    async with infra.unit_of_work(me):
        assert (await accounts.delete(me)).erase_after is not None


async def test_a_deleted_account_waits_and_can_be_restored(infra: Infrastructure) -> None:
    me = await logged_in(infra)
    elsewhere = await log_in(infra)
    async with infra.unit_of_work(me):
        with pytest.raises(Conflict):
            await accounts.restore(me)
        deleted = await accounts.delete(me)
        assert await accounts.delete(me) == deleted
    grace = timedelta(days=infra.settings.account_grace_days)
    assert deleted.erase_after is not None
    assert abs(deleted.erase_after - infra.clock.now() - grace) < timedelta(minutes=1)
    assert await sessions.find(elsewhere.access_token) is None
    again = await principal_of((await log_in(infra)).access_token)
    async with infra.unit_of_work(again):
        assert (await accounts.restore(again)).erase_after is None


async def test_after_the_time_of_grace_nobody_logs_in_or_restores(infra: Infrastructure, people: People) -> None:
    me = await logged_in(infra)
    people.execute("UPDATE accounts SET erase_after = now()")
    with pytest.raises(InvalidCredentials):
        await log_in(infra)
    with pytest.raises(Conflict):
        async with infra.unit_of_work(me):
            await accounts.restore(me)
