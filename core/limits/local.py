"""Budgets in the memory of one process, for as long as Redis is away."""

import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from core.contract.ports import PolicyState
from core.limits.policies import Policy

MAX_BUDGETS: Final = 50_000
_MICROSECONDS: Final = 1_000_000


class LocalBudgets:
    """The algorithm of `scripts.ADMIT`, with each limit divided by the number of processes (but room for one call)."""

    def __init__(self) -> None:
        self._full_at: OrderedDict[str, int] = OrderedDict()

    def take(self, policies: Sequence[Policy], cost: int, processes: int) -> tuple[int, tuple[PolicyState, ...]]:
        """Takes `cost` from each budget or from none; gives the µs to wait (0 = admitted) and what is left."""
        now = time.monotonic_ns() // 1000
        shares = [_share(policy, cost, processes) for policy in policies]
        full_at = [max(now, self._full_at.get(share.key, now)) for share in shares]
        wait_us = 0
        if cost:
            later = [full + cost * share.interval_us for share, full in zip(shares, full_at, strict=True)]
            waits = [full - share.limit * share.interval_us - now for share, full in zip(shares, later, strict=True)]
            wait_us = max([0, *waits])
            if not wait_us:
                full_at = later
                for share, full in zip(shares, full_at, strict=True):
                    self._keep(share.key, full)
        return wait_us, tuple(
            state(share, max(0, share.limit + (now - full) // share.interval_us), full - now)
            for share, full in zip(shares, full_at, strict=True)
        )

    def refund(self, policies: Sequence[Policy], cost: int, processes: int) -> None:
        """Gives `cost` back to each budget."""
        for policy in policies:
            if policy.key in self._full_at:
                self._full_at[policy.key] -= cost * _share(policy, cost, processes).interval_us

    def _keep(self, key: str, full_at: int) -> None:
        self._full_at[key] = full_at
        self._full_at.move_to_end(key)
        if len(self._full_at) > MAX_BUDGETS:
            self._full_at.popitem(last=False)


def _share(policy: Policy, cost: int, processes: int) -> Policy:
    return policy._replace(limit=max(1, cost, policy.limit // processes))


def state(policy: Policy, remaining: int, until_full_us: int) -> PolicyState:
    """What a policy shows of itself; seconds are rounded up."""
    return PolicyState(policy.name, policy.limit, policy.window_s, remaining, -(-until_full_us // _MICROSECONDS))
