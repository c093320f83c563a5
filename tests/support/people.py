"""People for tests: an account, a place in an organisation, and the header that its access token makes.

Written straight into the database (`People`), by its owner and in a millisecond, or through the API (`sign_up`), with a
password and a refresh token.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import httpx
import psycopg
from psycopg import sql

from core.kit import ids
from core.kit.principal import Role
from core.sessions import access_tokens
from core.sessions.access_tokens import Claims
from core.sessions.repository import SigningKeyRecord
from core.sessions.service import ISSUER
from core.sessions.signing import new_signing_key, open_private_key

PASSWORD: Final = "a long walk by the sea"
_DAY: Final = timedelta(days=1)
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtext('tidings signing keys'))"
_KEYS: Final = "SELECT id, public_key, sealed_private_key, signs_from FROM signing_keys ORDER BY signs_from, id"


class Person(NamedTuple):
    """Somebody who has logged in, as clients know them. `organization_id` is the one that the token acts for."""

    id: str
    email: str
    organization_id: str
    session_id: str
    token: str
    refresh_token: str | None = None

    @property
    def header(self) -> dict[str, str]:
        """What a client sends."""
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def account_id(self) -> UUID:
        """The account as services know it."""
        return ids.decode("acct", self.id)

    @property
    def organization(self) -> UUID:
        """The organisation as services know it."""
        return ids.decode("org", self.organization_id)


class People:
    """Writes people into one database."""

    def __init__(self, url: str, secret: bytes) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        self._secret = secret

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()

    def person(
        self,
        role: Role = "owner",
        organization_id: UUID | None = None,
        *,
        name: str = "Ada Reader",
        email: str | None = None,
        expires_at: datetime | None = None,
        **account: Any,
    ) -> Person:
        """A new person with this role in the organisation, whose token acts there; at home where none is given.

        `account` are columns of `accounts`; `expires_at` is the end of the token.
        """
        account_id, home = ids.new_id(), ids.new_id()
        email = email or f"{account_id.hex}@people.example"
        self._insert("organizations", id=home, slug=f"home-{home.hex}", name=name, kind="personal")
        row = {"id": account_id, "email": email, "name": name, "personal_organization_id": home}
        self._insert("accounts", **row, **account)
        self.join(account_id, home, "owner", name=name)
        if organization_id is not None:
            self.join(account_id, organization_id, role, name=name)
        return self.session(account_id, organization_id or home, email=email, expires_at=expires_at)

    def organization(self, slug: str, **columns: Any) -> UUID:
        """A shared organisation without members."""
        organization_id = ids.new_id()
        self._insert("organizations", id=organization_id, slug=slug, name=slug.title(), **columns)
        return organization_id

    def join(self, account_id: UUID, organization_id: UUID, role: Role, *, name: str = "Ada Reader") -> None:
        """Make somebody a member."""
        self._insert("principals", organization_id=organization_id, id=account_id, kind="user", name=name)
        self._insert("memberships", organization_id=organization_id, account_id=account_id, role=role)

    def identity(self, person: Person, provider: str = "google", **columns: Any) -> str:
        """An identity that the person has linked; its public id."""
        identity_id = ids.new_id()
        row = {"id": identity_id, "provider": provider, "subject": identity_id.hex, "scopes": ["openid"]}
        self._insert("linked_identities", account_id=person.account_id, **{**row, **columns})
        return ids.encode("idn", identity_id)

    def session(
        self,
        account_id: UUID,
        organization_id: UUID,
        *,
        email: str = "",
        expires_at: datetime | None = None,
        **columns: Any,
    ) -> Person:
        """A log-in of somebody, acting for one of the person's organisations; `columns` are those of `sessions`."""
        session_id, now = ids.new_id(), datetime.now(UTC)
        row = {"id": session_id, "account_id": account_id, "acting_for": organization_id, "expires_at": now + _DAY}
        self._insert("sessions", **{**row, **columns})
        key = self._signing_key(now)
        ends = now + timedelta(hours=1) if expires_at is None else expires_at
        claims = Claims(account_id, organization_id, session_id, int(now.timestamp()), int(ends.timestamp()))
        private_key = open_private_key(self._secret, key)
        token = access_tokens.sign(claims, key_id=ids.encode("sgk", key.id), private_key=private_key, issuer=ISSUER)
        return Person(
            ids.encode("acct", account_id),
            email,
            ids.encode("org", organization_id),
            ids.encode("ses", session_id),
            token,
        )

    def search(self, person: Person, words: str = "solid state battery") -> str:
        """Something that somebody has searched for; its id."""
        search_id = ids.new_id()
        row = {"account_id": person.account_id, "id": search_id, "query": words, "filters": "{}"}
        self._insert("searches", **row, searched_at=datetime.now(UTC))
        return ids.encode("srch", search_id)

    def execute(self, statement: str, *values: Any) -> None:
        """Anything else."""
        self._connection.execute(statement, values)

    def _signing_key(self, now: datetime) -> SigningKeyRecord:
        """The key that the servers of this database sign with; a new one where there is none yet."""
        with self._connection.transaction():
            self._connection.execute(_LOCK)
            rows = [SigningKeyRecord(*row) for row in self._connection.execute(_KEYS, binary=True)]
            usable = [row for row in rows if row.signs_from <= now]
            if usable:
                return usable[-1]
            made = new_signing_key(self._secret, signs_from=now - _DAY)
            self._insert("signing_keys", **made._asdict())
            return made

    def _insert(self, table: str, **columns: Any) -> None:
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.SQL(", ").join(sql.Placeholder() * len(columns)),
        )
        self._connection.execute(statement, list(columns.values()))


async def sign_up(api: httpx.AsyncClient, *, email: str | None = None, password: str = PASSWORD) -> Person:
    """A person who registers and logs in as everybody does."""
    email = email or f"{ids.new_id().hex}@people.example"
    account = (await api.post("/v2/auth/register", json={"email": email, "password": password})).json()
    person = await log_in(api, email=email, password=password)
    return person._replace(id=account["id"])


async def log_in(api: httpx.AsyncClient, *, email: str, password: str = PASSWORD) -> Person:
    """Another log-in of somebody who has an account."""
    response = await api.post("/v2/auth/login", json={"email": email, "password": password})
    assert response.status_code == 200, response.text
    tokens = response.json()
    header = {"Authorization": f"Bearer {tokens['access_token']}"}
    me = (await api.get("/v2/me", headers=header)).json()
    return Person(
        me["id"], email, me["organization"]["id"], me["session_id"], tokens["access_token"], tokens["refresh_token"]
    )
