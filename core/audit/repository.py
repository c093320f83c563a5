"""All SQL about the audit log. The application may read the log of its organisation and append to it, nothing else."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple, cast
from uuid import UUID

from psycopg.rows import class_row

from core.audit.types import AuditEvent, AuditFilter, Event, Head
from core.infra.db import Connection, Statement
from core.kit import json
from core.kit.principal import Principal

NOTHING: Final = bytes(32)
"""What stands for the hash before the first event."""

_APPEND: Final = "SELECT append_audit(%(organization)s, %(events)s::jsonb)"

_COLUMNS: Final = """
SELECT sequence, id, at, actor_kind, actor_id, actor_name, action, target_kind, target_id, before, after, address,
  request_id, operation, hash
FROM audit_events WHERE organization_id = %(organization)s
"""

_CONDITIONS: Final = {
    "actor": "actor_id = %(actor)s",
    "action": "action = %(action)s",
    "target": "target_id = %(target)s",
    "since": "at >= %(since)s",
    "until": "at < %(until)s",
    "request_id": "request_id = %(request_id)s",
}

# What an event hashes to, as `append_audit` computes it: the verification must not ask the function that it verifies.
_CANONICAL: Final = """
SELECT sequence, hash, convert_to(jsonb_build_array(
  organization_id, sequence, id, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
  actor_kind, actor_id, actor_name, action, target_kind, target_id, before, after,
  address, request_id, operation)::text, 'UTF8')
FROM audit_events
WHERE organization_id = %(organization)s AND sequence > %(after)s AND sequence <= %(last)s
ORDER BY sequence LIMIT %(limit)s
"""

_HEAD: Final = """
SELECT h.count, h.hash, (SELECT max(sequence) FROM audit_events e WHERE e.organization_id = %(organization)s)
FROM (SELECT) one LEFT JOIN audit_heads h ON h.organization_id = %(organization)s
"""

_AUDITED: Final = "SELECT audited_organizations()"


class Link(NamedTuple):
    """One event of the chain: its number, the hash that it has, and the text that it should be the hash of."""

    sequence: int
    hash: bytes
    text: bytes


def append(organization_id: UUID, events: Sequence[Event]) -> Statement:
    """Writes the events, in this order, at the end of the log; nobody else can append until the transaction ends."""
    document = json.dumps(events).decode()
    return Statement(_APPEND, {"organization": organization_id, "events": document})


async def audited_organizations(connection: Connection) -> list[UUID]:
    """Every organisation that has a log."""
    return [row[0] for row in await (await connection.execute(_AUDITED)).fetchall()]


class AuditRepository:
    """The log of the principal's organisation."""

    def __init__(self, connection: Connection, principal: Principal) -> None:
        self._connection = connection
        self._organization = {"organization": principal.organization_id}

    async def page(self, wanted: AuditFilter, *, limit: int, after: int | None, newest_first: bool) -> list[AuditEvent]:
        """Events on the far side of number `after`, in the order that is asked for."""
        given = wanted.given()
        statement = _page(tuple(given), newest_first, after is not None)
        cursor = self._connection.cursor(row_factory=class_row(AuditEvent))
        await cursor.execute(statement.encode(), {**self._organization, **given, "after": after, "limit": limit})
        return await cursor.fetchall()

    async def head(self) -> tuple[Head | None, int]:
        """What the log says of its own end, and the highest number that there is (0 for none)."""
        row = await (await self._connection.execute(_HEAD, self._organization)).fetchone()
        length, hash_, last = cast("tuple[Any, ...]", row)
        return (None if length is None else Head(length, hash_)), last or 0

    async def chain(self, *, after: int, last: int, limit: int) -> list[Link]:
        """The next events up to number `last`."""
        values = {**self._organization, "after": after, "last": last, "limit": limit}
        return [Link(*row) for row in await (await self._connection.execute(_CANONICAL, values)).fetchall()]


@lru_cache(maxsize=256)
def _page(names: tuple[str, ...], newest_first: bool, has_position: bool) -> str:
    """Conditions of constants only; the values are parameters."""
    sign, order = ("<", "DESC") if newest_first else (">", "ASC")
    conditions = [_CONDITIONS[name] for name in names]
    if has_position:
        conditions.append(f"sequence {sign} %(after)s")
    return "".join([_COLUMNS, *(f"AND {each}\n" for each in conditions), f"ORDER BY sequence {order} LIMIT %(limit)s"])
