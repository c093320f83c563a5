"""Every limit that a caller meets: what the plans of this instance allow, and what the document sets for all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from core.contract.lifecycle import operations
from core.plans.service import OPERATOR, plans
from core.plans.types import Limits
from core.settings import Settings

Document = Mapping[str, Any]

_UNITS: Final = (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10))


@dataclass(frozen=True, slots=True)
class Price:
    """An operation that costs something else than 1 request."""

    method: str
    path: str
    title: str
    cost: int


@dataclass(frozen=True, slots=True)
class AddressBudget:
    """What one address may do in a window, whoever asks; the operations share it."""

    limit: int
    window_s: int
    operations: tuple[tuple[str, str], ...]


def offered_plans() -> tuple[Limits, ...]:
    """The plans that an organisation can have here. Needs the infrastructure."""
    return tuple(plans.named(name) for name in plans.names() if name != OPERATOR)


def prices(document: Document) -> tuple[Price, ...]:
    """`x-rate-cost` wherever it is not 1, the cheapest first."""
    found = [
        Price(method, path, operation["summary"], operation["x-rate-cost"])
        for path, method, operation in operations(document)
        if operation.get("x-rate-cost", 1) != 1
    ]
    return tuple(sorted(found, key=lambda price: price.cost))


def address_budgets(document: Document, settings: Settings) -> tuple[AddressBudget, ...]:
    """`x-address-limit` of the document, by name, as the operator has set it; those that are off are left out."""
    shared: dict[str, list[tuple[str, str]]] = {}
    said: dict[str, Mapping[str, Any]] = {}
    for path, method, operation in operations(document):
        if (limit := operation.get("x-address-limit")) is not None:
            shared.setdefault(limit["name"], []).append((method, path))
            said[limit["name"]] = limit
    override = settings.login_attempts_per_minute
    budgets = (
        AddressBudget(
            limit["limit"] if override is None else override * limit["window_seconds"] // 60,
            limit["window_seconds"],
            tuple(shared[name]),
        )
        for name, limit in said.items()
    )
    return tuple(budget for budget in budgets if budget.limit)


def size(count: int | None) -> str:
    """`50 MiB`; whole units only, as limits are set."""
    if count is None:
        return "no limit"
    for unit, size_ in _UNITS:
        if count >= size_ and count % size_ == 0:
            return f"{count // size_:,} {unit}"
    return f"{count:,} bytes"


def number(count: int | None) -> str:
    """`1,000`; 0 and None are no limit."""
    return f"{count:,}" if count else "no limit"
