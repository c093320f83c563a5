"""What the operator of the instance does to accounts, from the command line."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core.accounts.passwords import passwords
from core.accounts.repository import AccountRepository, instance_accounts
from core.accounts.service import identity_of
from core.accounts.types import AccountRow
from core.audit.service import audit
from core.errors import AccountNotFound
from core.infra.context import infrastructure
from core.infra.db import act_for, session
from core.infra.paging import pair_in, sliced
from core.kit.principal import Principal, operator
from core.kit.slices import Slice
from core.sessions.service import person_of, sessions

_BOUND_TO: Final = b"accounts of the instance"
_PASSWORD_BYTES: Final = 15


class AccountOperations:
    """An account is named by its e-mail address. All of it happens in the operator's unit of work."""

    async def list(self, *, limit: int, cursor: str | None = None) -> Slice[AccountRow]:
        """Every account of the instance, the newest first."""
        before = pair_in(cursor, _BOUND_TO, datetime, UUID)
        rows = await instance_accounts(await session(), most=limit + 1, before=before)
        return sliced(rows, limit, _BOUND_TO, lambda last: (last.created_at, last.id))

    async def get(self, email: str) -> AccountRow:
        """One account. Raises `AccountNotFound`."""
        found = await instance_accounts(await session(), most=1, email=identity_of(email))
        if not found:
            raise AccountNotFound(f"No account has the address {email}.")
        return found[0]

    async def suspend(self, email: str) -> None:
        """End every session of the person and refuse another, until `restore`."""
        row, person = await self._act_as(email)
        await self._write(row, person, "account.suspended", {"suspended_at": infrastructure().clock.now()})
        await sessions.end_all(person, "suspended")

    async def restore(self, email: str) -> None:
        """Lift a suspension, and take a deletion back."""
        row, person = await self._act_as(email)
        await self._write(row, person, "account.restored", {"suspended_at": None, "erase_after": None})

    async def reset_password(self, email: str) -> str:
        """A new password, made by chance and shown once; every session of the person ends."""
        row, person = await self._act_as(email)
        password = secrets.token_urlsafe(_PASSWORD_BYTES)
        repository = AccountRepository(await session(), person)
        await repository.set_password(await passwords.hash(password), at=infrastructure().clock.now())
        await self._write(row, person, "account.password_reset", {})
        await sessions.end_all(person, "password_changed")
        return password

    async def delete(self, email: str, *, at_once: bool = False) -> datetime:
        """Have the account erased after the time of grace, or by the next job; when that is. Its sessions end now."""
        row, person = await self._act_as(email)
        infra = infrastructure()
        days = 0 if at_once else infra.settings.account_grace_days
        erase_after = infra.clock.now() + timedelta(days=days)
        await self._write(row, person, "account.deleted", {"erase_after": erase_after})
        await sessions.end_all(person, "deleted")
        return erase_after

    async def _act_as(self, email: str) -> tuple[AccountRow, Principal]:
        row = await self.get(email)
        person = person_of(row.id, row.personal_organization_id, "owner")
        await act_for(person)
        return row, person

    async def _write(self, row: AccountRow, person: Principal, action: str, values: Mapping[str, Any]) -> None:
        infra = infrastructure()
        await AccountRepository(await session(), person).change({**values, "updated_at": infra.clock.now()})
        by = replace(operator(), organization_id=row.personal_organization_id)
        audit.record(by, action, target=("account", row.id), after=dict(values) or None)
        infra.changes.announce(row.id)


account_operations: Final = AccountOperations()
