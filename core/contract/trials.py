"""Trying out what seldom happens: requests of test keys with `X-Tidings-Scenario` or `X-Tidings-Clock`.

A scenario forces an answer that a client has to deal with; it is written by what writes the real one, and only where
the document promises its status. A clock moves the life of the versions for one request. Which scenarios there are the
documents say (`x-scenarios`). None of it is cached, kept for a repetition, or counted among the server's own faults.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from core.contract.exchange import Exchange
from core.contract.ports import PolicyState
from core.contract.ratelimit import budget_spent
from core.contract.security import insufficient_scope
from core.errors import (
    FieldError,
    Forbidden,
    InsufficientScope,
    InvalidRequest,
    NeedsTestKey,
    RateLimited,
    ScenarioNotAvailable,
    TidingsError,
    tree,
)
from core.kit.clock import instant
from core.kit.principal import EMPTY_SANDBOX_ID, Principal

SCENARIO: Final = b"x-tidings-scenario"
CLOCK: Final = b"x-tidings-clock"
MOST_SLOW: Final = 64
"""Slow answers that one process waits for at once: they hold a place among the requests in flight."""

_TEST_KEY: Final = re.compile(rb"bearer tdk_test_", re.IGNORECASE)
_NAME: Final = re.compile(r"(?P<name>[a-z_]{1,40})(?:; *seconds=(?P<seconds>[0-9]{1,3}(?:\.[0-9]{1,3})?))?", re.ASCII)
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)
_MOST_CHARACTERS: Final = 64
_HOUR_S: Final = 3600
_DEFAULT_POLICY: Final = PolicyState("key", 100, _HOUR_S, 0, _HOUR_S)
"""What a key without any limit is told: the free plan's budget."""


class Trial(NamedTuple):
    """What one request tries out. `scenario` is a name that may not exist; `seconds` is the delay that it asks for."""

    scenario: str | None
    seconds: float | None
    instant: datetime | None


class Scenario(NamedTuple):
    """One entry of `x-scenarios`, as it applies to an operation."""

    name: str
    error: type[TidingsError] | None
    detail: str | None
    retry_after_s: int | None
    delay_s: float
    longest_delay_s: float
    is_empty: bool


Scenarios = Mapping[str, Scenario]


def read(exchange: Exchange) -> Trial:
    """What the headers ask for. Raises `NeedsTestKey`, and `InvalidRequest` for a value that means nothing."""
    headers = exchange.headers
    if _TEST_KEY.match(headers.get(b"authorization", b"")) is None:
        raise NeedsTestKey("X-Tidings-Scenario and X-Tidings-Clock are for test keys (tdk_test_…) alone.")
    errors: list[FieldError] = []
    name, seconds = _scenario(headers.get(SCENARIO), errors)
    moment = _instant(headers.get(CLOCK), errors)
    if errors:
        raise InvalidRequest(f"The request has {len(errors)} fault{'s' if len(errors) > 1 else ''}.", errors=errors)
    return Trial(name, seconds, moment)


def _scenario(raw: bytes | None, errors: list[FieldError]) -> tuple[str | None, float | None]:
    if raw is None:
        return None, None
    match = _NAME.fullmatch(raw.decode("latin-1").strip()) if len(raw) <= _MOST_CHARACTERS else None
    if match is None:
        detail = "must be the name of a scenario, such as rate_limited or slow;seconds=5"
        errors.append(FieldError("pattern", detail, parameter="X-Tidings-Scenario"))
        return None, None
    return match["name"], None if match["seconds"] is None else float(match["seconds"])


def _instant(raw: bytes | None, errors: list[FieldError]) -> datetime | None:
    if raw is None:
        return None
    try:
        moment = instant(raw.decode("ascii").strip()) if len(raw) <= _MOST_CHARACTERS else None
    except (ValueError, OverflowError):
        moment = None
    if moment is None or not _EARLIEST <= moment <= _LATEST:
        detail = "must be an RFC 3339 instant between 2000 and 2100, such as 2027-07-01T00:00:00Z"
        errors.append(FieldError("date-time", detail, parameter="X-Tidings-Clock"))
        return None
    return moment


def scenarios_for(document: Mapping[str, Any], method: str, template: str, operation: Mapping[str, Any]) -> Scenarios:
    """The scenarios of the document that an operation can meet, by name."""
    catalogue: Mapping[str, Mapping[str, Any]] = document.get("x-scenarios", {})
    scopes = scopes_of(operation)
    errors = {kind.code: kind for kind in reversed(list(tree()))}
    found = {}
    for name, entry in catalogue.items():
        if "status" in entry and str(entry["status"]) not in operation["responses"]:
            continue
        if "needs" in entry and entry["needs"] not in _parameter_names(document, operation):
            continue
        if entry.get("code") == InsufficientScope.code and not scopes:
            continue
        # without a scope it is not an organisation's, and below another resource there is nothing that could be empty
        if entry.get("empty") and not (
            method == "GET" and scopes and "{" not in template and _is_list(document, operation)
        ):
            continue
        delay = entry.get("delay_seconds", {"default": 0.0, "maximum": 0.0})
        error = errors[entry["code"]] if "code" in entry else None
        found[name] = Scenario(
            name, error, entry.get("detail"), entry.get("retry_after_seconds"), delay["default"], delay["maximum"],
            bool(entry.get("empty")),
        )  # fmt: skip
    return found


def scopes_of(operation: Mapping[str, Any]) -> frozenset[str]:
    """What a key needs for an operation."""
    return frozenset(scope for one in operation.get("security", ()) for scope in one.get("bearer", ()))


def _parameter_names(document: Mapping[str, Any], operation: Mapping[str, Any]) -> set[str]:
    return {_resolved(document, parameter)["name"] for parameter in operation.get("parameters", ())}


def _is_list(document: Mapping[str, Any], operation: Mapping[str, Any]) -> bool:
    """Whether the operation answers with `data`, an array."""
    content = operation["responses"].get("200", {}).get("content", {})
    schema = _resolved(document, content.get("application/json", {}).get("schema", {}))
    return bool(schema.get("properties", {}).get("data", {}).get("type") == "array")


def _resolved(document: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a reference within the bundle points to; what is none is itself."""
    if "$ref" in node:
        found: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return _resolved(document, found)
    return node


class Director:
    """Plays scenarios: one for each process, because it bounds how many slow answers are waited for at once."""

    __slots__ = ("_slow",)

    def __init__(self) -> None:
        self._slow = 0

    async def play(self, exchange: Exchange, trial: Trial, scenario: Scenario, required: frozenset[str]) -> None:
        """Raise what the scenario forces, or wait as long as it is slow. The call has been charged."""
        if scenario.longest_delay_s:
            await self._wait(scenario, trial.seconds)
        elif scenario.error is not None:
            raise _forced(exchange, scenario, scenario.error, required)

    async def _wait(self, scenario: Scenario, seconds: float | None) -> None:
        delay_s = scenario.delay_s if seconds is None else min(seconds, scenario.longest_delay_s)
        if self._slow >= MOST_SLOW:
            raise RateLimited(f"{MOST_SLOW} slow answers are waited for already.", retry_after_s=int(delay_s) + 1)
        self._slow += 1
        try:
            await asyncio.sleep(delay_s)
        finally:
            self._slow -= 1


def chosen(trial: Trial, scenarios: Scenarios) -> Scenario | None:
    """The scenario that a request tries out; raises `ScenarioNotAvailable` where the operation cannot meet it."""
    if trial.scenario is None:
        return None
    scenario = scenarios.get(trial.scenario)
    if scenario is None or (trial.seconds is not None and not scenario.longest_delay_s):
        asked = trial.scenario if scenario is None else f"{trial.scenario};seconds"
        detail = f"This operation cannot meet {asked}; it can meet {', '.join(scenarios)}."
        error = FieldError("scenario", "is not a scenario of this operation", parameter="X-Tidings-Scenario")
        raise ScenarioNotAvailable(detail, errors=[error])
    return scenario


def as_nobody(principal: Principal | None) -> Principal | None:
    """The caller of an instance that has nothing yet: the same one, in an organisation without a row."""
    return None if principal is None else replace(principal, organization_id=EMPTY_SANDBOX_ID)


def _forced(exchange: Exchange, scenario: Scenario, kind: type[TidingsError], required: frozenset[str]) -> TidingsError:
    """The error with the headers that the real one has: budgets are known only to who got as far as the limiter."""
    if kind is RateLimited:
        own, *others = exchange.policies or (_DEFAULT_POLICY,)
        exchange.policies = (own._replace(remaining=0, reset_s=own.window_s), *others)
        return budget_spent(exchange.policies, retry_after_s=-(-own.window_s // own.limit))
    if issubclass(kind, Forbidden):
        exchange.policies = ()
    if kind is InsufficientScope:
        return insufficient_scope(required, frozenset())
    return kind(scenario.detail, retry_after_s=scenario.retry_after_s)
