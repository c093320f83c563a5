"""Budgets as v2 knows them."""

from collections.abc import Sequence
from typing import Any, Protocol


class Budget(Protocol):
    """What is left of one budget."""

    @property
    def name(self) -> str: ...
    @property
    def limit(self) -> int: ...
    @property
    def window_s(self) -> int: ...
    @property
    def remaining(self) -> int: ...
    @property
    def reset_s(self) -> int: ...


def rate_limit_out(budgets: Sequence[Budget]) -> dict[str, Any]:
    """Every budget that applies to the caller."""
    return {"unlimited": not budgets, "budgets": [_budget_out(budget) for budget in budgets]}


def _budget_out(budget: Budget) -> dict[str, Any]:
    return {
        "name": budget.name,
        "limit": budget.limit,
        "window_seconds": budget.window_s,
        "remaining": budget.remaining,
        "reset_seconds": budget.reset_s,
    }
