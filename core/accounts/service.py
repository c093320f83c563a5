"""The rules about accounts: registration, log-in, profile, password and the way out."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from core.accounts.passwords import passwords, require_strong
from core.accounts.repository import AccountRepository, find_by_email, note_log_in
from core.accounts.types import FoundAccount, OwnAccount, Profile
from core.audit.service import audit
from core.errors import (
    AccountNotFound,
    AccountSuspended,
    Conflict,
    FieldError,
    Forbidden,
    InvalidCredentials,
    LastOwner,
    Unprocessable,
)
from core.infra.context import infrastructure
from core.infra.db import act_for, connection, session
from core.kit import ids
from core.kit.principal import Principal
from core.organizations.service import organizations
from core.sessions.service import person_of, sessions
from core.sessions.types import Tokens

_CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="tidings"'}
_REFUSED: Final = "The e-mail address or the password is wrong."
_NO_WORD: Final = re.compile(r"[^a-z0-9]+")
_LONGEST_WORD: Final = 40
_NAME_CHARACTERS: Final = 100


class Accounts:
    """Whoever has no account yet, or has not shown yet that it is theirs, is asked for by nothing but an address."""

    async def register(self, *, email: str, password: str, name: str | None = None) -> Profile:
        """A new account with its personal organisation. Raises `WeakPassword` and `EmailTaken`."""
        email = identity_of(email)
        require_strong(password, context=_context(email, name))
        return await self.open(email=email, name=name, password_hash=await passwords.hash(password))

    async def open(self, *, email: str, name: str | None = None, password_hash: str | None = None) -> Profile:
        """A new account, with or without a password; from here on the transaction acts as its person.

        For whoever has made sure of the address in another way than by a password. Raises `EmailTaken`.
        """
        email = identity_of(email)
        name = ((name or "").strip() or email.partition("@")[0])[:_NAME_CHARACTERS]
        person = person_of(ids.new_id(), ids.new_id(), "owner")
        await act_for(person)
        repository, now = AccountRepository(await session(), person), infrastructure().clock.now()
        slug = _slug(email, person.organization_id)
        await repository.add(email=email, name=name, slug=slug, now=now, password_hash=password_hash)
        audit.record(person, "account.registered", target=("account", person.principal_id))
        return await self.profile(person)

    async def log_in(self, *, email: str, password: str, client: str | None = None, lasting: bool = True) -> Tokens:
        """A session for whoever knows the password. See `Sessions.start` for `client` and `lasting`.

        Raises `InvalidCredentials`, after the same time whether the address or the password is wrong, and
        `AccountSuspended`. No connection is held while the password is compared.
        """
        infra = infrastructure()
        async with infra.db.newsroom_reads() as reads:
            found = await find_by_email(reads, identity_of(email))
        matches = await passwords.matches(password, None if found is None else found.password_hash)
        if found is None or not matches:
            raise InvalidCredentials(_REFUSED, headers=_CHALLENGE)
        person = await self.enter(found)
        if found.password_hash is not None and passwords.is_outdated(found.password_hash):
            repository = AccountRepository(await session(), person)
            await repository.set_password(await passwords.hash(password), at=infra.clock.now())
        return await sessions.start(person, client=client, lasting=lasting)

    async def find(self, email: str) -> FoundAccount | None:
        """The account of an address, for whoever is about to make sure of who asks."""
        async with infrastructure().db.newsroom_reads() as reads:
            return await find_by_email(reads, identity_of(email))

    async def enter(self, found: FoundAccount) -> Principal:
        """The person of an account in the personal organisation; from here on the transaction acts as that person.

        Whoever calls has made sure of who it is. Raises `AccountSuspended`, and `InvalidCredentials` for an account
        whose time of grace is over.
        """
        now = infrastructure().clock.now()
        if found.suspended_at is not None:
            raise AccountSuspended("The operator of this instance has suspended the account.", headers=_CHALLENGE)
        if found.erase_after is not None and found.erase_after <= now:
            raise InvalidCredentials(_REFUSED, headers=_CHALLENGE)
        person = person_of(found.id, found.personal_organization_id, "owner")
        await act_for(person)
        await note_log_in(await connection(), person, at=now)
        return person

    async def profile(self, principal: Principal, *, lock: bool = False) -> Profile:
        """The person's own account. Raises `Forbidden` for a caller that is no person."""
        _require_person(principal)
        found = await AccountRepository(await session(), principal).get(lock=lock)
        if found is None:
            raise AccountNotFound("The account was erased.")
        return found

    async def own(self, principal: Principal, *, lock: bool = False) -> OwnAccount:
        """The person's account, and where its token acts. Raises `Forbidden` for a caller that is no person."""
        profile = await self.profile(principal, lock=lock)
        if principal.session_id is None:
            raise Forbidden("Only a person who has logged in has a session.")
        return OwnAccount(profile, await organizations.present(principal), principal.session_id)

    async def update(self, principal: Principal, changes: Mapping[str, str]) -> Profile:
        """Change what `changes` names: the name. Raises `Unprocessable` for one that cannot be seen."""
        before = await self.profile(principal, lock=True)
        values = {name: value.strip() for name, value in changes.items()}
        if values.get("name") == "":
            raise Unprocessable("A name needs a letter.", errors=[FieldError("blank", "is blank", pointer="/name")])
        repository = AccountRepository(await session(), principal)
        await repository.change({**values, "updated_at": infrastructure().clock.now()})
        if "name" in values:
            await self._rename_everywhere(principal, values["name"])
        after = await self.profile(principal)
        target = ("account", after.id)
        home = _at_home(principal, after)
        audit.record(home, "account.updated", target=target, before={"name": before.name}, after={"name": after.name})
        return after

    async def change_password(self, principal: Principal, *, current: str | None, new: str) -> None:
        """Another password; every other session of the person ends.

        An account without a password is given its first one. Raises `Forbidden` for a wrong current one, because the
        token is good and 401 would make clients refresh it, and `WeakPassword`.
        """
        profile = await self.profile(principal, lock=True)
        repository = AccountRepository(await session(), principal)
        stored = await repository.password_hash()
        if stored is not None and (current is None or not await passwords.matches(current, stored)):
            raise Forbidden("The current password is wrong.")
        require_strong(new, context=_context(profile.email, profile.name), pointer="/new_password")
        await repository.set_password(await passwords.hash(new), at=infrastructure().clock.now())
        audit.record(_at_home(principal, profile), "account.password_changed", target=("account", profile.id))
        await sessions.end_all(principal, "password_changed", but=principal.session_id)

    async def delete(self, principal: Principal) -> Profile:
        """Have the account erased after the time of grace; every other session ends now.

        Doing it again changes nothing. Raises `LastOwner` where others would be left without an owner.
        """
        profile = await self.profile(principal, lock=True)
        if profile.erase_after is not None:
            return profile
        await self._require_successors(principal)
        infra = infrastructure()
        now = infra.clock.now()
        erase_after = now + timedelta(days=infra.settings.account_grace_days)
        repository = AccountRepository(await session(), principal)
        await repository.change({"erase_after": erase_after, "updated_at": now})
        after = {"erase_after": erase_after.isoformat()}
        audit.record(_at_home(principal, profile), "account.deleted", target=("account", profile.id), after=after)
        await sessions.end_all(principal, "deleted", but=principal.session_id)
        return await self.profile(principal)

    async def restore(self, principal: Principal) -> Profile:
        """Keep an account that waits for its erasure. Raises `Conflict` where it does not, or where it is too late."""
        profile = await self.profile(principal, lock=True)
        now = infrastructure().clock.now()
        if profile.erase_after is None or profile.erase_after <= now:
            raise Conflict("The account does not wait for its erasure.")
        repository = AccountRepository(await session(), principal)
        await repository.change({"erase_after": None, "updated_at": now})
        audit.record(_at_home(principal, profile), "account.restored", target=("account", profile.id))
        return await self.profile(principal)

    async def _require_successors(self, principal: Principal) -> None:
        memberships = await AccountRepository(await session(), principal).memberships()
        for organization_id, kind, role in memberships:
            if kind == "personal" or role != "owner":
                continue
            there = replace(principal, organization_id=organization_id)
            await act_for(there)
            others, owners = await AccountRepository(await session(), there).other_members()
            if others and not owners:
                name = ids.encode("org", organization_id)
                raise LastOwner(f"You are the only owner of {name}. Make another member an owner, or delete it, first.")
        await act_for(principal)

    async def _rename_everywhere(self, principal: Principal, name: str) -> None:
        """The name that others see beside what the person wrote, in each organisation."""
        memberships = await AccountRepository(await session(), principal).memberships()
        for organization_id, _, _ in memberships:
            there = replace(principal, organization_id=organization_id)
            await act_for(there)
            await AccountRepository(await session(), there).rename(name)
        await act_for(principal)


def identity_of(email: str) -> str:
    """The one form of an e-mail address. RFC 5321 lets mailboxes differ by case; no provider does."""
    return email.strip().lower()


def _context(email: str, name: str | None) -> list[str]:
    """What anybody knows of an account."""
    local_part, _, domain = email.partition("@")
    return [email, local_part, domain.rpartition(".")[0], *(name or "").split()]


def _slug(email: str, organization_id: UUID) -> str:
    words = _NO_WORD.sub("-", email.partition("@")[0])[:_LONGEST_WORD].strip("-")
    return f"{words or 'personal'}-{organization_id.hex[-12:]}"


def _at_home(principal: Principal, profile: Profile) -> Principal:
    """The person in the personal organisation, whose log has what concerns the account alone."""
    return replace(principal, organization_id=profile.personal_organization_id, role="owner")


def _require_person(principal: Principal) -> None:
    if principal.account_id is None:
        raise Forbidden("Only a person who has logged in has an account.")


accounts: Final = Accounts()
