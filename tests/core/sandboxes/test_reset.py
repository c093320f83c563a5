"""A sandbox can be made new: what test keys wrote goes, and their organisation's keys go on working."""

from collections.abc import AsyncIterator

import psycopg
import pytest

from core.collections.service import collections
from core.errors import Unauthenticated
from core.infra.context import Infrastructure
from core.keys.service import keys
from core.kit.crypto import KeyMode
from core.kit.principal import NEWSROOM_ID, Principal, job, operator, sandbox_of
from core.sandboxes.service import sandboxes
from tests.support.infrastructure import OTHER_ID, opened

SCOPES = ["collections:read", "collections:write", "keys:write"]


@pytest.fixture
async def infra(postgres_url: str, redis_url: str) -> AsyncIterator[Infrastructure]:
    async with opened(postgres_url, redis_url) as infra:
        yield infra


async def made(infra: Infrastructure, maker: Principal, mode: KeyMode = "test") -> str:
    async with infra.unit_of_work(maker):
        return (await keys.create(maker, name="Tried", scopes=SCOPES, mode=mode)).key


async def reset(infra: Infrastructure) -> bool:
    async with infra.unit_of_work(operator()):
        return await sandboxes.reset(operator())


def rows(infra: Infrastructure, query: str, *values: object) -> list[tuple[object, ...]]:
    with psycopg.connect(infra.db.url) as owner:
        return owner.execute(query, values).fetchall()


async def test_an_organisation_without_test_keys_has_no_sandbox_to_reset(infra: Infrastructure) -> None:
    assert not await reset(infra)
    assert rows(infra, "SELECT id FROM organizations WHERE sandbox_of IS NOT NULL") == []


async def test_after_a_reset_nothing_is_left_and_the_keys_go_on(infra: Infrastructure) -> None:
    token = await made(infra, operator())
    tester = await keys.authenticate(token)
    child = await made(infra, tester)
    async with infra.unit_of_work(tester):
        await collections.create(tester, name="Soon gone")
    live = await keys.authenticate(await made(infra, operator(), mode="live"))
    async with infra.unit_of_work(live):
        await collections.create(live, name="Stays")
    assert await reset(infra)
    assert [row[0] for row in rows(infra, "SELECT name FROM collections")] == ["Stays"]
    again = await keys.authenticate(token)
    async with infra.unit_of_work(again):
        await collections.create(again, name="Anew")
    with pytest.raises(Unauthenticated):
        await keys.authenticate(child)
    owners = rows(infra, "SELECT organization_id FROM audit_events WHERE action = 'sandbox.reset'")
    assert owners == [(NEWSROOM_ID,)]


async def test_an_organisation_that_ends_takes_its_sandbox_along(infra: Infrastructure) -> None:
    await made(infra, job(OTHER_ID))
    count = "SELECT count(*) FROM organizations WHERE id = %s"
    assert rows(infra, count, sandbox_of(OTHER_ID)) == [(1,)]
    with psycopg.connect(infra.db.url) as owner:
        owner.execute("DELETE FROM organizations WHERE id = %s", [OTHER_ID])
    assert rows(infra, count, sandbox_of(OTHER_ID)) == [(0,)]
