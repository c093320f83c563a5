"""What an organisation's plan allows, and whether there is room for more."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from core.errors import LimitReached
from core.infra.context import infrastructure
from core.infra.db import session, transaction
from core.kit.crypto import KeyMode
from core.kit.principal import Principal
from core.plans.repository import STORAGE, PlanRepository, require_storage
from core.plans.types import Counted, Limits, PlanUse, Resource
from core.settings import FREE, Plan

OPERATOR: Final = "operator"
"""The plan of the newsroom: what the settings of the instance say, and nothing beyond."""

MAX_KEYS: Final = 10_000
"""Of one organisation on any plan: more is a program that makes keys in a loop."""

MEASURED_FOR: Final = timedelta(minutes=5)
"""How long a measure of the storage is believed, so that writing a note does not weigh 100,000 others."""

_COUNTED: Final[tuple[Counted, ...]] = ("keys", "feeds", "members")
_NOUNS: Final[Mapping[Resource, str]] = {
    "keys": "keys",
    "feeds": "feeds",
    "members": "members and open invitations",
    "storage_bytes": "bytes of lists and notes",
}


class Plans:
    """Every method but `named` and `names` needs a unit of work, and is about the principal's organisation."""

    def named(self, plan: str) -> Limits:
        """What a plan allows; one that the operator has taken out of the settings allows what the free one does."""
        settings = infrastructure().settings
        if plan == OPERATOR:
            most: dict[Resource, int | None] = dict.fromkeys(_NOUNS)
            most |= {"keys": MAX_KEYS, "feeds": settings.feeds_per_organization}
            return Limits(
                plan=plan,
                requests_per_hour=settings.free_requests_per_hour,
                organization_requests_per_hour=0,
                most=most,
            )
        name = plan if plan in settings.plans else FREE
        return _limits(name, settings.plans[name], settings.free_requests_per_hour, settings.feeds_per_organization)

    def names(self) -> tuple[str, ...]:
        """Every plan that an organisation can be put on."""
        return (*infrastructure().settings.plans, OPERATOR)

    async def of(self, principal: Principal) -> Limits:
        """What the organisation's plan allows."""
        return self.named(await (await _repository(principal)).plan() or FREE)

    async def require_room(self, principal: Principal, resource: Counted, *, more: int = 1, pending: int = 0) -> None:
        """Raises `LimitReached` where the plan allows no `more` of a resource.

        Until the transaction ends nobody else adds to it, so that two at once cannot both be the last. `pending` counts
        what is promised already.
        """
        repository = await _repository(principal)
        limits = self.named(await repository.plan(lock=True) or FREE)
        used = 0 if limits.most[resource] is None else await self._used(repository, resource)
        _require(limits, resource, used + pending + more)

    def require_storage(self, principal: Principal) -> None:
        """Have the transaction raise `LimitReached` where the plan allows no more texts, at the latest when it commits.

        It goes out with the next statement, so that this costs no round trip. Storage is believed as it was measured up
        to 5 minutes ago, and measured anew only where the plan limits it.
        """
        infra = infrastructure()
        most = {name: plan.storage_bytes for name, plan in infra.settings.plans.items()} | {OPERATOR: None}
        now = infra.clock.now()
        statement = require_storage(principal, most, otherwise=FREE, since=now - MEASURED_FOR, now=now)
        transaction().later(statement, {STORAGE: lambda plan: _limit_reached(self.named(plan), "storage_bytes")})

    async def require_room_for_key(self, principal: Principal, mode: KeyMode) -> None:
        """As `require_room`. A plan allows as many test keys as live ones, and neither takes room from the other."""
        repository = await _repository(principal)
        limits = self.named(await repository.plan(lock=True) or FREE)
        most = limits.most["keys"]
        if most is not None and await repository.keys(infrastructure().clock.now(), mode) + 1 > most:
            raise LimitReached(f"The plan {limits.plan} allows {most:,} {'test ' if mode == 'test' else ''}keys.")

    async def use(self, principal: Principal) -> PlanUse:
        """What the plan allows and what of it is used, all of it counted and measured now."""
        repository = await _repository(principal)
        limits = self.named(await repository.plan() or FREE)
        used: dict[Resource, int] = {resource: await self._used(repository, resource) for resource in _COUNTED}
        measured = await repository.measure(infrastructure().clock.now())
        return PlanUse(limits=limits, used={**used, "storage_bytes": measured})

    async def _used(self, repository: PlanRepository, resource: Counted) -> int:
        match resource:
            case "keys":
                return await repository.keys(infrastructure().clock.now(), "live")
            case "feeds":
                return await repository.feeds()
            case "members":
                return await repository.members()


def _require(limits: Limits, resource: Resource, wanted: int) -> None:
    most = limits.most[resource]
    if most is not None and wanted > most:
        raise _limit_reached(limits, resource)


def _limit_reached(limits: Limits, resource: Resource) -> LimitReached:
    return LimitReached(f"The plan {limits.plan} allows {limits.most[resource]:,} {_NOUNS[resource]}.")


def _limits(name: str, plan: Plan, key_budget: int, most_feeds: int) -> Limits:
    return Limits(
        plan=name,
        requests_per_hour=key_budget if plan.requests_per_hour is None else plan.requests_per_hour,
        organization_requests_per_hour=plan.organization_requests_per_hour,
        most={
            "keys": min(plan.keys, MAX_KEYS),
            "feeds": min(plan.feeds, most_feeds),
            "members": plan.members,
            "storage_bytes": plan.storage_bytes,
        },
    )


async def _repository(principal: Principal) -> PlanRepository:
    return PlanRepository(await session(), principal)


plans: Final = Plans()
