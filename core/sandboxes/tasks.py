"""The jobs of sandboxes."""

from typing import Final

from procrastinate import Blueprint

from core.infra.jobs import UNTIL_BACK
from core.sandboxes.service import sandboxes

NAMESPACE: Final = "sandboxes"


def blueprint() -> Blueprint:
    """The tasks, to be added to a worker's app under `NAMESPACE`."""
    tasks = Blueprint()
    tasks.task(name="fill_newsroom", retry=UNTIL_BACK)(fill_newsroom)
    return tasks


async def fill_newsroom() -> None:
    """Fill the newsroom of test keys. Safe to repeat: one that is as it should be is left alone."""
    await sandboxes.fill_newsroom()
