"""`tidings contract usage`: which parts of the contracts are used, and by whom; and the file that it makes.

{"since": "2026-10-30", "days": 30, "elements": [{"organization": "acme", "caller": {"id": "key_…", "kind": "api_key",
"name": "Nightly import"}, "version": "v1", "operation": "listArticles", "kind": "parameter", "name": "category",
"value": "", "calls": 12, "last_call_at": "2026-11-28T10:11:12Z"}]}
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import orjson
import typer

from core.cli.errors import CommandError
from core.cli.options import AsJson
from core.cli.output import print_json, show_rows
from core.contract.elements import Element
from core.kit import ids
from core.releases.consequences import Caller, Use
from core.usage.types import CallerUsage

if TYPE_CHECKING:
    from core.infra.context import Infrastructure

Days = Annotated[int, typer.Option("--days", min=1, max=400, help="How far to look back.")]

DAYS: Final = 30
_PREFIXES: Final = {"api_key": "key", "user": "acct"}
_COLUMNS: Final = ("organization", "caller", "version", "operation", "kind", "name", "value", "calls", "last_call_at")


class UsageFileError(CommandError):
    """The file of recorded usage cannot be read. The message is one line."""


class Recorded(NamedTuple):
    """What was used from `since` on, the last `days` days; fewer than were asked for where the record is younger."""

    since: date
    days: int
    uses: Sequence[Use]


def show(days: Days = DAYS, as_json: AsJson = False) -> None:
    """Show which parts of the contracts each key and person used; --json makes the file for `contract diff --usage`."""
    recorded = of_instance(days)
    if as_json:
        rows = [_as_node(use) for use in recorded.uses]
        print_json({"since": recorded.since.isoformat(), "days": recorded.days, "elements": rows})
    else:
        show_rows([_as_row(use) for use in recorded.uses], _COLUMNS, as_json=False, empty="Nothing was used.")


def of_instance(days: int) -> Recorded:
    """What all callers of the instance here used."""
    # a second of imports, which `contract diff` spends while the documents are compared, or not at all
    from core.cli.instance import as_operator
    from core.usage.service import usage

    async def work(infra: "Infrastructure") -> Recorded:
        today = infra.clock.now().date()
        since = max(today - timedelta(days=days), await usage.elements_began() or today)
        uses = [_use(row) for row in await usage.elements_everywhere(since=since)]
        return Recorded(since, (today - since).days, sorted(uses))

    return as_operator(work)


def of_file(path: Path) -> Recorded:
    """What a file tells that `tidings contract usage --json` made, or another product. Raises `UsageFileError`."""
    try:
        told = orjson.loads(path.read_bytes())
        uses = [_read(node) for node in told["elements"]]
        return Recorded(date.fromisoformat(told["since"]), int(told["days"]), uses)
    except OSError as error:
        raise UsageFileError(f"{path}: {error.strerror}") from None
    except orjson.JSONDecodeError as error:
        raise UsageFileError(f"{path}: not JSON: {error.msg}") from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        what = f"has no {error}" if isinstance(error, KeyError) else str(error)
        raise UsageFileError(f"{path}: not what `tidings contract usage --json` prints: {what}") from None


def _use(row: CallerUsage) -> Use:
    kind = row.principal_kind or "user"  # keys stay, people can have themselves erased
    id_ = ids.encode(_PREFIXES[kind], row.principal_id) if kind in _PREFIXES else str(row.principal_id)
    caller = Caller(row.organization_slug, id_, kind, row.principal_name)
    element = Element(row.kind, row.name, row.value)  # type: ignore[arg-type]  # the table has a check for it
    return Use(caller, row.version, row.operation, element, row.calls, row.last_call_at)


def _read(node: Mapping[str, Any]) -> Use:
    caller = node["caller"]
    by = Caller(str(node["organization"]), str(caller["id"]), str(caller["kind"]), caller.get("name"))
    element = Element(node["kind"], str(node.get("name", "")), str(node.get("value", "")))
    moment = datetime.fromisoformat(node["last_call_at"])
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return Use(by, str(node.get("version", "")), str(node["operation"]), element, int(node["calls"]), moment)


def _as_node(use: Use) -> dict[str, Any]:
    caller = {"id": use.caller.id, "kind": use.caller.kind, "name": use.caller.name}
    return {"organization": use.caller.organization, "caller": caller, **_of_element(use)}


def _as_row(use: Use) -> dict[str, Any]:
    caller = f"{use.caller.name or use.caller.kind} ({use.caller.id})"
    return {"organization": use.caller.organization, "caller": caller, **_of_element(use)}


def _of_element(use: Use) -> dict[str, Any]:
    told = {"version": use.version, "operation": use.operation, **use.element._asdict()}
    return {**told, "calls": use.calls, "last_call_at": use.last_call_at}
