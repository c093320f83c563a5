"""Who is asking: the identity that authentication yields and that every service and repository is given."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NamedTuple
from uuid import UUID

NEWSROOM_ID: Final = UUID("00000000-0000-7000-8000-000000000001")
"""The instance's default organisation. What the operator polls belongs to it, and every key may read it."""

OPERATOR_ID: Final = UUID("00000000-0000-7000-8000-000000000002")
"""The principal that the command line and the jobs of the newsroom act as."""

ANONYMOUS_ID: Final = UUID("00000000-0000-7000-8000-000000000003")
"""The principal of a request without a credential: it may register and log in, and owns nothing."""

SANDBOX_NEWSROOM_ID: Final = UUID("00000000-0000-8000-8000-00000000000f")
"""The newsroom of test keys: frozen, and the same on every instance. Nobody writes to it but its own job."""

EMPTY_SANDBOX_ID: Final = UUID("00000000-0000-8000-8000-00000000000e")
"""A sandbox that has nothing and whose newsroom has nothing: it has no row, so nothing can be written to it."""

_VERSION_SHIFT: Final = 76
_VERSION: Final = 0xF << _VERSION_SHIFT
_ORGANIZATION: Final = 7 << _VERSION_SHIFT
_SANDBOX: Final = 8 << _VERSION_SHIFT
"""Where a UUID says its version (RFC 9562 §4.2): organisations are version 7, their sandboxes version 8."""

PrincipalKind = Literal["api_key", "user", "operator", "job", "anonymous"]
Role = Literal["viewer", "editor", "admin", "owner"]


class Rehearsal(NamedTuple):
    """A window, from `starts_at` up to `ends_at`, in which versions that have a Sunset are over for one key.

    `organization_id` is the one that the key belongs to.
    """

    organization_id: UUID
    id: UUID
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller, acting for one organisation.

    `requests_per_hour` is the caller's own rate limit, `organization_requests_per_hour` the one that it shares with all
    callers of its organisation; 0 means that there is none. Only a person (`user`) has a `role`, which is the one in
    `organization_id`, and a `session_id`; `principal_id` is then the id of the account. `rehearsal` is the one that
    runs for a key while the request is made.
    """

    organization_id: UUID
    principal_id: UUID
    kind: PrincipalKind
    scopes: frozenset[str] = frozenset()
    requests_per_hour: int = 0
    role: Role | None = None
    session_id: UUID | None = None
    organization_requests_per_hour: int = 0
    rehearsal: Rehearsal | None = None

    @property
    def account_id(self) -> UUID | None:
        """The person's account; None for everybody who is no person."""
        return self.principal_id if self.kind == "user" else None

    @property
    def reads_newsroom_only(self) -> bool:
        """Whether everything that this caller may see belongs to the newsroom."""
        return self.organization_id == NEWSROOM_ID

    @property
    def in_sandbox(self) -> bool:
        """Whether this caller acts for a sandbox: what it does has no effect outside of that."""
        return is_sandbox(self.organization_id)

    @property
    def newsroom_id(self) -> UUID:
        """The newsroom whose articles this caller reads beside its own organisation's."""
        if not is_sandbox(self.organization_id):
            return NEWSROOM_ID
        return EMPTY_SANDBOX_ID if self.organization_id == EMPTY_SANDBOX_ID else SANDBOX_NEWSROOM_ID


def is_sandbox(organization_id: UUID) -> bool:
    """Whether an organisation is one that test keys act for; its id says so, here and in PostgreSQL."""
    return organization_id.int & _VERSION == _SANDBOX


def sandbox_of(organization_id: UUID) -> UUID:
    """The organisation that the test keys of an organisation act for; a sandbox's is itself."""
    return UUID(int=organization_id.int & ~_VERSION | _SANDBOX)


def owner_of(sandbox_id: UUID) -> UUID:
    """The organisation whose sandbox this is."""
    return UUID(int=sandbox_id.int & ~_VERSION | _ORGANIZATION)


def operator() -> Principal:
    """The operator of this instance, acting for the newsroom from a shell on the machine."""
    return Principal(NEWSROOM_ID, OPERATOR_ID, "operator")


def job(organization_id: UUID) -> Principal:
    """A background job, acting for the organisation whose data it works on."""
    return Principal(organization_id, OPERATOR_ID, "job")


def anonymous() -> Principal:
    """Somebody without a credential. What they may do stands in the document (`security: []`)."""
    return Principal(NEWSROOM_ID, ANONYMOUS_ID, "anonymous")
