"""All SQL about linked identities, their tokens and log-ins under way."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg.rows import class_row

from core.identities.types import Identity, IdentityRow, Intent, KnownIdentity, ProviderName, StoredGrant
from core.infra.db import Connection
from core.kit.principal import Principal

_ADD_STATE: Final = """
INSERT INTO oauth_states (state_hash, provider, intent, redirect_uri, account_id, session_id, created_at, expires_at)
VALUES (%(hash)s, %(provider)s, %(intent)s, %(redirect_uri)s, %(account)s, %(session)s, %(now)s, %(ends)s)
"""

_TAKE_STATE: Final = "SELECT redirect_uri FROM take_oauth_state(%s, %s, %s, %s, %s)"

_GIVE_STATE_BACK: Final = "SELECT give_oauth_state_back(%s)"

_PURGE_STATES: Final = "SELECT purge_oauth_states(%s, %s)"

# two first log-ins of one identity at once: the second waits, and then finds what the first has made
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"

_FIND: Final = """
SELECT id, account_id, name, personal_organization_id, suspended_at, erase_after FROM find_identity(%s, %s)
"""

_ROW: Final = """
SELECT id, provider, subject, name, email, scopes, state, created_at, updated_at, last_used_at
FROM linked_identities WHERE account_id = %(account)s
"""

_PAGE: Final = f"""{_ROW} AND (%(time)s::timestamptz IS NULL OR (created_at, id) < (%(time)s, %(id)s))
ORDER BY created_at DESC, id DESC LIMIT %(limit)s
"""

_ONE: Final = f"{_ROW} AND id = %(id)s"

_ADD: Final = """
INSERT INTO linked_identities (account_id, id, provider, subject, name, email, scopes, created_at, updated_at)
VALUES (%(account)s, %(id)s, %(provider)s, %(subject)s, %(name)s, %(email)s, %(scopes)s, %(now)s, %(now)s)
"""

_RENEW: Final = """
UPDATE linked_identities SET name = %(name)s, email = %(email)s, scopes = %(scopes)s, state = 'active',
  updated_at = %(now)s
WHERE account_id = %(account)s AND id = %(id)s
"""

_USED: Final = "UPDATE linked_identities SET last_used_at = %(now)s WHERE account_id = %(account)s AND id = %(id)s"

_REVOKED: Final = """
UPDATE linked_identities SET state = 'revoked', updated_at = %(now)s WHERE account_id = %(account)s AND id = %(id)s
"""

_REMOVE: Final = "DELETE FROM linked_identities WHERE account_id = %(account)s AND id = %(id)s"

_STORE_GRANT: Final = """
INSERT INTO identity_tokens (organization_id, identity_id, account_id, sealed_access, sealed_refresh, access_ends_at,
  source_id, updated_at)
VALUES (%(organization)s, %(id)s, %(account)s, %(access)s, %(refresh)s, %(ends)s, %(source)s, %(now)s)
ON CONFLICT (organization_id, identity_id) DO UPDATE
SET sealed_access = excluded.sealed_access, sealed_refresh = excluded.sealed_refresh,
  access_ends_at = excluded.access_ends_at, source_id = excluded.source_id, revoked_at = NULL,
  updated_at = excluded.updated_at
"""

_GRANT: Final = """
SELECT account_id, sealed_access, sealed_refresh, access_ends_at, revoked_at, source_id
FROM identity_tokens WHERE organization_id = %(organization)s AND identity_id = %(id)s FOR UPDATE
"""

_GRANT_REVOKED: Final = """
UPDATE identity_tokens SET revoked_at = %(now)s, updated_at = %(now)s
WHERE organization_id = %(organization)s AND identity_id = %(id)s
"""


class StateRepository:
    """Log-ins under way, of the person that acts or of nobody yet."""

    def __init__(self, connection: Connection, principal: Principal) -> None:
        self._connection = connection
        self._principal = principal

    async def add(
        self, hash_: bytes, provider: ProviderName, intent: Intent, redirect_uri: str, *, now: datetime, ends: datetime
    ) -> None:
        """Remember a log-in that begins; a linking belongs to the session that begins it."""
        linking = intent == "link"
        values = {
            "hash": hash_,
            "provider": provider,
            "intent": intent,
            "redirect_uri": redirect_uri,
            "account": self._principal.account_id if linking else None,
            "session": self._principal.session_id if linking else None,
            "now": now,
            "ends": ends,
        }
        await self._connection.execute(_ADD_STATE, values)

    async def take(self, hash_: bytes, provider: ProviderName, intent: Intent, *, now: datetime) -> str | None:
        """The redirect address of a state that is good for exactly this; it is not good again."""
        session_id = self._principal.session_id if intent == "link" else None
        cursor = await self._connection.execute(_TAKE_STATE, (hash_, provider, intent, session_id, now))
        row = await cursor.fetchone()
        return None if row is None else str(row[0])

    async def give_back(self, hash_: bytes) -> None:
        """Make a state good again that was taken for nothing."""
        await self._connection.execute(_GIVE_STATE_BACK, (hash_,))

    async def purge(self, *, before: datetime, most: int) -> int:
        """Forget at most so many states that ended before; how many there were."""
        row = await (await self._connection.execute(_PURGE_STATES, (before, most))).fetchone()
        return 0 if row is None else int(row[0])


class IdentityRepository:
    """The identities of the person that acts."""

    def __init__(self, connection: Connection, principal: Principal) -> None:
        self._connection = connection
        self._account_id = principal.principal_id

    async def find(self, provider: ProviderName, subject: str) -> KnownIdentity | None:
        """Whoever has linked the identity, through the door `find_identity`; others that ask for it wait meanwhile."""
        await self._connection.execute(_LOCK, (f"identity {provider} {subject}",))
        async with self._connection.cursor(row_factory=class_row(KnownIdentity)) as cursor:
            await cursor.execute(_FIND, (provider, subject))
            return await cursor.fetchone()

    async def page(self, *, limit: int, after: tuple[datetime, UUID] | None) -> Sequence[IdentityRow]:
        """At most `limit` identities, the newest first, behind the position."""
        time, identity_id = after or (None, None)
        return await self._rows(_PAGE, limit=limit, time=time, id=identity_id)

    async def get(self, identity_id: UUID) -> IdentityRow | None:
        rows = await self._rows(_ONE, id=identity_id)
        return rows[0] if rows else None

    async def everything(self) -> Sequence[IdentityRow]:
        return await self._rows(_ROW)

    async def add(self, identity_id: UUID, identity: Identity, *, now: datetime) -> None:
        await self._connection.execute(_ADD, self._values(identity_id, identity, now))

    async def renew(self, identity_id: UUID, identity: Identity, *, now: datetime) -> None:
        """Take over what the provider says now; a revoked one is active again."""
        await self._connection.execute(_RENEW, self._values(identity_id, identity, now))

    async def use(self, identity_id: UUID, *, now: datetime) -> None:
        """Somebody has logged in by it."""
        await self._connection.execute(_USED, {"account": self._account_id, "id": identity_id, "now": now})

    async def revoke(self, identity_id: UUID, *, now: datetime) -> None:
        """The provider does not take its tokens any more."""
        await self._connection.execute(_REVOKED, {"account": self._account_id, "id": identity_id, "now": now})

    async def remove(self, identity_id: UUID) -> None:
        """Forget it and its tokens."""
        await self._connection.execute(_REMOVE, {"account": self._account_id, "id": identity_id})

    def _values(self, identity_id: UUID, identity: Identity, now: datetime) -> dict[str, Any]:
        return {
            "account": self._account_id,
            "id": identity_id,
            "provider": identity.provider,
            "subject": identity.subject,
            "name": identity.name,
            "email": identity.email,
            "scopes": list(identity.scopes),
            "now": now,
        }

    async def _rows(self, query: str, **values: Any) -> list[IdentityRow]:
        async with self._connection.cursor(row_factory=class_row(IdentityRow)) as cursor:
            await cursor.execute(query, {"account": self._account_id, **values})
            return await cursor.fetchall()


class GrantRepository:
    """The sealed tokens of identities whose sources the principal's organisation polls."""

    def __init__(self, connection: Connection, principal: Principal) -> None:
        self._connection = connection
        self._organization_id = principal.organization_id

    async def get(self, identity_id: UUID) -> StoredGrant | None:
        """The tokens, which nobody else renews until the transaction ends."""
        async with self._connection.cursor(row_factory=class_row(StoredGrant)) as cursor:
            await cursor.execute(_GRANT, {"organization": self._organization_id, "id": identity_id})
            return await cursor.fetchone()

    async def store(
        self, identity_id: UUID, *, account_id: UUID, source_id: UUID, sealed_access: bytes, sealed_refresh: bytes,
        access_ends_at: datetime, now: datetime,
    ) -> None:  # fmt: skip
        """Keep the tokens in the place of those before."""
        values = {
            "organization": self._organization_id,
            "id": identity_id,
            "account": account_id,
            "access": sealed_access,
            "refresh": sealed_refresh,
            "ends": access_ends_at,
            "source": source_id,
            "now": now,
        }
        await self._connection.execute(_STORE_GRANT, values)

    async def revoke(self, identity_id: UUID, *, now: datetime) -> None:
        """The provider does not take them any more."""
        values = {"organization": self._organization_id, "id": identity_id, "now": now}
        await self._connection.execute(_GRANT_REVOKED, values)
