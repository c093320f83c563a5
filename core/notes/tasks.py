"""The jobs of notes."""

from procrastinate import Blueprint

from core.notes.purge import purge

NAMESPACE = "notes"


def blueprint() -> Blueprint:
    """The tasks, to be added to a worker's app under `NAMESPACE`."""
    tasks = Blueprint()
    tasks.periodic(cron="17 * * * *")(tasks.task(name="purge_notes", pass_context=False)(purge_notes))
    return tasks


async def purge_notes(timestamp: int) -> None:
    """Every hour: remove what was deleted 30 days ago. Safe to repeat; `timestamp` is when the run was due."""
    await purge()
