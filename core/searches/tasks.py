"""The jobs of the history of searches."""

from procrastinate import Blueprint

from core.searches.service import searches

NAMESPACE = "searches"


def blueprint() -> Blueprint:
    """The tasks, to be added to a worker's app under `NAMESPACE`."""
    tasks = Blueprint()
    tasks.periodic(cron="27 * * * *")(tasks.task(name="purge_searches", pass_context=False)(purge_searches))
    return tasks


async def purge_searches(timestamp: int) -> None:
    """Every hour: forget what was searched for 90 days ago. Safe to repeat; `timestamp` is when the run was due."""
    await searches.purge()
