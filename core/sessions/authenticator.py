"""Authentication of people's requests: the session behind an access token, from memory where it is known."""

from types import TracebackType
from typing import Self
from uuid import UUID

from core.errors import AccountSuspended, OrganizationSuspended, Unauthenticated
from core.infra.context import Infrastructure, use
from core.infra.memory import Memory
from core.kit.principal import Principal
from core.sessions.service import sessions
from core.sessions.types import FoundSession


class SessionAuthenticator:
    """Implements `core.contract.ports.Authenticator` for access tokens.

    A token is verified and its session looked up once; after that a request costs a look into memory, until the token
    ends or something that it rests on changes. Not entered it works too, and asks the database again after 1 s.
    """

    def __init__(self, infra: Infrastructure) -> None:
        self._infra = infra
        self._known: Memory[FoundSession] = Memory()

    async def __aenter__(self) -> Self:
        self._infra.changes.keep(self._known)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._infra.changes.leave(self._known)

    async def authenticate(self, token: str) -> Principal:
        """The person that the token stands for; raises `Unauthenticated` for any token that is not good."""
        known = self._known.get(token) or await self._known.load(token, self._look_up)
        found = known.found
        if found is None or found.expires_at <= self._infra.clock.now():
            raise Unauthenticated("The access token has expired, or its session has ended. Refresh it, or log in.")
        if found.is_suspended:
            raise AccountSuspended("The account is suspended.")
        if found.organization_is_suspended:
            raise OrganizationSuspended("The operator of this instance has suspended the organisation.")
        return found.principal

    async def _look_up(self, token: str) -> tuple[FoundSession | None, tuple[UUID, ...]]:
        with use(self._infra):
            found = await sessions.find(token)
        if found is None:
            return None, ()
        person = found.principal
        session = () if person.session_id is None else (person.session_id,)
        return found, (person.principal_id, person.organization_id, *session)
