"""All SQL about the audit log. The application may read the log of its organisation and append to it, nothing else."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from core.audit.types import Event
from core.infra.db import Connection
from core.kit import json

_APPEND: Final = "SELECT append_audit(%s, %s::jsonb)"


async def append(connection: Connection, organization_id: UUID, events: Sequence[Event]) -> None:
    """Write the events, in this order, at the end of the log; nobody else can append until the transaction ends."""
    document = json.dumps([event._asdict() for event in events]).decode()
    await connection.execute(_APPEND, (organization_id, document))
