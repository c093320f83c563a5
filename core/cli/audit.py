"""`tidings audit`: read, export and verify the audit log."""

import re
import sys
from typing import Annotated, Any, Final

import typer

from core.audit.service import audit
from core.audit.types import AuditEvent, AuditFilter, Head, Verdict
from core.cli.errors import CommandError
from core.cli.instance import as_operator, instance_settings, run
from core.cli.options import AsJson
from core.cli.output import show_rows
from core.cli.rows import every_row
from core.infra.context import Infrastructure
from core.kit import ids, json
from core.kit.principal import Principal, operator
from core.organizations.service import organizations

EXPORT_PAGE: Final = 5000
COLUMNS: Final = ("sequence", "at", "actor_name", "actor_id", "action", "target_id", "address", "request_id")
VERDICTS: Final = ("organization", "length", "hash", "state")

_HEAD: Final = re.compile(r"([0-9]{1,18}):([0-9a-f]{64})")

Organization = Annotated[
    str | None, typer.Option(help="Short name of the organisation; the newsroom when left out.", metavar="SLUG")
]
Actor = Annotated[str | None, typer.Option(help="Only what this key or account did, or `operator`, or `job`.")]
Action = Annotated[str | None, typer.Option(help="Only this kind of change: feed.created.")]
Target = Annotated[str | None, typer.Option(help="Only changes of the resource with this id.")]


def list_(
    organization: Organization = None,
    actor: Actor = None,
    action: Action = None,
    target: Target = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List what was changed, newest first."""
    wanted = AuditFilter(actor=actor, action=action, target=target)

    async def work(_: Infrastructure) -> list[dict[str, Any]]:
        found = await audit.list(await _where(organization), wanted, limit=limit)
        return [_shown(event) for event in found.rows]

    show_rows(as_operator(work), COLUMNS, as_json=as_json, empty="Nothing was changed yet.")


def export(
    organization: Organization = None, actor: Actor = None, action: Action = None, target: Target = None
) -> None:
    """Write the whole log to standard output as NDJSON, oldest first."""
    wanted = AuditFilter(actor=actor, action=action, target=target)

    async def work(_: Infrastructure) -> list[AuditEvent]:
        principal = await _where(organization)
        return await every_row(lambda cursor: audit.export(principal, wanted, limit=EXPORT_PAGE, cursor=cursor))

    for event in as_operator(work):
        sys.stdout.write(json.dumps(_shown(event)).decode() + "\n")


def verify(
    organization: Annotated[
        str | None, typer.Option(help="Short name of the organisation; all of them when left out.", metavar="SLUG")
    ] = None,
    head: Annotated[
        str | None,
        typer.Option(help="What an earlier run printed of this organisation: the log must still begin like that."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compute every hash anew; fails at the first event that is not as it was written. Note the output elsewhere."""
    noted = None if head is None else _noted(head)
    if noted is not None and organization is None:
        raise typer.BadParameter("--head belongs to one organisation: name it with --organization")

    async def work(infra: Infrastructure) -> tuple[Verdict, ...]:
        if organization is None:
            return await audit.verify_all()
        async with infra.unit_of_work(operator()):
            principal = await _where(organization)
        return (await audit.verify(principal, noted),)

    verdicts = run(instance_settings(), work)
    show_rows([_judged(each) for each in verdicts], VERDICTS, as_json=as_json, empty="There is no audit log yet.")
    broken = [each for each in verdicts if each.broken_at is not None]
    if broken:
        raise CommandError(f"the audit log was changed: {_judged(broken[0])['state']}")


async def _where(slug: str | None) -> Principal:
    return operator() if slug is None else await organizations.act_as_operator(slug)


def _noted(text: str) -> Head:
    match = _HEAD.fullmatch(text)
    if match is None:
        raise typer.BadParameter(f"{text[:80]!r} is not LENGTH:HASH, as `tidings audit verify --json` has them")
    return Head(int(match[1]), bytes.fromhex(match[2]))


def _judged(verdict: Verdict) -> dict[str, Any]:
    broken = verdict.broken_at is not None
    return {
        "organization": ids.encode("org", verdict.organization_id),
        "length": verdict.head.length,
        "hash": verdict.head.hash.hex(),
        "state": f"broken at event {verdict.broken_at}: {verdict.reason}" if broken else "in order",
        "broken_at": verdict.broken_at,
    }


def _shown(event: AuditEvent) -> dict[str, Any]:
    names = [name for name in AuditEvent.__slots__ if name not in ("id", "hash")]
    members = {name: getattr(event, name) for name in names}
    return {"id": ids.encode("aud", event.id), **members, "hash": event.hash.hex()}
