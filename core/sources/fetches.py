"""The queue of fetches: which jobs exclude each other."""

from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from core.infra.context import infrastructure
from core.infra.db import session
from core.kit.principal import NEWSROOM_ID

FETCH_TASK: Final = "ingest:fetch_source"
ASKED_PRIORITY: Final = 10
"""Somebody waits for it: before what the scheduler enqueues (0)."""


async def enqueue(
    organization_id: UUID, source_id: UUID, kind: str, url: str | None, *, asked_for: bool = False
) -> int | None:
    """Put a fetch into the queue when the ambient transaction commits; its id, or None where one waits already."""
    return await infrastructure().jobs.enqueue(
        await session(),
        FETCH_TASK,
        lock=_lock(organization_id, source_id, kind, url),
        queueing_lock=waiting_lock(source_id),
        priority=ASKED_PRIORITY if asked_for else 0,
        organization_id=str(organization_id),
        source_id=str(source_id),
        asked_for=asked_for,
    )


def waiting_lock(source_id: UUID) -> str:
    """At most one fetch of a source waits."""
    return f"fetch:{source_id}"


def _lock(organization_id: UUID, source_id: UUID, kind: str, url: str | None) -> str:
    """Politeness between processes: one fetch from a host at a time. Our own sandbox needs none.

    What a person reads at a provider has tokens and a budget of its own: it waits for nobody, and nobody for it.
    """
    if kind != "feed":
        return f"upstream:{kind}" if organization_id == NEWSROOM_ID else f"source:{source_id}"
    parts = urlsplit(url or "")
    if f"{parts.scheme}://{parts.netloc}" == infrastructure().settings.sandbox_url:
        return f"source:{source_id}"
    return f"host:{parts.hostname}"
