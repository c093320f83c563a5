"""The jobs of accounts."""

from uuid import UUID

from procrastinate import Blueprint

from core.accounts.erasure import erase
from core.infra.jobs import UNTIL_BACK

NAMESPACE = "accounts"


def blueprint() -> Blueprint:
    """The tasks, to be added to a worker's app under `NAMESPACE`."""
    tasks = Blueprint()
    tasks.task(name="erase_account", retry=UNTIL_BACK)(erase_account)
    return tasks


async def erase_account(*, account_id: str, organization_id: str) -> None:
    """Erase an account whose time of grace is over. Safe to repeat: an erased one is not there any more."""
    await erase(UUID(account_id), UUID(organization_id))
