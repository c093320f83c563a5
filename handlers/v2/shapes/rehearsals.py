"""Rehearsals as v2 knows them."""

from collections.abc import Sequence
from typing import Any

from core.deprecations.service import deprecations
from core.kit import ids
from core.rehearsals.service import rehearsals
from core.rehearsals.types import Refusal, RehearsalRow
from handlers.v2.shapes.deprecations import guide_out, operation_out, successor_out
from handlers.v2.shapes.lists import time_out


def rehearsal_out(row: RehearsalRow) -> dict[str, Any]:
    """One rehearsal."""
    return {
        "id": ids.encode("rhs", row.id),
        "key_id": ids.encode("key", row.api_key_id),
        "state": rehearsals.state(row),
        "starts_at": time_out(row.starts_at),
        "ends_at": time_out(row.ends_at),
        "created_at": time_out(row.created_at),
        "cancelled_at": time_out(row.cancelled_at),
    }


def report_out(row: RehearsalRow, refusals: Sequence[Refusal]) -> dict[str, Any]:
    """What a rehearsal refused, as a whole and by operation."""
    return {
        "rehearsal_id": ids.encode("rhs", row.id),
        "state": rehearsals.state(row),
        "calls": sum(refusal.calls for refusal in refusals),
        "first_refused_at": time_out(min((refusal.first_at for refusal in refusals), default=None)),
        "last_refused_at": time_out(max((refusal.last_at for refusal in refusals), default=None)),
        "operations": [_refusal_out(refusal) for refusal in refusals],
    }


def _refusal_out(refusal: Refusal) -> dict[str, Any]:
    operation = deprecations.operation(refusal.version, refusal.operation)
    return {
        "operation": operation_out(refusal.version, operation),
        "calls": refusal.calls,
        "first_refused_at": time_out(refusal.first_at),
        "last_refused_at": time_out(refusal.last_at),
        "replaced_by": successor_out(operation),
        "guide_url": guide_out(operation),
    }
