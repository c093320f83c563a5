"""The tables of README.md: settings, plans, scopes with their roles, and what of v1 went where."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from ci.readme.document import documents
from core.contract.replacements import Move, replacements_of
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
    lines = ["| v1 | v2 | renamed | gone |", "|---|---|---|---|"]
    for item in replacements_of(older, newer):
        moves = (*item.parameters, *item.request, *item.response)
        link = f"[`{item.place}`](docs/migration.md#{item.anchor})"
        lines.append(f"| {link} | `{item.successor_place}` | {_renamed(moves)} | {_gone(moves)} |")
    return "\n".join(lines) + "\n"


def _renamed(moves: Iterable[Move]) -> str:
    renamed = {_member(move.name): _member(move.to) for move in moves if move.to is not None and move.by != "asked"}
    return ", ".join(f"`{old}` → `{new}`" for old, new in renamed.items() if old != new)


def _gone(moves: Iterable[Move]) -> str:
    return ", ".join(f"`{_member(move.name)}`" for move in moves if move.to is None)


def _member(name: str) -> str:
    """A member as programs write it: `meta.total` for `/meta/total`, and without the list that it is in."""
    return name.removeprefix("/data/*").removeprefix("/").replace("/", ".")
