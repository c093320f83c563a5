"""The tokens that providers gave for longer than a moment: sealed where they lie, and renewed when they end."""

from base64 import b64decode, b64encode
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from core.errors import AuthorizationRefused
from core.identities.providers import reddit
from core.identities.repository import GrantRepository, IdentityRepository
from core.identities.types import Grant, StoredGrant
from core.infra.context import infrastructure
from core.infra.db import act_for, connection, session
from core.infra.http import Egress
from core.kit.principal import Principal
from core.kit.seal import BrokenSeal, seal, unseal
from core.settings import Settings

WITHDRAW_TASK: Final = "identities:withdraw_consent"
RENEWED_AHEAD: Final = timedelta(seconds=60)
"""So that a token does not end between the look at it and the request."""


async def keep(principal: Principal, identity_id: UUID, grant: Grant, *, account_id: UUID, source_id: UUID) -> None:
    """Store the tokens, in the principal's organisation, in the place of those before. Needs a unit of work."""
    infra = infrastructure()
    now = infra.clock.now()
    await GrantRepository(await connection(), principal).store(
        identity_id,
        account_id=account_id,
        source_id=source_id,
        sealed_access=_sealed("access", grant.access_token, identity_id),
        sealed_refresh=_sealed("refresh", grant.refresh_token, identity_id),
        access_ends_at=now + timedelta(seconds=grant.ends_in_s),
        now=now,
    )


async def access_token(
    settings: Settings, egress: Egress, principal: Principal, identity_id: UUID, *, refused: str | None = None
) -> str | None:
    """An access token that is good now and is not the one that was `refused`; None where the person's consent is gone.

    It has a transaction of its own: what Reddit gives anew is kept whatever becomes of the poll, and no second worker
    renews meanwhile. Raises `ProviderUnavailable` and `ProviderNotConfigured`.
    """
    infra = infrastructure()
    async with infra.unit_of_work(principal):
        stored = await GrantRepository(await connection(), principal).get(identity_id)
        if stored is None or stored.revoked_at is not None:
            return None
        try:
            present = _opened("access", stored.sealed_access, identity_id)
            if present != refused and stored.access_ends_at > infra.clock.now() + RENEWED_AHEAD:
                return present
            refresh_token = _opened("refresh", stored.sealed_refresh, identity_id)
            renewed = await reddit(settings, egress).refresh(refresh_token)
        except (AuthorizationRefused, BrokenSeal) as error:
            await _revoke(principal, identity_id, stored, why=type(error).__name__)
            return None
        await keep(principal, identity_id, renewed, account_id=stored.account_id, source_id=stored.source_id)
    return renewed.access_token


async def give_up(principal: Principal, identity_id: UUID) -> StoredGrant | None:
    """Have the provider told that the consent has ended, when the unit of work is done; what was given up."""
    stored = await GrantRepository(await connection(), principal).get(identity_id)
    if stored is not None:
        sealed = b64encode(stored.sealed_refresh).decode()
        await infrastructure().jobs.enqueue(
            await session(), WITHDRAW_TASK, identity_id=str(identity_id), sealed_refresh=sealed
        )
    return stored


async def withdraw(settings: Settings, egress: Egress, identity_id: UUID, sealed_refresh: str) -> None:
    """Tell Reddit that a consent has ended. Raises `ProviderUnavailable` and `ProviderNotConfigured`."""
    try:
        refresh_token = _opened("refresh", b64decode(sealed_refresh), identity_id)
    except BrokenSeal:
        return  # the secret was changed in between: nobody can read the token any more
    await reddit(settings, egress).revoke(refresh_token)


async def _revoke(principal: Principal, identity_id: UUID, stored: StoredGrant, *, why: str) -> None:
    """Write down that the consent is gone, where polls look and where the person looks."""
    now = infrastructure().clock.now()
    structlog.get_logger(__name__).info("consent_is_gone", identity=str(identity_id), why=why)
    await GrantRepository(await connection(), principal).revoke(identity_id, now=now)
    person = Principal(principal.organization_id, stored.account_id, "user")
    await act_for(person)
    await IdentityRepository(await connection(), person).revoke(identity_id, now=now)


def _sealed(what: str, token: str, identity_id: UUID) -> bytes:
    secret = infrastructure().secret
    return seal(secret, token.encode(), purpose=f"identity {what} token", bound_to=identity_id.bytes)


def _opened(what: str, sealed: bytes, identity_id: UUID) -> str:
    secret = infrastructure().secret
    return unseal(secret, sealed, purpose=f"identity {what} token", bound_to=identity_id.bytes).decode()
