"""All SQL about sandboxes and the frozen newsroom."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb

from core.infra.db import Connection
from core.kit.principal import OPERATOR_ID, SANDBOX_NEWSROOM_ID, Principal

_ABOUT: Final = "SELECT name, plan FROM organizations WHERE id = %(organization)s"

_MAKE: Final = """
INSERT INTO organizations (id, slug, name, plan, sandbox_of)
VALUES (%(organization)s, %(slug)s, %(name)s, %(plan)s, %(owner)s) ON CONFLICT (id) DO NOTHING
"""

_ADMIT: Final = """
INSERT INTO principals (organization_id, id, kind, name) VALUES (%(organization)s, %(id)s, %(kind)s, %(name)s)
ON CONFLICT (organization_id, id) DO UPDATE SET name = excluded.name
"""

_OWN_TEST_KEY: Final = """
SELECT 1 FROM api_keys k
WHERE k.organization_id = %(organization)s AND k.id = %(id)s AND k.prefix LIKE 'tdk\\_test\\_%%'
"""

_RENEW: Final = "SELECT clear_sandbox(%(slug)s, %(name)s, %(plan)s)"

_EDITION: Final = """
SELECT CASE WHEN min(fetch_cursor ->> 'edition') = max(fetch_cursor ->> 'edition') THEN min(fetch_cursor ->> 'edition')
  WHEN count(*) > 0 THEN '' END
FROM sources WHERE organization_id = %(newsroom)s
"""

_CLEAR: Final = (
    "DELETE FROM articles WHERE organization_id = %(organization)s",  # with their origins and revisions
    "DELETE FROM sources WHERE organization_id = %(organization)s",
)

_ADD_SOURCE: Final = """
INSERT INTO sources (organization_id, id, slug, kind, name, language, poll_interval_s, next_fetch_at, state,
  state_reason, last_fetch_at, last_success_at, fetch_cursor, created_at, updated_at)
VALUES (%(organization)s, %(id)s, %(slug)s, %(kind)s, %(name)s, %(language)s, 300, NULL, %(state)s, %(reason)s,
  %(polled_at)s, CASE WHEN %(state)s = 'healthy' THEN %(polled_at)s END, %(cursor)s, %(opened_at)s, %(opened_at)s)
"""


class SandboxRepository:
    """The organisation of the principal. `connection` is in a transaction that names it."""

    def __init__(self, connection: Connection, principal: Principal) -> None:
        self._connection = connection
        self._organization = principal.organization_id

    async def about(self) -> tuple[str, str]:
        """Name and plan of the organisation."""
        row = await self._one(_ABOUT)
        assert row is not None  # noqa: S101 - a principal acts for an organisation that exists
        return row[0], row[1]

    async def make(self, owner: UUID, *, slug: str, name: str, plan: str) -> bool:
        """The organisation itself, as the sandbox of another; False where it is there already."""
        made = await self._run(_MAKE, owner=owner, slug=slug, name=name, plan=plan)
        if made.rowcount:
            await self._run(_ADMIT, id=OPERATOR_ID, kind="operator", name="Operator")
        return bool(made.rowcount)

    async def admit(self, key_id: UUID, name: str) -> None:
        """Have a key act in it, under that name."""
        await self._run(_ADMIT, id=key_id, kind="api_key", name=name)

    async def has_test_key(self, key_id: UUID) -> bool:
        """Whether a test key belongs to it, and not to its sandbox."""
        return await self._one(_OWN_TEST_KEY, id=key_id) is not None

    async def renew(self, *, slug: str, name: str, plan: str) -> bool:
        """Remove everything that the sandbox owns, and what test keys have made of it; False where there is none.

        Those who may act in it stay, but for the keys that test keys have made. Of two who ask for it, one waits.
        """
        row = await self._one(_RENEW, slug=slug, name=name, plan=plan)
        return row is not None and bool(row[0])

    async def edition(self) -> str | None:
        """What the frozen newsroom was filled with; None before it was."""
        row = await self._one(_EDITION, newsroom=SANDBOX_NEWSROOM_ID)
        return None if row is None else row[0]

    async def clear(self) -> None:
        """Every source, and every article."""
        for statement in _CLEAR:
            await self._run(statement)

    async def add_sources(
        self, rows: Sequence[dict[str, Any]], *, edition: str, opened_at: datetime, polled_at: datetime
    ) -> None:
        """Sources that nobody polls; each row has `id`, `slug`, `kind`, `name`, `language`, `state` and `reason`."""
        times = {"opened_at": opened_at, "polled_at": polled_at, "cursor": Jsonb({"edition": edition})}
        for row in rows:
            await self._run(_ADD_SOURCE, **row, **times)

    async def _one(self, statement: str, **values: Any) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = await (await self._run(statement, **values)).fetchone()
        return row

    async def _run(self, statement: str, **values: Any) -> Any:
        return await self._connection.execute(statement, {"organization": self._organization, **values})
