"""What the identities feature gives away, and what its parts hand to each other."""

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final, Literal, NamedTuple
from uuid import UUID

ProviderName = Literal["google", "github", "reddit"]
LoginProvider = Literal["google", "github"]
Intent = Literal["log_in", "link"]
IdentityState = Literal["active", "revoked"]

LOGIN_PROVIDERS: Final[frozenset[ProviderName]] = frozenset({"google", "github"})
"""By these one can log in. Reddit vouches for no e-mail address: its identities are linked only."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A log-in or a linking under way. `verifier` is PKCE's (RFC 7636), `nonce` OpenID Connect's."""

    state: str
    redirect_uri: str
    verifier: str
    nonce: str

    @property
    def challenge(self) -> str:
        """The verifier's SHA-256 in base64url: `code_challenge` by the method S256."""
        return urlsafe_b64encode(sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class Authorization:
    """Where to send the person, and until when it leads somewhere. `state` is for the client to compare."""

    url: str
    state: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider's redirect carried back to the client (RFC 6749 §4.1.2, RFC 9207)."""

    state: str
    code: str | None = None
    issuer: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """Tokens that a provider gave for longer than the moment. `ends_in_s` is the access token's life, in seconds."""

    access_token: str
    refresh_token: str
    ends_in_s: int


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider says that it sees. `email` is only there when the provider vouches for it."""

    provider: ProviderName
    subject: str
    name: str | None
    email: str | None
    scopes: tuple[str, ...]
    grant: Grant | None = None


class KnownIdentity(NamedTuple):
    """An identity that somebody has linked, and whose account it is."""

    id: UUID
    account_id: UUID
    name: str
    personal_organization_id: UUID
    suspended_at: datetime | None
    erase_after: datetime | None


@dataclass(frozen=True, slots=True)
class IdentityRow:
    """A linked identity as its person sees it."""

    id: UUID
    provider: ProviderName
    subject: str
    name: str | None
    email: str | None
    scopes: Sequence[str]
    state: IdentityState
    created_at: datetime
    updated_at: datetime
    last_used_at: datetime | None


class StoredGrant(NamedTuple):
    """The sealed tokens of an identity, in the organisation whose source is polled by them."""

    account_id: UUID
    sealed_access: bytes
    sealed_refresh: bytes
    access_ends_at: datetime
    revoked_at: datetime | None
    source_id: UUID
