"""Usage as v2 knows it."""

from typing import Any, Final

from core.kit import ids
from core.usage.types import UsageRow

_PREFIXES: Final = {"api_key": "key", "user": "acct"}


def usage_out(row: UsageRow) -> dict[str, Any]:
    """Calls of one day, one operation or one caller."""
    return {
        "day": None if row.day is None else row.day.isoformat(),
        "operation": None if row.operation is None else f"{row.version}.{row.operation}",
        "principal": _principal_out(row),
        "calls": row.calls,
        "errors": row.errors,
        "cost": row.cost,
    }


def _principal_out(row: UsageRow) -> dict[str, Any] | None:
    if row.principal_id is None:
        return None
    kind = row.principal_kind or "user"  # keys stay, people can have themselves erased
    return {"id": ids.encode(_PREFIXES[kind], row.principal_id), "kind": kind, "name": row.principal_name}
