"""Versions that end, as v2 knows them."""

from typing import Any

from core.deprecations.types import OldOperation


def operation_out(version: str, operation: OldOperation) -> dict[str, Any]:
    """An operation of a version that ends."""
    return {"version": version, "name": operation.name, "method": operation.method, "path": operation.path}


def successor_out(operation: OldOperation) -> dict[str, Any] | None:
    """What replaces an operation."""
    return None if operation.successor is None else operation.successor._asdict()
