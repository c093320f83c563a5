"""The budget that all callers of an organisation share, beside their own."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest

from core.contract.ports import Admission, Call
from core.infra.context import Infrastructure, use
from core.infra.redis import RedisClient
from core.kit.ids import new_id
from core.kit.principal import Principal
from core.limits.service import Limits
from tests.support.infrastructure import opened


@pytest.fixture
async def infra(postgres_url: str, redis_url: str) -> AsyncIterator[Infrastructure]:
    async with opened(postgres_url, redis_url) as infra:
        yield infra


def caller(organization_id: UUID, *, own: int = 0, shared: int = 0) -> Principal:
    return Principal(organization_id, new_id(), "api_key", requests_per_hour=own, organization_requests_per_hour=shared)


def call(principal: Principal) -> Call:
    return Call(principal, "192.0.2.1", "v2.listArticles", 1, None, None, None)


async def admitted(limits: Limits, principal: Principal, times: int) -> int:
    verdicts = await asyncio.gather(*(limits.admit(call(principal)) for _ in range(times)))
    return sum(verdict.allowed for verdict in verdicts)


def left(admission: Admission) -> dict[str, int]:
    return {policy.name: policy.remaining for policy in admission.policies}


async def test_all_callers_of_an_organisation_draw_on_one_budget(infra: Infrastructure) -> None:
    organization_id, limits = new_id(), Limits()
    first, second = (caller(organization_id, shared=5) for _ in range(2))
    assert [await admitted(limits, first, 3), await admitted(limits, second, 4)] == [3, 2]
    assert await admitted(limits, caller(new_id(), shared=5), 9) == 5


async def test_a_call_that_one_budget_refuses_costs_the_other_nothing(infra: Infrastructure) -> None:
    organization_id, limits = new_id(), Limits()
    poor, rich = caller(organization_id, own=1, shared=3), caller(organization_id, own=10, shared=3)
    assert await admitted(limits, poor, 5) == 1
    assert left(await limits.admit(call(rich))) == {"key": 9, "organization": 1}
    assert await admitted(limits, rich, 5) == 1
    refused = await limits.admit(call(rich))
    assert (refused.allowed, left(refused)) == (False, {"key": 8, "organization": 0})
    assert refused.retry_after_s > 600


async def test_a_refund_goes_to_both(infra: Infrastructure) -> None:
    principal, limits = caller(new_id(), own=5, shared=7), Limits()
    admission = await limits.admit(call(principal))
    await limits.refund(call(principal), admission)
    assert {policy.name: policy.remaining for policy in await limits.status(principal)} == {
        "key": 5,
        "organization": 7,
    }


async def test_without_redis_each_process_grants_its_share_of_both(infra: Infrastructure) -> None:
    away = replace(infra, redis=RedisClient("redis://127.0.0.1:1"))
    with use(away):
        assert await admitted(Limits(), caller(new_id(), own=9, shared=4), 9) == 4
    await away.redis.close()
