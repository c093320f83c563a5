"""Log-ins and linkings as a client goes through them, and what they have left behind."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from core.identities.service import identities
from core.identities.types import Answer, Authorization, IdentityRow, LoginProvider, ProviderName
from core.infra.context import Infrastructure
from core.kit import ids
from core.kit.principal import Principal, anonymous
from core.sessions.service import person_of
from core.sessions.types import Tokens
from core.settings import Settings
from tests.support.consent import consent
from tests.support.people import People, Person
from tests.support.process import Database

BACK = "http://127.0.0.1:9/back"
ELSEWHERE = "http://127.0.0.1:9/elsewhere"
WRITTEN = ("accounts", "organizations", "sessions", "linked_identities", "identity_tokens", "sources", "audit_events")


def settings_of(infra: Infrastructure, **changes: object) -> Settings:
    """The settings of the process with some others."""
    return infra.settings.model_copy(update=changes)


def somebody() -> str:
    """The hint for a person whom nobody has seen before."""
    return f"new:{uuid4().hex[:12]}"


def email_of(login: str) -> str:
    """The address that such a person has at every provider."""
    return f"{login.removeprefix('new:')}@mail.example"


def answered(authorization: Authorization, login: str) -> Answer:
    """The person agrees; what the redirect brings back."""
    query = consent(authorization.url, login).query
    return Answer(query["state"], query.get("code"), query.get("iss"), query.get("error"))


def caller(person: Person) -> Principal:
    """The person as services know it, acting where the token acts."""
    return person_of(person.account_id, person.organization, "owner", ids.decode("ses", person.session_id))


@dataclass(frozen=True)
class Journeys:
    """`begin_…`, then `answered`, then `complete_…`; or all of it at once."""

    infra: Infrastructure
    database: Database
    people: People

    def person(self, **columns: Any) -> Person:
        """Somebody who has registered with a password; see `People.person`."""
        person = self.people.person(**columns)
        self.people.execute("INSERT INTO account_passwords (account_id, hash) VALUES (%s, '-')", person.account_id)
        return person

    async def begin_log_in(self, name: LoginProvider, redirect_uri: str = BACK) -> Authorization:
        async with self.infra.unit_of_work(anonymous()):
            return await identities.begin_log_in(name, redirect_uri=redirect_uri)

    async def complete_log_in(self, name: LoginProvider, answer: Answer) -> Tokens:
        async with self.infra.unit_of_work(anonymous()):
            return await identities.log_in(name, answer, client="tests")

    async def log_in(self, name: LoginProvider, login: str) -> Tokens:
        return await self.complete_log_in(name, answered(await self.begin_log_in(name), login))

    async def begin_link(self, person: Person, name: ProviderName) -> Authorization:
        async with self.infra.unit_of_work(caller(person)):
            return await identities.begin_link(caller(person), name, redirect_uri=BACK)

    async def complete_link(self, person: Person, name: ProviderName, answer: Answer) -> IdentityRow:
        async with self.infra.unit_of_work(caller(person)):
            return await identities.link(caller(person), name, answer)

    async def link(self, person: Person, name: ProviderName, login: str) -> IdentityRow:
        return await self.complete_link(person, name, answered(await self.begin_link(person, name), login))

    async def unlink(self, person: Person, row: IdentityRow) -> None:
        async with self.infra.unit_of_work(caller(person)):
            await identities.unlink(caller(person), ids.encode("idn", row.id))

    async def linked(self, person: Person) -> list[IdentityRow]:
        async with self.infra.unit_of_work(caller(person)):
            return list((await identities.list(caller(person), limit=100)).rows)

    def account_of(self, tokens: Tokens) -> dict[str, Any]:
        """The account that a session belongs to."""
        statement = "SELECT a.* FROM accounts a JOIN sessions s ON s.account_id = a.id WHERE s.id = %s"
        return self.database.row(statement, tokens.session_id)

    def written(self) -> Callable[[], dict[str, int]]:
        """What has been added to each table since now."""
        before = {table: self.database.count(table) for table in WRITTEN}
        return lambda: {
            table: self.database.count(table) - before[table]
            for table in WRITTEN
            if self.database.count(table) != before[table]
        }
