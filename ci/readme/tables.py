"""The tables of README.md: settings, plans, scopes with their roles, and what of v1 went where."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from ci.readme.document import Node, base, documents, operations
from core.settings import PLANS, PREFIX, Settings

MIB = 2**20


def configuration() -> str:
    """Every setting with its default and its meaning."""
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        lines.append(f"| `{PREFIX}{name.upper()}` | {_default(name, field.default)} | {field.description} |")
    return "\n".join(lines) + "\n"


def _default(name: str, value: Any) -> str:
    if name == "plans":
        return "[above](#plans)"
    if value is None or value is PydanticUndefined or isinstance(value, SecretStr) or value == ():
        return ""
    if isinstance(value, tuple):
        value = ",".join(map(str, value))
    return f"`{Path(value) if isinstance(value, Path) else value}`"


def plans() -> str:
    """What each plan allows an organisation by default."""
    free = Settings.model_fields["free_requests_per_hour"].default
    lines = [
        "| plan | requests an hour, each key | all its callers together | keys | feeds | members | lists and notes |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, plan in PLANS.items():
        each = free if plan.requests_per_hour is None else plan.requests_per_hour
        figures = (each, plan.organization_requests_per_hour, plan.keys, plan.feeds, plan.members)
        cells = " | ".join(f"{figure:,}" for figure in figures)
        lines.append(f"| `{name}` | {cells} | {plan.storage_bytes // MIB:,} MiB |")
    return "\n".join(lines) + "\n"


def scopes() -> str:
    """Every scope, what it allows, from which role on a person has it, and whether a key can."""
    scheme = documents()[0]["components"]["securitySchemes"]["bearer"]
    role_of = {scope: role for role, added in scheme["x-roles"].items() for scope in added}
    lines = ["| scope | allows | a person, from this role on | a key |", "|---|---|---|---|"]
    for scope, meaning in scheme["x-scopes"].items():
        key = "never" if scope in scheme["x-person-scopes"] else "if its maker has it"
        lines.append(f"| `{scope}` | {meaning} | {role_of[scope]} | {key} |")
    return "\n".join(lines) + "\n"


def migration() -> str:
    """Every operation of v1, what replaces it, and the names that change on the way."""
    newer, older = documents()
    address = {
        operation["operationId"]: f"{method.upper()} {base(newer)}{path}"
        for path, method, operation in operations(newer)
    }
    lines = ["| v1 | v2 | renamed | gone |", "|---|---|---|---|"]
    for path, method, operation in operations(older):
        successor = operation["x-replaced-by"]
        moves = successor["parameters"] | successor["members"]
        lines.append(
            f"| `{method.upper()} {base(older)}{path}` | `{address[successor['operation']]}` "
            f"| {_renamed(moves)} | {_gone(moves)} |"
        )
    return "\n".join(lines) + "\n"


def _renamed(moves: Mapping[str, str | None]) -> str:
    return ", ".join(f"`{old}` → `{new}`" for old, new in moves.items() if new is not None and new != old)


def _gone(moves: Node) -> str:
    return ", ".join(f"`{old}`" for old, new in moves.items() if new is None)
