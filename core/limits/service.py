"""Who may call now, and is the answer known already: the limiter that the engine asks before every operation."""

from typing import Any, Final

import structlog

from core.contract.ports import Admission, CachedAnswer, Call, PolicyState
from core.contract.responses import etag_matches
from core.errors import Unavailable
from core.infra.cache import generation_key
from core.infra.context import Infrastructure, infrastructure
from core.infra.redis import RedisUnavailable
from core.kit.principal import Principal
from core.limits.copies import Copies, Copy
from core.limits.local import LocalBudgets, state
from core.limits.policies import Policy, policies_for
from core.limits.scripts import ADMIT, REFUND, STORE, Known

LARGEST_ANSWER_BYTES: Final = 512 * 1024
"""Larger ones are not worth the memory of everybody's small ones."""

_ANSWER_PREFIX: Final = b"tidings:answer:"
RETRY_AFTER_S: Final = 2
_MICROSECONDS: Final = 1_000_000
_HEAD: Final = 4  # what ADMIT replies before the policies: admitted, wait, known, generation


class Limits:
    """Implements `core.contract.ports.Limiter` on Redis, and without it while it is away.

    Redis decides with one script: every policy or none is charged, and the cached answer comes with the verdict, or
    only the word that the copy which this process holds is current. While Redis is away each process grants its share
    of the budgets from memory and nothing is cached: reads go on. Log-ins wait: their budget stands between somebody
    who guesses and a password.
    """

    def __init__(self) -> None:
        self._copies = Copies()
        self._local = LocalBudgets()
        self._is_local = False

    async def admit(self, call: Call) -> Admission:
        """Take the call's cost from every policy that applies, or from none, and look its answer up."""
        infra = infrastructure()
        policies = policies_for(call, infra.settings)
        cacheable = call.cache_key is not None and infra.settings.cache_seconds > 0
        if not policies and not cacheable:
            return Admission(allowed=True)
        keys: list[str | bytes] = [policy.key for policy in policies]
        arguments: list[str | bytes | int] = [len(policies), call.cost]
        for policy in policies:
            arguments += (policy.interval_us, policy.limit)
        copy = None
        if cacheable and call.cache_key is not None:
            copy = self._copies.get(call.cache_key)
            keys += (generation_key(call.cache_group or ""), _ANSWER_PREFIX + call.cache_key)
            arguments += _conditions(call.if_none_match, copy)
        try:
            reply = await infra.redis.run(ADMIT, keys, arguments)
        except RedisUnavailable as error:
            self._note_away(error)
            if any(policy.strict for policy in policies):
                raise Unavailable("Log-in is not possible at this moment.", retry_after_s=RETRY_AFTER_S) from None
            return self._admit_locally(infra, policies, call.cost)
        if self._is_local:
            self._note_back()
        return self._admission(call, policies, copy, reply)

    async def refund(self, call: Call, admission: Admission) -> None:
        """Give the cost back: a 304 costs no quota."""
        infra = infrastructure()
        policies = policies_for(call, infra.settings)
        if not policies or not call.cost or not admission.allowed:
            return
        try:
            await infra.redis.run(
                REFUND,
                [policy.key for policy in policies],
                [call.cost, *(policy.interval_us for policy in policies)],
            )
        except RedisUnavailable:  # what was taken came from the local budgets, or is gone with the server
            self._local.refund(policies, call.cost, infra.settings.workers)

    async def store(self, call: Call, admission: Admission, answer: CachedAnswer) -> None:
        """Keep a fresh answer, unless its cache group was invalidated since the admission."""
        infra = infrastructure()
        ttl_s = infra.settings.cache_seconds
        if not call.cache_key or not admission.generation or not ttl_s or len(answer.body) > LARGEST_ANSWER_BYTES:
            return
        generation = b"%d" % admission.generation
        self._copies.put(call.cache_key, generation, answer, ttl_s)
        try:
            await infra.redis.run(
                STORE,
                [generation_key(call.cache_group or ""), _ANSWER_PREFIX + call.cache_key],
                [generation, answer.etag, answer.content_type, answer.link, answer.body, ttl_s * 1000],
            )
        except RedisUnavailable as error:
            self._note_away(error)

    async def status(self, principal: Principal) -> tuple[PolicyState, ...]:
        """What is left of each budget of the principal, without taking any; empty where nothing limits it."""
        call = Call(principal, "", "", cost=0, cache_key=None, cache_group=None, if_none_match=None)
        return (await self.admit(call)).policies

    def _admission(self, call: Call, policies: tuple[Policy, ...], copy: Copy | None, reply: list[Any]) -> Admission:
        admitted, wait_us, known, generation = reply[:_HEAD]
        of_policies = reply[_HEAD:]
        states = tuple(map(state, policies, of_policies[::2], of_policies[1::2]))
        if not admitted:
            return Admission(False, states, -(-wait_us // _MICROSECONDS))
        answer = None
        if copy is not None and copy.generation == generation:
            answer = copy.answer
        elif known == Known.SENT and call.cache_key is not None:
            etag, content_type, link, body, ttl_ms = reply[_HEAD + 2 * len(policies) :]
            answer = CachedAnswer(body, etag, content_type, link)
            self._copies.put(call.cache_key, generation, answer, ttl_ms / 1000)
        elif known == Known.NOT_MODIFIED:
            answer = CachedAnswer(b"", reply[_HEAD + 2 * len(policies)], b"")
        return Admission(True, states, 0, answer, known == Known.NOT_MODIFIED, int(generation))

    def _admit_locally(self, infra: Infrastructure, policies: tuple[Policy, ...], cost: int) -> Admission:
        wait_us, states = self._local.take(policies, cost, infra.settings.workers)
        return Admission(wait_us == 0, states, -(-wait_us // _MICROSECONDS))

    def _note_away(self, error: RedisUnavailable) -> None:
        if not self._is_local:
            self._is_local = True
            structlog.get_logger(__name__).warning("limits_without_redis", reason=str(error))

    def _note_back(self) -> None:
        self._is_local = False
        structlog.get_logger(__name__).info("limits_with_redis_again")


def _conditions(if_none_match: bytes | None, copy: Copy | None) -> tuple[bytes, bytes, bytes]:
    """The last three arguments of ADMIT."""
    if copy is None:
        return (if_none_match or b"").strip(), b"", b""
    matches = if_none_match is not None and etag_matches(
        if_none_match.decode("latin-1"), copy.answer.etag.decode("latin-1"), weak=True
    )
    return (if_none_match or b"").strip(), copy.generation, b"1" if matches else b""


limits: Final = Limits()
