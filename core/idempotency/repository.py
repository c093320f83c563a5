"""All SQL about kept answers. The tenant is the one of the transaction."""

from datetime import datetime
from typing import Final, NamedTuple

from core.contract.ports import Keyed
from core.infra.db import Connection, Database, Statement

ANSWER_KEPT: Final = "answer_kept"
KEY_HELD: Final = "key_held"
"""The reasons of `claim`."""

_CLAIM: Final = "SELECT claim_answer(%(organization)s, %(principal)s, %(key)s, %(since)s)"

_FIND: Final = """
SELECT fingerprint, status, answer FROM kept_answers
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
    """The answer to a key, and the request that it belongs to."""

    fingerprint: bytes
    status: int
    answer: bytes


def claim(request: Keyed, *, since: datetime) -> Statement:
    """Holds a key until the transaction ends.

    Refuses for `ANSWER_KEPT` where it was answered since then, and for `KEY_HELD` where somebody else holds it.
    """
    return Statement(_CLAIM, {**_scope(request), "since": since})


async def find(database: Database, request: Keyed, *, since: datetime) -> Found | None:
    """The answer to a key since then; needs no transaction, and holds nothing."""
    rows = await database.short_read(request.principal, _FIND, {**_scope(request), "since": since})
    return Found(*rows[0]) if rows else None


def keep(request: Keyed, *, fingerprint: bytes, status: int, answer: bytes, now: datetime) -> Statement:
    """Writes an answer, in the place of one that is too old."""
    values = {"fingerprint": fingerprint, "status": status, "answer": answer, "now": now}
    return Statement(_KEEP, {**_scope(request), **values})


async def reap(connection: Connection, before: datetime, most: int) -> int:
    """Remove up to `most` answers of any organisation that are older; how many there were."""
    row = await (await connection.execute(_REAP, (before, most))).fetchone()
    assert row is not None  # noqa: S101 - the function always gives one row
    return int(row[0])


def _scope(request: Keyed) -> dict[str, object]:
    return {
        "organization": request.principal.organization_id,
        "principal": request.principal.principal_id,
        "key": request.key_hash,
    }
