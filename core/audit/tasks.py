"""The daily verification of all audit logs."""

from typing import Any, Final

import structlog
from procrastinate import Blueprint

from core.audit.service import audit

NAMESPACE: Final = "audit"
DAILY: Final = "23 3 * * *"
"""At 03:23 UTC: the queue sees to it that one worker does it once."""


def blueprint() -> Blueprint:
    """The tasks, to be added to a worker's app under `NAMESPACE`."""
    tasks = Blueprint()
    tasks.periodic(cron=DAILY)(tasks.task(name="verify_audit_logs", queueing_lock="verify_audit_logs")(verify_logs))
    return tasks


async def verify_logs(timestamp: int) -> None:
    """Verify every log, and write its head to the worker's own log, where the database's owner cannot change it."""
    for verdict in await audit.verify_all():
        said: dict[str, Any] = {
            "organization_id": str(verdict.organization_id),
            "length": verdict.head.length,
            "hash": verdict.head.hash.hex(),
        }
        if verdict.broken_at is None:
            _log().info("audit_log_verified", **said)
        else:
            _log().error("audit_log_broken", **said, broken_at=verdict.broken_at, reason=verdict.reason)


def _log() -> Any:
    return structlog.get_logger(__name__)
