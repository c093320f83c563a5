"""Sessions as the rest of the product sees them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from core.kit.principal import Principal

EndReason = Literal["logged_out", "ended", "refresh_reuse", "password_changed", "suspended", "deleted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a log-in or a refresh gives. `refresh_token` is None where the session has none."""

    session_id: UUID
    access_token: str
    refresh_token: str | None
    expires_in_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """One session that has not ended. `client` is what the log-in's User-Agent said, `address` where it came from.

    `organization_id` is the one that its next access token acts for, None for the personal one; `last_used_at` is when
    its last token was issued.
    """

    id: UUID
    organization_id: UUID | None
    client: str | None
    address: str | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime


class FoundSession(NamedTuple):
    """What authentication needs of an access token: whom it stands for, until when, and why it may not do so any more.

    `expires_at` is the end of the token or of its session, whichever comes first.
    """

    principal: Principal
    expires_at: datetime
    is_suspended: bool
    organization_is_suspended: bool
