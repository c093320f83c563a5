"""Members as the rest of the product sees them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.kit.principal import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One person in an organisation. `invited_by` is the principal who asked; None for who made the organisation."""

    account_id: UUID
    email: str
    name: str
    role: Role
    invited_by: UUID | None
    created_at: datetime
    updated_at: datetime
