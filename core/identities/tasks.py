"""The jobs of identities."""

from typing import Final
from uuid import UUID

import structlog
from procrastinate import Blueprint, JobContext

from core.errors import ProviderNotConfigured, ProviderUnavailable
from core.identities import grants
from core.infra.context import infrastructure
from core.infra.jobs import Backoff, TryAgain

NAMESPACE: Final = "identities"
PAUSES: Final = Backoff(5, 60, 10 * 60, 3600, 6 * 3600, 24 * 3600)


def blueprint() -> Blueprint:
    """The tasks, to be added to a worker's app under `NAMESPACE`. The worker's context holds `egress`."""
    tasks = Blueprint()
    tasks.task(name="withdraw_consent", pass_context=True, retry=PAUSES)(withdraw_consent)
    return tasks


async def withdraw_consent(context: JobContext, *, identity_id: str, sealed_refresh: str) -> None:
    """Tell the provider that somebody has unlinked it. Safe to repeat: a token ends once."""
    try:
        egress = context.additional_context["egress"]
        await grants.withdraw(infrastructure().settings, egress, UUID(identity_id), sealed_refresh)
    except ProviderUnavailable as error:
        raise TryAgain(error.detail) from None
    except ProviderNotConfigured:
        structlog.get_logger(__name__).warning("consent_not_withdrawn", identity=identity_id, why="not configured")
