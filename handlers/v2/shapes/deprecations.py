"""Versions that end, as v2 knows them."""

from typing import Any, Final

from core.deprecations.service import deprecations
from core.deprecations.types import EndingVersion, OldCaller, OldOperation, Report, UsedElement
from core.kit import ids
from handlers.v2.shapes.lists import time_out

_PREFIXES: Final = {"api_key": "key", "user": "acct"}
# as changes of the contract call them
_KINDS: Final = {"member": "request_member", "enum": "enum_value"}


def report_out(report: Report) -> dict[str, Any]:
    """What is still used, by whom, and of which versions."""
    return {
        "scope": report.scope,
        "from": report.first.isoformat(),
        "to": report.last.isoformat(),
        "versions": [_version_out(ending) for ending in deprecations.endings().values()],
        "elements": [_element_out(element) for element in report.elements],
        "callers": [_caller_out(caller) for caller in report.callers],
    }


def operation_out(version: str, operation: OldOperation) -> dict[str, Any]:
    """An operation of a version that ends."""
    return {"version": version, "name": operation.name, "method": operation.method, "path": operation.path}


def successor_out(operation: OldOperation) -> dict[str, Any] | None:
    """What replaces an operation."""
    found = operation.replacement
    if found is None:
        return None
    return {"name": found.successor_id, "method": found.successor_method, "path": found.successor_path}


def guide_out(operation: OldOperation) -> str | None:
    """The paragraph of the guide about an operation."""
    return None if operation.replacement is None else operation.replacement.link


def _version_out(ending: EndingVersion) -> dict[str, Any]:
    return {
        "name": ending.name,
        "deprecated_at": time_out(ending.deprecated_at),
        "sunset_at": time_out(ending.sunset_at),
        "days_left": deprecations.days_left(ending),
        "successor": ending.successor,
        "policy_url": ending.policy_url,
        "brownouts": [
            {"starts_at": time_out(start), "ends_at": time_out(end)}
            for start, end in deprecations.next_brownouts(ending)
        ],
    }


def _element_out(element: UsedElement) -> dict[str, Any]:
    operation = deprecations.operation(element.version, element.operation)
    way = deprecations.way(element)
    return {
        "operation": operation_out(element.version, operation),
        "kind": _KINDS.get(element.kind, element.kind),
        "name": element.name or None,
        "value": element.value or None,
        "calls": element.calls,
        "calls_by_day": element.calls_by_day,
        "last_call_at": time_out(element.last_call_at),
        "replaced_by": successor_out(operation),
        "replacement_name": way.name,
        "replacement_value": way.value,
        "note": way.note,
        "guide_url": guide_out(operation),
    }


def _caller_out(caller: OldCaller) -> dict[str, Any]:
    kind = caller.kind or "user"  # keys stay, people can have themselves erased
    return {
        "id": ids.encode(_PREFIXES[kind], caller.id),
        "kind": kind,
        "name": caller.name,
        "calls": caller.calls,
        "last_call_at": time_out(caller.last_call_at),
    }
