"""The rules about identities: logging in by one, linking and unlinking, and what becomes of a linked Reddit."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, get_args
from uuid import UUID

from core.accounts.service import accounts
from core.accounts.types import FoundAccount, Profile
from core.audit.service import audit
from core.errors import (
    AuthorizationRefused,
    EmailNotVerified,
    EmailTaken,
    FieldError,
    IdentityAlreadyLinked,
    IdentityNotFound,
    IdentityNotTrusted,
    IdentityUnlinked,
    InvalidOAuthState,
    InvalidRequest,
    LastWayToLogIn,
    ProviderUnavailable,
)
from core.identities import grants, registration, states
from core.identities.polling import PersonTokens
from core.identities.providers import Provider, identified, provider
from core.identities.repository import IdentityRepository, StateRepository
from core.identities.types import (
    LOGIN_PROVIDERS,
    Answer,
    Authorization,
    Grant,
    Identity,
    IdentityRow,
    Intent,
    LoginProvider,
    ProviderName,
)
from core.infra.context import infrastructure
from core.infra.db import act_for, connection
from core.infra.http import Egress
from core.infra.paging import pair_in, sliced
from core.kit import ids
from core.kit.principal import NEWSROOM_ID, Principal, anonymous, job
from core.kit.slices import Slice
from core.sessions.service import sessions
from core.sessions.types import Tokens
from core.settings import Settings
from core.sources.service import sources
from core.upstreams.reddit_tokens import RedditTokens

STATE_LIFE: Final = timedelta(minutes=10)
PURGED_AT_ONCE: Final = 1000
UNLINKED: Final = "The Reddit account whose subreddits it reads is not linked any more."
_NOT_IN_SLUG: Final = re.compile(r"[^a-z0-9_-]")
_SLUG_CHARACTERS: Final = 50
_CURSOR: Final = b"identities by age"
_BAD_STATE: Final = "The state is not one of this instance's, or not for this; it has ended, or it was used before."


class Identities:
    """Log-in works for nobody in particular; everything else for the person of the principal."""

    def offered(self) -> dict[ProviderName, tuple[Intent, ...]]:
        """The providers that this instance is registered with, and what each is good for."""
        settings = infrastructure().settings
        return {
            name: ("log_in", "link") if name in LOGIN_PROVIDERS else ("link",)
            for name in get_args(ProviderName)
            if registration.is_registered(name, settings)
        }

    async def begin_log_in(self, name: LoginProvider, *, redirect_uri: str) -> Authorization:
        """Where to send somebody who wants to log in. Raises `RedirectNotAllowed`, `ProviderNotConfigured` and
        `ProviderUnavailable`.
        """
        return await self._begin(anonymous(), name, "log_in", redirect_uri)

    async def begin_link(self, principal: Principal, name: ProviderName, *, redirect_uri: str) -> Authorization:
        """Where to send a person who wants to link an identity; only the same session can complete it."""
        return await self._begin(principal, name, "link", redirect_uri)

    async def log_in(self, name: LoginProvider, answer: Answer, *, client: str | None = None) -> Tokens:
        """A session for whoever the provider sees: of the account that linked the identity, or of a new one.

        Raises `InvalidOAuthState`, `AuthorizationRefused`, `IdentityNotTrusted`, `ProviderUnavailable`,
        `EmailNotVerified`, `IdentityUnlinked` for the address of an account that has not linked it, and
        `AccountSuspended`.
        """
        identity = await self._identify(anonymous(), name, "log_in", answer)
        now = infrastructure().clock.now()
        known = await IdentityRepository(await connection(), anonymous()).find(name, identity.subject)
        if known is None:
            person, identity_id = await self._open(identity)
        else:
            person = await accounts.enter(
                FoundAccount(
                    known.account_id,
                    known.name,
                    known.personal_organization_id,
                    None,
                    known.suspended_at,
                    known.erase_after,
                )
            )
            identity_id = known.id
        await IdentityRepository(await connection(), person).use(identity_id, now=now)
        return await sessions.start(person, client=client)

    async def link(self, principal: Principal, name: ProviderName, answer: Answer) -> IdentityRow:
        """The identity that the provider sees, linked to the person; doing it again renews it.

        Raises what `log_in` raises of the provider, and `IdentityAlreadyLinked`.
        """
        identity = await self._identify(principal, name, "link", answer)
        profile, now = await accounts.profile(principal), infrastructure().clock.now()
        home = _at_home(principal, profile)
        await act_for(home)
        repository = IdentityRepository(await connection(), home)
        known = await repository.find(name, identity.subject)
        if known is not None and known.account_id != principal.account_id:
            raise IdentityAlreadyLinked("Another account has linked this identity.")
        identity_id = ids.new_id() if known is None else known.id
        if known is None:
            await repository.add(identity_id, identity, now=now)
        else:
            await repository.renew(identity_id, identity, now=now)
        if identity.grant is not None:
            await self._read(home, identity_id, identity, identity.grant)
        row = await self._row(home, identity_id)
        action = "identity.linked" if known is None else "identity.renewed"
        audit.record(home, action, target=("identity", identity_id), after=_recorded(row))
        await act_for(principal)
        return row

    async def list(self, principal: Principal, *, limit: int, cursor: str | None = None) -> Slice[IdentityRow]:
        """The person's identities, the newest first. Raises `InvalidCursor`."""
        bound_to = _CURSOR + principal.principal_id.bytes
        after = pair_in(cursor, bound_to, datetime, UUID)
        repository = IdentityRepository(await connection(), principal)
        rows = await repository.page(limit=limit + 1, after=after)
        return sliced(rows, limit, bound_to, lambda last: (last.created_at, last.id))

    async def get(self, principal: Principal, identity_id: str) -> IdentityRow:
        """One identity of the person. Raises `IdentityNotFound`."""
        return await self._row(principal, _decoded(identity_id))

    async def unlink(self, principal: Principal, identity_id: str) -> None:
        """Forget an identity and its tokens, and have the provider forget them too; what was read by it stays.

        Raises `IdentityNotFound`, and `LastWayToLogIn` where nobody could log in to the account any more.
        """
        profile = await accounts.profile(principal, lock=True)  # two at once would each be the last but one
        home = _at_home(principal, profile)
        await act_for(home)
        repository = IdentityRepository(await connection(), home)
        row = await self._row(home, _decoded(identity_id))
        others = [other for other in await repository.everything() if other.id != row.id]
        if (
            row.provider in LOGIN_PROVIDERS
            and not profile.has_password
            and not any(other.provider in LOGIN_PROVIDERS for other in others)
        ):
            raise LastWayToLogIn("Set a password or link another identity first: by this one alone one can log in.")
        given_up = await grants.give_up(home, row.id)
        if given_up is not None:
            await sources.pause(home, given_up.source_id, reason=UNLINKED)
        await repository.remove(row.id)
        audit.record(home, "identity.unlinked", target=("identity", row.id), before=_recorded(row))
        await act_for(principal)

    async def give_up(self, principal: Principal) -> None:
        """Have the providers told that all a person's consents have ended, when the unit of work is done.

        `principal` is the person in the personal organisation, whose account is about to go.
        """
        for row in await IdentityRepository(await connection(), principal).everything():
            await grants.give_up(principal, row.id)

    def tokens(self, settings: Settings, egress: Egress, principal: Principal, identity_id: UUID) -> RedditTokens:
        """What a poll of the principal's organisation reads by: the tokens that a linked identity grants."""
        return PersonTokens(settings, egress, principal, identity_id)

    async def maintain(self) -> None:
        """Housekeeping of a worker: log-ins that nobody completed."""
        infra, housekeeper = infrastructure(), job(NEWSROOM_ID)
        async with infra.unit_of_work(housekeeper):
            repository = StateRepository(await connection(), housekeeper)
            while await repository.purge(before=infra.clock.now(), most=PURGED_AT_ONCE) == PURGED_AT_ONCE:
                pass

    async def _begin(
        self, principal: Principal, name: ProviderName, intent: Intent, redirect_uri: str
    ) -> Authorization:
        infra = infrastructure()
        registration.check_redirect(redirect_uri, infra.settings)
        attempt = states.new_attempt(infra.secret, redirect_uri)
        url = await _at(name).authorization_url(attempt)
        now = infra.clock.now()
        ends = now + STATE_LIFE
        await StateRepository(await connection(), principal).add(
            states.hash_of(attempt.state), name, intent, redirect_uri, now=now, ends=ends
        )
        return Authorization(url, attempt.state, ends)

    async def _identify(self, principal: Principal, name: ProviderName, intent: Intent, answer: Answer) -> Identity:
        """Whom the provider sees. The state is used up, unless it was the provider that failed.

        Its transactions are its own: a state that was used for something wrong is used up nevertheless, and none is
        open while the provider is waited for.
        """
        infra, hash_ = infrastructure(), states.hash_of(answer.state)
        at = _at(name)
        async with infra.unit_of_work(principal):
            states_ = StateRepository(await connection(), principal)
            redirect_uri = await states_.take(hash_, name, intent, now=infra.clock.now())
        if redirect_uri is None:
            raise InvalidOAuthState(_BAD_STATE)
        try:
            await _check_issuer(at, answer.issuer)
            attempt = states.attempt(infra.secret, answer.state, redirect_uri)
            deadline_s = infra.settings.provider_timeout_seconds
            return await identified(at, _code(answer), attempt, now=infra.clock.now(), deadline_s=deadline_s)
        except ProviderUnavailable:
            async with infra.unit_of_work(principal):
                await StateRepository(await connection(), principal).give_back(hash_)
            raise

    async def _open(self, identity: Identity) -> tuple[Principal, UUID]:
        """A new account for an identity that nobody has linked, where its address is proven and free."""
        if identity.email is None:
            raise EmailNotVerified("The provider does not vouch for an e-mail address of this person.")
        try:
            if await accounts.find(identity.email) is not None:
                raise EmailTaken
            profile = await accounts.open(email=identity.email, name=identity.name)
        except EmailTaken:
            raise IdentityUnlinked(
                "An account has this e-mail address. Log in to it as you did before, then link the identity."
            ) from None
        person = await accounts.enter(
            FoundAccount(profile.id, profile.name, profile.personal_organization_id, None, None, None)
        )
        identity_id = ids.new_id()
        repository = IdentityRepository(await connection(), person)
        await repository.add(identity_id, identity, now=infrastructure().clock.now())
        row = await self._row(person, identity_id)
        audit.record(person, "identity.linked", target=("identity", identity_id), after=_recorded(row))
        return person, identity_id

    async def _read(self, home: Principal, identity_id: UUID, identity: Identity, grant: Grant) -> None:
        """The subreddits that the person follows, as a source of the personal organisation."""
        source_id = await sources.adopt(
            home,
            "reddit",
            # no slug of a feed has an underscore, so it is nobody else's
            slug="reddit_" + _NOT_IN_SLUG.sub("-", (identity.name or identity.subject).lower())[:_SLUG_CHARACTERS],
            name=f"Reddit: u/{identity.name}",
            config={"followed": True, "identity": str(identity_id)},
        )
        await grants.keep(home, identity_id, grant, account_id=home.principal_id, source_id=source_id)

    async def _row(self, principal: Principal, identity_id: UUID) -> IdentityRow:
        row = await IdentityRepository(await connection(), principal).get(identity_id)
        if row is None:
            raise _not_found()
        return row


def _at(name: ProviderName) -> Provider:
    infra = infrastructure()
    return provider(name, infra.settings, infra.egress)


async def _check_issuer(at: Provider, given: str | None) -> None:
    """The redirect came from this provider and no other (RFC 9207 §2.4)."""
    expected, is_promised = await at.issuer()
    if given is not None and given != expected:
        raise IdentityNotTrusted("The answer comes from another provider than the one that was asked.")
    if given is None and is_promised:
        raise IdentityNotTrusted("The answer lacks the `iss` that this provider always sends.")


def _code(answer: Answer) -> str:
    if answer.error == "access_denied":
        raise AuthorizationRefused("The person declined.")
    if answer.error is not None:
        raise AuthorizationRefused("The provider refused the authorisation. Begin anew.")
    if answer.code is None:
        detail = "is needed where there is no `error`"
        raise InvalidRequest("The request has 1 fault.", errors=[FieldError("required", detail, pointer="/code")])
    return answer.code


def _at_home(principal: Principal, profile: Profile) -> Principal:
    """The person in the personal organisation, to which the identities' sources and records belong."""
    return replace(principal, organization_id=profile.personal_organization_id, role="owner")


def _recorded(row: IdentityRow) -> dict[str, Any]:
    """What the audit log keeps of an identity."""
    return {"provider": row.provider, "subject": row.subject, "name": row.name, "scopes": [*row.scopes]}


def _decoded(identity_id: str) -> UUID:
    try:
        return ids.decode("idn", identity_id)
    except ids.InvalidId:
        raise _not_found() from None


def _not_found() -> IdentityNotFound:
    return IdentityNotFound("There is no identity with this id.")


identities: Final = Identities()
