"""Budgets in memory: the same arithmetic as in Redis, divided by the processes."""

from core.contract.ports import CachedAnswer
from core.limits import local
from core.limits.copies import Copies
from core.limits.local import LocalBudgets
from core.limits.policies import Policy

KEY = Policy("key", "k", 100, 3600)
ADDRESS = Policy("address", "a", 3, 60)


def _admitted(budgets: LocalBudgets, *policies: Policy, times: int, processes: int = 1) -> int:
    return sum(budgets.take(policies, 1, processes)[0] == 0 for _ in range(times))


def test_each_process_grants_its_share() -> None:
    assert _admitted(LocalBudgets(), KEY, times=200, processes=4) == 25


def test_a_small_limit_leaves_every_process_one_request() -> None:
    assert _admitted(LocalBudgets(), ADDRESS, times=10, processes=8) == 1


def test_a_call_takes_from_every_budget_or_from_none() -> None:
    budgets = LocalBudgets()
    assert _admitted(budgets, KEY, ADDRESS, times=10) == 3
    _, (key, address) = budgets.take((KEY, ADDRESS), 0, 1)
    assert (key.remaining, address.remaining) == (97, 0)


def test_the_wait_is_until_the_next_request_comes_back() -> None:
    budgets = LocalBudgets()
    budgets.take((KEY,), 100, 1)
    wait_us, (state,) = budgets.take((KEY,), 1, 1)
    assert 35_000_000 < wait_us <= 36_000_000
    assert (state.remaining, state.limit) == (0, 100)


def test_what_is_given_back_can_be_spent_again() -> None:
    budgets = LocalBudgets()
    budgets.take((ADDRESS,), 3, 1)
    budgets.refund((ADDRESS, KEY), 3, 1)
    assert _admitted(budgets, ADDRESS, times=5) == 3


def test_only_so_many_budgets_are_remembered() -> None:
    budgets = LocalBudgets()
    for number in range(local.MAX_BUDGETS + 10):
        budgets.take((KEY._replace(key=str(number)),), 1, 1)
    assert len(budgets._full_at) == local.MAX_BUDGETS


def test_nothing_limits_a_call_without_policies() -> None:
    assert LocalBudgets().take((), 1, 1) == (0, ())


def test_copies_stay_within_their_bytes_and_the_least_used_goes_first() -> None:
    copies = Copies(max_bytes=10_000)
    answer = CachedAnswer(bytes(2000), b'"e"', b"application/json")
    for key in (b"a", b"b", b"c"):
        copies.put(key, b"1", answer, 60)
    assert copies.get(b"a") is not None
    copies.put(b"d", b"1", answer, 60)
    assert [key for key in (b"a", b"b", b"c", b"d") if copies.get(key)] == [b"a", b"c", b"d"]
    copies.put(b"a", b"2", answer._replace(body=bytes(20_000)), 60)
    assert copies.get(b"a") is None
    assert copies.weight <= 10_000
