"""Acting in one of several organisations, keys of people, and suspensions that every process hears of."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from core.errors import (
    Forbidden,
    InsufficientScope,
    OrganizationNotFound,
    OrganizationSuspended,
    SlugTaken,
    Unprocessable,
)
from core.infra.changes import Changes
from core.infra.context import Infrastructure
from core.infra.db import session
from core.infra.redis import RedisClient
from core.keys.authenticator import ApiKeyAuthenticator
from core.keys.service import keys
from core.kit import ids
from core.kit.principal import NEWSROOM_ID, Principal, Role, operator
from core.organizations.service import organizations
from tests.support.infrastructure import OTHER_ID
from tests.support.people import People
from tests.support.waiting import until

MAKE: dict[str, Any] = {"name": "import", "scopes": ["articles:read"]}


@pytest.fixture
def desk(people: People) -> UUID:
    return people.organization("harbour-desk")


def acting(people: People, role: Role, organization_id: UUID) -> Principal:
    """A member who acts there."""
    person = people.person(role, organization_id)
    return Principal(organization_id, person.account_id, "user", organizations.scopes_of(role), role=role)


def at_home(people: People, member: Principal) -> Principal:
    """The same person, acting at home."""
    home = people._connection.execute(
        "SELECT personal_organization_id FROM accounts WHERE id = %s", (member.principal_id,)
    ).fetchall()[0][0]
    return Principal(home, member.principal_id, "user", organizations.scopes_of("owner"), role="owner")


async def test_somebody_who_is_no_member_finds_no_organisation(
    infra: Infrastructure, people: People, desk: UUID
) -> None:
    callers = (
        acting(people, "owner", OTHER_ID),
        Principal(OTHER_ID, ids.new_id(), "api_key", frozenset({"organization:write"})),
    )
    for caller in callers:
        async with infra.unit_of_work(caller):
            for organization_id in (ids.encode("org", desk), ids.encode("org", NEWSROOM_ID), "org_", "key_1", ""):
                with pytest.raises(OrganizationNotFound):
                    await organizations.act_in(caller, organization_id)


async def test_a_member_acts_there_with_the_role_of_that_membership(
    infra: Infrastructure, people: People, desk: UUID
) -> None:
    member = acting(people, "viewer", desk)
    home = at_home(people, member)
    async with infra.unit_of_work(home):
        there = await organizations.act_in(home, ids.encode("org", desk))
        assert (there.organization_id, there.role, there.scopes) == (desk, "viewer", organizations.scopes_of("viewer"))
        found = (await (await session()).execute(text("SELECT current_organization()"))).scalar_one()
        assert found == desk
        with pytest.raises(Forbidden):
            await organizations.require(there, "keys.create")


@pytest.mark.parametrize("role", ["viewer", "editor"])
async def test_a_role_below_the_policy_makes_no_key(
    infra: Infrastructure, people: People, desk: UUID, role: Role
) -> None:
    member = acting(people, role, desk)
    async with infra.unit_of_work(member):
        with pytest.raises(Forbidden):
            await keys.create(member, **MAKE)


async def test_a_policy_keeps_keys_to_owners_and_lets_admins_revoke(
    infra: Infrastructure, people: People, desk: UUID
) -> None:
    owner, admin = acting(people, "owner", desk), acting(people, "admin", desk)
    async with infra.unit_of_work(owner):
        await organizations.update(owner, ids.encode("org", desk), {"policies": {"create_keys": "owner"}})
        made = await keys.create(owner, **MAKE)
    key_id = ids.encode("key", made.id)
    async with infra.unit_of_work(admin):
        for attempt in (
            keys.create(admin, **MAKE),
            keys.update(admin, key_id, {"name": "mine"}),
            keys.rotate(admin, key_id, overlap_seconds=0),
        ):
            with pytest.raises(Forbidden):
                await attempt
        await keys.revoke(admin, key_id)


async def test_a_person_gives_a_key_no_more_than_the_role_and_the_plan_have(
    infra: Infrastructure, people: People, desk: UUID
) -> None:
    admin = acting(people, "admin", desk)
    async with infra.unit_of_work(admin):
        with pytest.raises(Unprocessable) as refusal:
            await keys.create(admin, name="x", scopes=["account:read", "articles:read"])
        assert [error.pointer for error in refusal.value.errors] == ["/scopes"]
        with pytest.raises(Forbidden, match="at most 100 requests"):
            await keys.create(admin, **MAKE, requests_per_hour=101)
        made = await keys.create(admin, **MAKE, requests_per_hour=100)
    weak = Principal(desk, admin.principal_id, "user", frozenset({"keys:write"}), role="admin")
    async with infra.unit_of_work(weak):
        with pytest.raises(InsufficientScope):
            await keys.create(weak, **MAKE)
    found = await keys.authenticate(made.key)
    assert (found.requests_per_hour, found.organization_requests_per_hour) == (100, 1000)


async def test_no_key_gets_what_only_a_person_can_do(infra: Infrastructure) -> None:
    async with infra.unit_of_work(operator()):
        with pytest.raises(Unprocessable):
            await keys.create(operator(), name="x", scopes=["account:write"])


@pytest.fixture
async def elsewhere(infra: Infrastructure) -> AsyncIterator[ApiKeyAuthenticator]:
    """What another process knows of keys; it hears of changes only as they are published."""
    assert infra.settings.redis_url is not None
    redis = RedisClient(infra.settings.redis_url.get_secret_value())
    other = replace(infra, redis=redis, changes=Changes(redis))
    async with ApiKeyAuthenticator(other) as authenticator:
        yield authenticator
    await redis.close()


async def refuses(authenticator: ApiKeyAuthenticator, token: str) -> bool:
    try:
        await authenticator.authenticate(token)
    except OrganizationSuspended:
        return True
    return False


async def serves(authenticator: ApiKeyAuthenticator, token: str) -> bool:
    return not await refuses(authenticator, token)


async def test_a_suspension_is_heard_by_every_process_and_ends_again(
    infra: Infrastructure, people: People, desk: UUID, elsewhere: ApiKeyAuthenticator
) -> None:
    owner = acting(people, "owner", desk)
    async with infra.unit_of_work(owner):
        made = await keys.create(owner, **MAKE)
    await until(lambda: elsewhere._known.is_hearing())
    assert await serves(elsewhere, made.key)
    async with infra.unit_of_work(operator()):
        await organizations.administer("harbour-desk", {"suspended_at": infra.clock.now()})
    await until(lambda: refuses(elsewhere, made.key))
    async with infra.unit_of_work(operator()):
        await organizations.administer("harbour-desk", {"suspended_at": None})
    await until(lambda: serves(elsewhere, made.key))


async def test_another_plan_changes_the_budgets_of_known_keys(
    infra: Infrastructure, people: People, desk: UUID
) -> None:
    owner = acting(people, "owner", desk)
    async with infra.unit_of_work(owner):
        made = await keys.create(owner, **MAKE)
    async with ApiKeyAuthenticator(infra) as authenticator:
        assert (await authenticator.authenticate(made.key)).organization_requests_per_hour == 1000
        async with infra.unit_of_work(operator()):
            await organizations.administer("harbour-desk", {"plan": "team"})
        after = await authenticator.authenticate(made.key)
    assert (after.requests_per_hour, after.organization_requests_per_hour) == (1000, 20_000)


async def test_the_operator_makes_an_organisation_and_its_keys(infra: Infrastructure) -> None:
    async with infra.unit_of_work(operator()):
        row = await organizations.establish(name="Pier Nine", slug="pier-nine", plan="team")
    async with infra.unit_of_work(operator()):
        there = await organizations.act_as_operator("pier-nine")
        made = await keys.create(there, **MAKE)
    assert (await keys.authenticate(made.key)).organization_id == row.id
    async with infra.unit_of_work(operator()):
        with pytest.raises(SlugTaken):
            await organizations.establish(name="Again", slug="pier-nine", plan="free")
        with pytest.raises(OrganizationNotFound):
            await organizations.act_as_operator("nowhere")
    async with infra.unit_of_work(operator()):
        assert {row.slug for row in await organizations.everything()} >= {"newsroom", "other", "pier-nine"}
