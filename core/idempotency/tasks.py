"""What a worker does for kept answers, beside the jobs."""

from typing import Any, Final

import structlog

from core.idempotency.service import idempotency

REAP_S: Final = 600.0


async def reap() -> None:
    """Remove the answers that are older than 72 hours. Safe to run anywhere, as often as one likes."""
    reaped = await idempotency.reap()
    if reaped:
        _log().info("kept_answers_reaped", answers=reaped)


def _log() -> Any:
    return structlog.get_logger(__name__)
