"""The jobs of ingest."""

from uuid import UUID

from procrastinate import Blueprint, JobContext

from core.infra.jobs import UNTIL_BACK
from core.ingest.polling import poll_source

NAMESPACE = "ingest"


def blueprint() -> Blueprint:
    """The tasks, to be added to a worker's app under `NAMESPACE`. The worker's context holds `clients`."""
    tasks = Blueprint()
    tasks.task(name="fetch_source", pass_context=True, retry=UNTIL_BACK)(fetch_source)
    return tasks


async def fetch_source(context: JobContext, *, organization_id: str, source_id: str, asked_for: bool = False) -> None:
    """Poll one source. Safe to repeat: what is stored already is recognised."""
    clients = context.additional_context["clients"]
    await poll_source(clients, UUID(organization_id), UUID(source_id), asked_for=asked_for)
