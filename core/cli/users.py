"""`tidings users`: look after the accounts of the instance."""

from typing import Annotated, Any, Final

import typer

from core.accounts.operators import account_operations
from core.cli.instance import as_operator
from core.cli.options import AsJson
from core.cli.output import say, show_one, show_rows
from core.cli.rows import PAGE, every_row, shown
from core.infra.context import Infrastructure
from core.sessions.service import sessions

_MEMBERS: Final = ("email", "name", "created_at", "last_login_at", "suspended_at", "erase_after")
Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The account's e-mail address.")]


def list_(as_json: AsJson = False) -> None:
    """List the accounts, newest first."""

    async def work(_: Infrastructure) -> list[dict[str, Any]]:
        rows = await every_row(lambda cursor: account_operations.list(limit=PAGE, cursor=cursor))
        return [shown(row, "acct", _MEMBERS) for row in rows]

    show_rows(as_operator(work), ("id", *_MEMBERS), as_json=as_json, empty="Nobody has registered yet.")


def show(email: Email, as_json: AsJson = False) -> None:
    """Show one account."""

    async def work(_: Infrastructure) -> dict[str, Any]:
        return shown(await account_operations.get(email), "acct", _MEMBERS)

    show_one(as_operator(work), as_json=as_json)


def suspend(email: Email) -> None:
    """Suspend an account: its sessions end within a second, and nobody logs in to it until `restore`."""

    async def work(_: Infrastructure) -> None:
        await account_operations.suspend(email)

    as_operator(work)


def restore(email: Email) -> None:
    """Lift the suspension of an account, and take its deletion back."""

    async def work(_: Infrastructure) -> None:
        await account_operations.restore(email)

    as_operator(work)


def reset_password(email: Email, as_json: AsJson = False) -> None:
    """Give an account a new password. It is shown once; the sessions of the account end."""

    async def work(_: Infrastructure) -> dict[str, Any]:
        return {"email": email, "password": await account_operations.reset_password(email)}

    show_one(as_operator(work), as_json=as_json)


def delete(
    email: Email,
    now: Annotated[bool, typer.Option("--now", help="Without a time of grace: the next job erases it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete an account: its sessions end now, and a job erases it when its time of grace is over."""

    async def work(_: Infrastructure) -> dict[str, Any]:
        return {"email": email, "erase_after": await account_operations.delete(email, at_once=now)}

    show_one(as_operator(work), as_json=as_json)


def rotate_signing_key(
    now: Annotated[
        bool,
        typer.Option("--now", help="The key is in foreign hands: sign with another one now, and trust no other."),
    ] = False,
) -> None:
    """Sign access tokens with a new key, ten minutes from now."""

    async def work(_: Infrastructure) -> str:
        return await sessions.rotate_signing_key(at_once=now)

    say(as_operator(work))
