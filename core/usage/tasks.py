"""The jobs of usage."""

from typing import Final

from procrastinate import Blueprint

from core.usage.service import usage

NAMESPACE: Final = "usage"
DAILY: Final = "41 2 * * *"


def blueprint() -> Blueprint:
    """The tasks, to be added to a worker's app under `NAMESPACE`."""
    tasks = Blueprint()
    tasks.periodic(cron=DAILY)(tasks.task(name="purge_element_usage", pass_context=False)(purge_element_usage))
    return tasks


async def purge_element_usage(timestamp: int) -> None:
    """Every day: forget what was used 400 days ago. Safe to repeat; `timestamp` is when the run was due."""
    await usage.purge_elements()
