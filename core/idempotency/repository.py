"""All SQL about kept answers. The tenant is the one of the transaction."""

from datetime import datetime
from typing import Final, NamedTuple

from core.contract.ports import Keyed
from core.infra.db import Asker, Connection, Database, Statement

_RECALL: Final = """
SELECT is_free, fingerprint, status, answer FROM recall_answer(%(organization)s, %(principal)s, %(key)s, %(since)s)
"""

_FIND: Final = """
SELECT true, fingerprint, status, answer FROM kept_answers
WHERE organization_id = %(organization)s AND principal_id = %(principal)s AND key_hash = %(key)s
  AND created_at >= %(since)s
"""

_KEEP: Final = """
INSERT INTO kept_answers (organization_id, principal_id, key_hash, fingerprint, status, answer, created_at)
VALUES (%(organization)s, %(principal)s, %(key)s, %(fingerprint)s, %(status)s, %(answer)s, %(now)s)
ON CONFLICT (organization_id, principal_id, key_hash) DO UPDATE SET fingerprint = excluded.fingerprint,
  status = excluded.status, answer = excluded.answer, created_at = excluded.created_at
"""

_REAP: Final = "SELECT reap_answers(%s, %s)"


class Found(NamedTuple):
    """What is known of a key: its answer; or none, and whether this transaction holds it now."""

    is_free: bool
    fingerprint: bytes | None
    status: int | None
    answer: bytes | None


async def recall(asker: Asker, request: Keyed, key_hash: bytes, *, since: datetime) -> Found:
    """The answer to a key since then; without one, the key is held until the transaction ends."""
    return Found(*(await asker.ask(Statement(_RECALL, {**_scope(request, key_hash), "since": since})))[0])


async def find(database: Database, request: Keyed, key_hash: bytes, *, since: datetime) -> Found | None:
    """The answer to a key since then; needs no transaction, and holds nothing."""
    rows = await database.short_read(request.principal, _FIND, {**_scope(request, key_hash), "since": since})
    return Found(*rows[0]) if rows else None


def keep(
    request: Keyed, key_hash: bytes, *, fingerprint: bytes, status: int, answer: bytes, now: datetime
) -> Statement:
    """Writes an answer, in the place of one that is too old."""
    values = {"fingerprint": fingerprint, "status": status, "answer": answer, "now": now}
    return Statement(_KEEP, {**_scope(request, key_hash), **values})


async def reap(connection: Connection, before: datetime, most: int) -> int:
    """Remove up to `most` answers of any organisation that are older; how many there were."""
    row = await (await connection.execute(_REAP, (before, most))).fetchone()
    assert row is not None  # noqa: S101 - the function always gives one row
    return int(row[0])


def _scope(request: Keyed, key_hash: bytes) -> dict[str, object]:
    return {
        "organization": request.principal.organization_id,
        "principal": request.principal.principal_id,
        "key": key_hash,
    }
