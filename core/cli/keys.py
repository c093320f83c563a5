"""`tidings keys`: make, list and revoke API keys."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import typer

from core.cli.documents import known_scopes, reading_scopes
from core.cli.errors import CommandError
from core.cli.instance import as_operator, instance_settings, run
from core.cli.options import AsJson
from core.cli.output import show_one, show_rows
from core.cli.rows import KEY, PAGE, every_row, shown
from core.infra.context import Infrastructure
from core.keys.service import keys
from core.organizations.service import organizations
from core.sandboxes.service import sandboxes

NEWSROOM: Final = "newsroom"
_SPAN: Final = re.compile(r"(\d{1,6})([mhd])", re.ASCII)
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}


def create(
    name: Annotated[str, typer.Option(help="What the key is for.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(help="What it may do; give the option again for more. All that reads news when left out."),
    ] = None,
    requests_per_hour: Annotated[
        int | None,
        typer.Option(min=0, help="Its own budget; 0 for no limit. The organisation's plan decides when left out."),
    ] = None,
    expires: Annotated[
        str | None, typer.Option(help="When it ends: 30d, 12h, 45m, or an RFC 3339 date. Never when left out.")
    ] = None,
    organization: Annotated[
        str, typer.Option(metavar="SLUG", help="Short name of the organisation that it belongs to.")
    ] = NEWSROOM,
    test: Annotated[
        bool, typer.Option("--test", help="For the sandbox and its frozen news, not for live data.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make an API key. The key is shown once and never again; only its hash is stored."""
    scopes = _checked(scope) if scope else reading_scopes()
    ends = None if expires is None else expiry(expires, now=datetime.now(UTC))

    async def work(_: Infrastructure) -> dict[str, Any]:
        principal = await organizations.act_as_operator(organization)
        made = await keys.create(
            principal,
            name=name,
            scopes=scopes,
            requests_per_hour=requests_per_hour,
            expires_at=ends,
            mode="test" if test else "live",
        )
        members = ("name", "mode", "scopes", "requests_per_hour", "created_at", "expires_at")
        row = shown(made, "key", members)
        return {"id": row.pop("id"), "key": made.key, **row}

    if test:  # before the key is made: it is shown once, and then there is something to read at once
        run(instance_settings(), lambda _: sandboxes.fill_newsroom())
    show_one(as_operator(work), as_json=as_json)


def list_(
    organization: Annotated[
        str, typer.Option(metavar="SLUG", help="Short name of the organisation whose keys they are.")
    ] = NEWSROOM,
    as_json: AsJson = False,
) -> None:
    """List the API keys of an organisation, newest first, without their secrets."""

    async def work(_: Infrastructure) -> list[dict[str, Any]]:
        principal = await organizations.act_as_operator(organization)
        rows = await every_row(lambda cursor: keys.list(principal, limit=PAGE, cursor=cursor))
        return [shown(row, "key", KEY) for row in rows]

    columns = (
        "id",
        "name",
        "mode",
        "prefix",
        "scopes",
        "requests_per_hour",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
    show_rows(
        as_operator(work), columns, as_json=as_json, empty="There is no key yet: `tidings keys create` makes one."
    )


def revoke(
    key: Annotated[str, typer.Argument(metavar="KEY_ID", help="Id of the key (key_…).")],
    organization: Annotated[
        str, typer.Option(metavar="SLUG", help="Short name of the organisation that it belongs to.")
    ] = NEWSROOM,
) -> None:
    """Revoke an API key; it stops working within a second."""

    async def work(_: Infrastructure) -> None:
        await keys.revoke(await organizations.act_as_operator(organization), key)

    as_operator(work)


def reset_sandbox(
    organization: Annotated[
        str, typer.Option(metavar="SLUG", help="Short name of the organisation whose sandbox it is.")
    ] = NEWSROOM,
) -> None:
    """Remove everything that test keys have written. The organisation's test keys go on working."""

    async def work(_: Infrastructure) -> bool:
        return await sandboxes.reset(await organizations.act_as_operator(organization))

    if not as_operator(work):
        raise CommandError(f"{organization} has no sandbox yet: `tidings keys create --test` makes it")


def expiry(text: str, *, now: datetime) -> datetime:
    """The moment that `30d`, `12h`, `45m` or an RFC 3339 date stands for. Raises `typer.BadParameter`."""
    span = _SPAN.fullmatch(text)
    if span is not None:
        return now + timedelta(**{_UNITS[span[2]]: int(span[1])})
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is neither a span (30d, 12h, 45m) nor an RFC 3339 date") from None
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    if moment <= now:
        raise typer.BadParameter(f"{text!r} lies in the past")
    return moment


def _checked(scopes: list[str]) -> list[str]:
    unknown = [scope for scope in scopes if scope not in known_scopes()]
    if unknown:
        raise typer.BadParameter(f"there is no scope {', '.join(unknown)}; known are {', '.join(known_scopes())}")
    return list(dict.fromkeys(scopes))
