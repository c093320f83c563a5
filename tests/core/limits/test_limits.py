"""Budgets and cached answers, on a real Redis."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.contract.ports import AddressLimit, Admission, CachedAnswer, Call
from core.errors import Unavailable
from core.infra.cache import invalidate
from core.infra.context import Infrastructure, use
from core.infra.redis import RedisClient
from core.kit.ids import new_id
from core.kit.principal import NEWSROOM_ID, Principal
from core.limits.service import LARGEST_ANSWER_BYTES, Limits
from core.settings import Settings
from tests.support.infrastructure import opened

PAGE = CachedAnswer(b'{"data":[]}', b'"abcdefghijklmnopqrst"', b"application/json", b'</v2/articles>; rel="next"')
KEY = bytes(16)


@pytest.fixture(scope="module")
async def server(postgres_url: str, redis_url: str) -> AsyncIterator[Infrastructure]:
    async with opened(postgres_url, redis_url) as infra:
        yield infra


@pytest.fixture
async def infra(server: Infrastructure) -> Infrastructure:
    await server.redis.call("FLUSHALL")
    return server


@pytest.fixture
def limits() -> Limits:
    return Limits()


def _caller(requests_per_hour: int) -> Principal:
    return Principal(NEWSROOM_ID, new_id(), "api_key", requests_per_hour=requests_per_hour)


def _call(principal: Principal | None, **members: Any) -> Call:
    call = Call(principal, "192.0.2.1", "v2.listArticles", 1, None, None, None)
    return call._replace(**members)


def _read(principal: Principal | None, **members: Any) -> Call:
    return _call(principal, **{"cache_key": KEY, "cache_group": "articles", **members})


def _with(infra: Infrastructure, **settings: Any) -> Infrastructure:
    return dataclasses.replace(infra, settings=Settings(**{**infra.settings.model_dump(), **settings}))


async def _admitted(limits: Limits, call: Call, times: int) -> int:
    verdicts = await asyncio.gather(*(limits.admit(call) for _ in range(times)))
    return sum(verdict.allowed for verdict in verdicts)


@pytest.mark.usefixtures("infra")
class TestBudgets:
    async def test_a_caller_without_a_credential_has_the_budget_of_its_address(self, infra: Infrastructure) -> None:
        with use(_with(infra, address_requests_per_minute=5)):
            assert await _admitted(Limits(), _call(None), 8) == 5
            elsewhere = await Limits().admit(_call(None, address="192.0.2.2"))
        assert [(p.name, p.limit, p.window_s, p.remaining) for p in elsewhere.policies] == [("address", 5, 60, 4)]

    async def test_what_the_document_lets_an_address_try_is_counted_whoever_asks(self, infra: Infrastructure) -> None:
        tries = AddressLimit("login", 3, 60)
        with use(infra):
            assert await _admitted(Limits(), _call(None, address_limit=tries), 2) == 2
            assert await _admitted(Limits(), _call(_caller(0), address_limit=tries), 3) == 1
            verdict = await Limits().admit(_call(None, operation="v1.logIn", address_limit=tries))
            assert await _admitted(Limits(), _call(None, address_limit=tries._replace(name="register")), 4) == 3
            assert await _admitted(Limits(), _call(None, address="192.0.2.2", address_limit=tries), 4) == 3
        assert ((verdict.policies[0].name, verdict.policies[0].limit), verdict.allowed) == (("login", 3), False)
        assert 0 < verdict.retry_after_s <= 20

    @pytest.mark.parametrize(("override", "admitted"), [(None, 3), (5, 5), (0, 8)])
    async def test_an_operator_can_change_how_often_an_address_may_try(
        self, infra: Infrastructure, override: int | None, admitted: int
    ) -> None:
        call = _call(None, address_limit=AddressLimit("login", 3, 60))
        with use(_with(infra, login_attempts_per_minute=override)):
            assert await _admitted(Limits(), call, 8) == admitted

    async def test_a_person_s_budget_is_called_by_its_own_name(self, infra: Infrastructure) -> None:
        person = Principal(NEWSROOM_ID, new_id(), "user", requests_per_hour=7)
        with use(infra):
            assert [p.name for p in (await Limits().admit(_call(person))).policies] == ["user"]

    async def test_the_hosts_of_an_ipv6_network_share_one_budget(self, infra: Infrastructure, limits: Limits) -> None:
        with use(_with(infra, address_requests_per_minute=2)):
            for address, allowed in (
                ("2001:db8::1", True), ("2001:db8::2", True), ("2001:db8::3", False), ("2001:db8:0:1::1", True),
                ("::ffff:192.0.2.7", True), ("192.0.2.7", True), ("192.0.2.7", False), ("testclient", True),
            ):  # fmt: skip
                assert (await limits.admit(_call(None, address=address))).allowed is allowed, address

    async def test_exactly_the_limit_is_admitted_at_once_and_what_is_left_is_told(self, limits: Limits) -> None:
        caller = _caller(100)
        assert await _admitted(limits, _call(caller), 150) == 100
        refused = await limits.admit(_call(caller))
        assert not refused.allowed
        (budget,) = refused.policies
        assert (budget.name, budget.limit, budget.window_s, budget.remaining) == ("key", 100, 3600, 0)
        assert 3500 < budget.reset_s <= 3600
        assert 0 < refused.retry_after_s <= 36  # one request comes back every 36 s

    async def test_a_refused_call_takes_nothing(self, limits: Limits) -> None:
        caller = _caller(10)
        assert (await limits.admit(_call(caller, cost=8))).allowed
        for _ in range(5):
            assert not (await limits.admit(_call(caller, cost=3))).allowed
        assert (await limits.admit(_call(caller, cost=2))).allowed
        assert not (await limits.admit(_call(caller))).allowed

    async def test_a_budget_comes_back_with_time(self, infra: Infrastructure, limits: Limits) -> None:
        caller = _caller(3_600_000)  # one each millisecond
        await limits.admit(_call(caller, cost=3_600_000))
        refused = await limits.admit(_call(caller, cost=100))
        assert not refused.allowed
        await asyncio.sleep(0.1)
        assert (await limits.admit(_call(caller, cost=100))).allowed

    async def test_a_budget_given_back_can_be_spent_again(self, limits: Limits) -> None:
        caller = _caller(2)
        admission = await limits.admit(_call(caller, cost=2))
        await limits.refund(_call(caller, cost=2), admission)
        (budget,) = await limits.status(caller)
        assert (budget.remaining, budget.reset_s) == (2, 0)

    async def test_looking_at_a_budget_takes_nothing_even_when_it_is_used_up(self, limits: Limits) -> None:
        caller = _caller(1)
        await limits.admit(_call(caller))
        for _ in range(3):
            (budget,) = await limits.status(caller)
            assert budget.remaining == 0
        assert (await limits.admit(_call(caller, cost=0))).allowed

    async def test_a_key_without_a_limit_has_no_budget(self, limits: Limits) -> None:
        assert await limits.status(_caller(0)) == ()
        assert await _admitted(limits, _call(_caller(0)), 1000) == 1000

    async def test_half_a_budget_is_half_of_the_new_one_after_a_change(self, limits: Limits) -> None:
        caller = _caller(100)
        await limits.admit(_call(caller, cost=50))
        (budget,) = await limits.status(dataclasses.replace(caller, requests_per_hour=10))
        assert (budget.limit, budget.remaining) == (10, 5)


@pytest.mark.usefixtures("infra")
class TestAnswers:
    async def _fill(self, limits: Limits, caller: Principal) -> Admission:
        admission = await limits.admit(_read(caller))
        assert admission.answer is None
        await limits.store(_read(caller), admission, PAGE)
        return admission

    async def test_an_answer_is_kept_and_found_by_this_process_and_by_others(self, limits: Limits) -> None:
        await self._fill(limits, _caller(10))
        for process in (limits, Limits()):
            assert (await process.admit(_read(_caller(10)))).answer == PAGE

    async def test_a_found_answer_costs_what_any_call_costs(self, limits: Limits) -> None:
        caller = _caller(10)
        await self._fill(limits, caller)
        (budget,) = (await limits.admit(_read(caller))).policies
        assert budget.remaining == 8

    async def test_no_answer_goes_to_a_caller_whose_budget_is_used_up(self, limits: Limits) -> None:
        caller = _caller(1)
        await self._fill(limits, caller)
        for process in (limits, Limits()):
            refused = await process.admit(_read(caller))
            assert (refused.allowed, refused.answer) == (False, None)

    @pytest.mark.parametrize("header", [PAGE.etag, b"W/" + PAGE.etag, b'"other", ' + PAGE.etag, b"*"])
    async def test_who_holds_the_current_answer_is_told_so_for_nothing(self, limits: Limits, header: bytes) -> None:
        caller = _caller(1)
        await self._fill(limits, caller)
        for process in (limits, Limits()):
            admission = await process.admit(_read(caller, if_none_match=header))
            assert (admission.allowed, admission.not_modified) == (True, True)
            assert admission.answer is not None
            assert admission.answer.etag == PAGE.etag
            assert admission.policies[0].remaining == 0  # the first call took it, these took nothing

    async def test_who_holds_another_answer_gets_the_current_one(self, limits: Limits) -> None:
        caller = _caller(10)
        await self._fill(limits, caller)
        for process in (limits, Limits()):
            admission = await process.admit(_read(caller, if_none_match=b'"another"'))
            assert (admission.not_modified, admission.answer) == (False, PAGE)

    async def test_an_invalidated_answer_is_found_by_nobody(self, limits: Limits) -> None:
        await self._fill(limits, _caller(10))
        await invalidate("articles")
        for process in (limits, Limits()):
            admission = await process.admit(_read(_caller(10), if_none_match=PAGE.etag))
            assert (admission.answer, admission.not_modified) == (None, False)

    async def test_invalidating_another_group_changes_nothing(self, limits: Limits) -> None:
        await self._fill(limits, _caller(10))
        await invalidate("sources")
        assert (await limits.admit(_read(_caller(10)))).answer == PAGE

    async def test_an_answer_that_was_computed_before_an_invalidation_is_not_served_after_it(
        self, limits: Limits
    ) -> None:
        admission = await limits.admit(_read(_caller(10)))
        await invalidate("articles")  # an article arrives while the query runs
        await limits.store(_read(_caller(10)), admission, PAGE)
        for process in (limits, Limits()):
            assert (await process.admit(_read(_caller(10)))).answer is None

    async def test_a_late_answer_does_not_replace_a_fresh_one(self, limits: Limits) -> None:
        late = await limits.admit(_read(_caller(10)))
        await invalidate("articles")
        fresh = PAGE._replace(body=b"fresh")
        await limits.store(_read(_caller(10)), await limits.admit(_read(_caller(10))), fresh)
        await Limits().store(_read(_caller(10)), late, PAGE)
        assert (await Limits().admit(_read(_caller(10)))).answer == fresh

    async def test_losing_all_of_redis_resets_budgets_and_brings_no_old_answer_back(
        self, infra: Infrastructure, limits: Limits
    ) -> None:
        caller = _caller(1)
        await self._fill(limits, caller)
        await infra.redis.call("FLUSHALL")
        for _ in range(3):  # a counter would come to its old number again
            await invalidate("articles")
        admission = await limits.admit(_read(caller))
        assert (admission.allowed, admission.answer) == (True, None)

    async def test_an_answer_expires(self, infra: Infrastructure) -> None:
        with use(_with(infra, cache_seconds=1)):
            limits = Limits()
            await self._fill(limits, _caller(10))
            other = Limits()
            assert (await other.admit(_read(_caller(10)))).answer == PAGE
            await asyncio.sleep(1.01)
            for process in (limits, other, Limits()):
                assert (await process.admit(_read(_caller(10)))).answer is None

    async def test_without_a_time_to_live_nothing_is_cached(self, infra: Infrastructure) -> None:
        with use(_with(infra, cache_seconds=0)):
            limits = Limits()
            for _ in range(2):
                admission = await limits.admit(_read(_caller(10)))
                assert admission.answer is None
                await limits.store(_read(_caller(10)), admission, PAGE)

    async def test_an_answer_that_is_too_large_is_not_kept(self, limits: Limits) -> None:
        admission = await limits.admit(_read(_caller(0)))
        await limits.store(_read(_caller(0)), admission, PAGE._replace(body=bytes(LARGEST_ANSWER_BYTES + 1)))
        assert (await limits.admit(_read(_caller(0)))).answer is None

    async def test_calls_that_nothing_limits_and_nothing_caches_do_not_go_to_redis(self, infra: Infrastructure) -> None:
        nowhere = RedisClient("unix:///nowhere.sock")
        with use(dataclasses.replace(infra, redis=nowhere)):
            assert await Limits().admit(_call(_caller(0))) == Admission(allowed=True)
        await nowhere.close()


async def test_without_redis_readers_go_on_and_nobody_tries_passwords(infra: Infrastructure) -> None:
    nowhere = RedisClient("unix:///nowhere.sock")
    away = dataclasses.replace(_with(infra, address_requests_per_minute=60), redis=nowhere)
    with use(away):
        assert (await Limits().admit(_call(None))).allowed
        with pytest.raises(Unavailable) as refusal:
            await Limits().admit(_call(None, address_limit=AddressLimit("login", 10, 60)))
        assert refusal.value.retry_after_s
    with use(dataclasses.replace(_with(infra, login_attempts_per_minute=0), redis=nowhere)):
        assert (await Limits().admit(_call(None, address_limit=AddressLimit("login", 10, 60)))).allowed
    await nowhere.close()


async def test_budgets_of_keys_are_kept_apart(infra: Infrastructure, limits: Limits) -> None:
    spent, fresh = _caller(1), _caller(1)
    await limits.admit(_call(spent))
    assert not (await limits.admit(_call(spent))).allowed
    assert (await limits.admit(_call(fresh))).allowed
    assert await infra.redis.call("DBSIZE") == 2
