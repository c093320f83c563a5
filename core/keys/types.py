"""API keys as the rest of the product sees them."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from core.kit.crypto import KeyMode, mode_of
from core.kit.principal import Principal, Rehearsal


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyRow:
    """A key without its secret. `requests_per_hour` is None where the plan decides, 0 where there is no limit."""

    id: UUID
    name: str
    prefix: str
    scopes: tuple[str, ...]
    requests_per_hour: int | None
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    rotated_to: UUID | None

    @property
    def mode(self) -> KeyMode:
        """Whether it is for live data or for the sandbox; its prefix says so."""
        return mode_of(self.prefix)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedApiKey(ApiKeyRow):
    """A new key with its secret, which is not stored and cannot be shown again."""

    key: str


class FoundKey(NamedTuple):
    """What authentication needs of a key: whom it stands for, when it stops doing so, and its organisation's state.

    `organization_id` is the one that the key belongs to. A test key acts for the sandbox of that, and not for itself.
    `rehearsal` is the next one or the one that runs.
    """

    principal: Principal
    organization_id: UUID
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    suspended_at: datetime | None = None
    rehearsal: Rehearsal | None = None
