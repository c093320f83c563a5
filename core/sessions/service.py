"""The rules about sessions: how they begin, go on and end, and what their tokens stand for."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID

from core.audit.service import audit
from core.errors import AccountSuspended, Forbidden, SessionNotFound, Unauthenticated
from core.infra.context import Infrastructure, infrastructure
from core.infra.db import connection, session
from core.infra.paging import pair_in, sliced
from core.kit import ids, request
from core.kit.principal import NEWSROOM_ID, Principal, Role, job
from core.kit.slices import Slice
from core.organizations.service import organizations
from core.plans.service import plans
from core.sessions import access_tokens, refresh_tokens
from core.sessions.access_tokens import Claims, InvalidToken
from core.sessions.repository import Lineage, SessionFacts, SessionRepository, add_session, find_session
from core.sessions.signing import SET_MAX_AGE_S, signing
from core.sessions.types import EndReason, FoundSession, SessionRow, Tokens

GRACE: Final = timedelta(seconds=10)
"""How long a refresh token that was traded in gives its successor again: to tabs that ask at once, and to a client
that lost the answer (RFC 9700 §4.14.2 leaves the time to us)."""

KEPT: Final = timedelta(days=30)
"""How long a session stays in the table after its end."""

PURGED_AT_ONCE: Final = 1000
ISSUER: Final = "tidings"
_CLIENT_CHARACTERS: Final = 200
_REFUSED: Final = "The refresh token is not valid."
_INVALID: Final = "The access token is not valid."


class Sessions:
    """A session belongs to one person. Whoever calls has made sure of who that is: `principal` is that person."""

    async def start(self, person: Principal, *, client: str | None = None, lasting: bool = True) -> Tokens:
        """A new session of the person, acting for the principal's organisation.

        `client` is what the User-Agent says. A session that is not `lasting` has no refresh token and ends with its
        access token, after an hour: that is v1's.
        """
        infra = infrastructure()
        now, id_ = infra.clock.now(), ids.new_id()
        life_s = access_tokens.LIFE_S if lasting else access_tokens.LONGEST_LIFE_S
        refresh_token = refresh_tokens.first(infra.secret, id_) if lasting else None
        origin = request.origin()
        values = {
            "acting_for": person.organization_id,
            "refresh_hash": None if refresh_token is None else refresh_tokens.hash_of(infra.secret, refresh_token),
            "client": None if client is None else client[:_CLIENT_CHARACTERS],
            "address": None if origin is None else origin.address,
            "created_at": now,
            "last_used_at": now,
            "expires_at": _end(infra, began=now, now=now) if lasting else now + timedelta(seconds=life_s),
        }
        await add_session(await connection(), person, id_, values)
        person = replace(person, session_id=id_)
        audit.record(person, "session.started", target=("session", id_), after={"client": values["client"]})
        return await _tokens(person, id_, refresh_token, life_s=life_s)

    async def refresh(self, token: str) -> Tokens:
        """The next tokens of a session, for the refresh token of the last ones. Raises `Unauthenticated`.

        It has a transaction of its own: a token that comes a second time ends its session although it is refused.
        """
        infra = infrastructure()
        session_id = refresh_tokens.session_of(infra.secret, token)
        facts = None if session_id is None else await self._facts(infra, session_id)
        if session_id is None or facts is None:
            raise Unauthenticated(_REFUSED)
        if facts.account_suspended_at is not None:
            raise AccountSuspended("The account is suspended.")
        person = _person(facts, session_id)
        async with infra.unit_of_work(person):
            following = await self._trade_in(infra, person, session_id, token)
        if following is None:
            raise Unauthenticated(_REFUSED)
        return await _tokens(person, session_id, following)

    async def switch(self, principal: Principal, organization_id: str) -> Tokens:
        """An access token of the same session for another organisation of the person, and every later one too.

        Raises `Forbidden` for a caller that is no person, and `OrganizationNotFound`.
        """
        session_id = _session_id(principal)
        there = await organizations.act_in(principal, organization_id)
        repository = SessionRepository(await session(), there)
        await repository.change(session_id, {"acting_for": there.organization_id})
        before, after = ({"organization": ids.encode("org", each.organization_id)} for each in (principal, there))
        audit.record(there, "session.switched", target=("session", session_id), before=before, after=after)
        return await _tokens(there, session_id, None)

    async def list(self, principal: Principal, *, limit: int, cursor: str | None = None) -> Slice[SessionRow]:
        """The person's sessions that have not ended, the newest first. Raises `InvalidCursor`."""
        infra = infrastructure()
        bound_to = b"sessions" + principal.principal_id.bytes
        after = pair_in(cursor, bound_to, datetime, UUID)
        repository = SessionRepository(await session(), principal)
        rows = await repository.page(at=infra.clock.now(), limit=limit + 1, after=after)
        return sliced(rows, limit, bound_to, lambda last: (last.created_at, last.id))

    async def get(self, principal: Principal, session_id: str, *, lock: bool = False) -> SessionRow:
        """One session of the person that has not ended. Raises `SessionNotFound`."""
        repository = SessionRepository(await session(), principal)
        row = await repository.get(_decoded(session_id), at=infrastructure().clock.now(), lock=lock)
        if row is None:
            raise SessionNotFound("There is no session with this id.")
        return row

    async def end(self, principal: Principal, session_id: str) -> None:
        """End one session of the person; it is over everywhere within a second. Raises `SessionNotFound`."""
        row = await self.get(principal, session_id)
        await self._end(principal, "ended", only=row.id)

    async def log_out(self, principal: Principal) -> None:
        """End the session of the token. Raises `Forbidden` for a caller that is no person."""
        await self._end(principal, "logged_out", only=_session_id(principal))

    async def end_all(self, principal: Principal, reason: EndReason = "ended", *, but: UUID | None = None) -> int:
        """End every session of the person, except perhaps one; how many ended."""
        return len(await self._end(principal, reason, but=but))

    async def find(self, token: str) -> FoundSession | None:
        """What an access token stands for; None where its session is over, or its person is no member any more.

        Raises `Unauthenticated` for what is no access token of this instance.
        """
        infra = infrastructure()
        try:
            claims = await self._verified(infra, token)
        except InvalidToken:
            raise Unauthenticated(_INVALID) from None
        facts = await self._facts(infra, claims.session_id, claims.organization_id)
        if facts is None or facts.account_id != claims.account_id or facts.ended_at is not None or facts.role is None:
            return None
        return FoundSession(
            principal=_person(facts, claims.session_id),
            expires_at=min(facts.expires_at, datetime.fromtimestamp(claims.expires_at, facts.expires_at.tzinfo)),
            is_suspended=facts.account_suspended_at is not None,
            organization_is_suspended=facts.organization_suspended_at is not None,
        )

    async def published_keys(self) -> tuple[Mapping[str, Any], int]:
        """The JSON Web Key Set, and for how many seconds it may be kept."""
        return await signing.published(), SET_MAX_AGE_S

    async def rotate_signing_key(self, *, at_once: bool = False) -> str:
        """Sign with a new key: after ten minutes, or `at_once` where the present one is in foreign hands. Its name."""
        return (await signing.rotate(at_once=at_once)).kid

    async def maintain(self) -> None:
        """Housekeeping of a worker: signing keys that are due, and sessions that are long over."""
        infra = infrastructure()
        await signing.maintain()
        housekeeper = job(NEWSROOM_ID)
        async with infra.unit_of_work(housekeeper):
            repository = SessionRepository(await session(), housekeeper)
            while await repository.purge(before=infra.clock.now() - KEPT, most=PURGED_AT_ONCE) == PURGED_AT_ONCE:
                pass

    async def _verified(self, infra: Infrastructure, token: str) -> Claims:
        public_key = await signing.public_key(access_tokens.key_id_of(token))
        if public_key is None:
            raise InvalidToken("signed with a key that this instance does not have")
        now = infra.clock.now().timestamp()
        return access_tokens.verify(token, public_key=public_key, issuer=_issuer(infra), now=now)

    async def _facts(
        self, infra: Infrastructure, session_id: UUID, organization_id: UUID | None = None
    ) -> SessionFacts | None:
        async with infra.db.newsroom_reads() as reads:
            facts = await find_session(reads, session_id, organization_id)
            if facts is None or organization_id is not None:
                return facts
            if facts.role is not None and facts.organization_suspended_at is None:
                return facts
            # the organisation that it acted for is suspended, or the membership has ended: go on in the person's own,
            # because a token that is refused everywhere could not even be switched
            return await find_session(reads, session_id, facts.personal_organization_id)

    async def _trade_in(self, infra: Infrastructure, person: Principal, id_: UUID, token: str) -> str | None:
        """The successor of a refresh token; None where the session is over, or ends now because it came again."""
        repository = SessionRepository(await session(), person)
        lineage, now = await repository.lineage(id_), infra.clock.now()
        if lineage is None or lineage.ended_at is not None or lineage.expires_at <= now:
            return None
        following = refresh_tokens.successor(infra.secret, token)
        given = refresh_tokens.hash_of(infra.secret, token)
        if given == lineage.refresh_hash:
            values = {
                "refresh_hash": refresh_tokens.hash_of(infra.secret, following),
                "previous_hash": given,
                "rotated_at": now,
                "last_used_at": now,
                "expires_at": _end(infra, began=lineage.created_at, now=now),
            }
            await repository.change(id_, values)
            return following
        if _in_grace(lineage, given, now):
            return following
        await self._end(person, "refresh_reuse", only=id_)
        return None

    async def _end(
        self, principal: Principal, reason: EndReason, *, only: UUID | None = None, but: UUID | None = None
    ) -> Sequence[UUID]:
        infra = infrastructure()
        repository = SessionRepository(await session(), principal)
        ended = await repository.end(reason, at=infra.clock.now(), only=only, but=but)
        for id_ in ended:
            audit.record(principal, "session.ended", target=("session", id_), after={"reason": reason})
        infra.changes.announce(*ended)
        return ended


def person_of(account_id: UUID, organization_id: UUID, role: Role, session_id: UUID | None = None) -> Principal:
    """A person with this role in an organisation."""
    budget = infrastructure().settings.user_requests_per_hour
    return Principal(organization_id, account_id, "user", organizations.scopes_of(role), budget, role, session_id)


async def _tokens(
    person: Principal, session_id: UUID, refresh_token: str | None, *, life_s: int = access_tokens.LIFE_S
) -> Tokens:
    infra, key = infrastructure(), await signing.current()
    if key.private_key is None:
        raise RuntimeError(f"the signing key {key.kid} cannot sign")
    now = int(infra.clock.now().timestamp())
    claims = Claims(person.principal_id, person.organization_id, session_id, now, now + life_s)
    return Tokens(
        session_id=session_id,
        access_token=access_tokens.sign(claims, key_id=key.kid, private_key=key.private_key, issuer=_issuer(infra)),
        refresh_token=refresh_token,
        expires_in_s=life_s,
    )


def _person(facts: SessionFacts, session_id: UUID) -> Principal:
    organization_id = facts.organization_id or facts.personal_organization_id
    person = person_of(facts.account_id, organization_id, cast("Role", facts.role or "viewer"), session_id)
    limits = plans.named(facts.plan or "")
    return replace(person, organization_requests_per_hour=limits.organization_requests_per_hour)


def _in_grace(lineage: Lineage, given: bytes, now: datetime) -> bool:
    return given == lineage.previous_hash and lineage.rotated_at is not None and now - lineage.rotated_at <= GRACE


def _end(infra: Infrastructure, *, began: datetime, now: datetime) -> datetime:
    """When a session ends that is not used again."""
    settings = infra.settings
    return min(now + timedelta(days=settings.session_idle_days), began + timedelta(days=settings.session_days))


def _issuer(infra: Infrastructure) -> str:
    return infra.settings.public_url or ISSUER


def _session_id(principal: Principal) -> UUID:
    if principal.session_id is None:
        raise Forbidden("Only a person who has logged in has a session.")
    return principal.session_id


def _decoded(session_id: str) -> UUID:
    try:
        return ids.decode("ses", session_id)
    except ids.InvalidId:
        raise SessionNotFound("There is no session with this id.") from None


sessions: Final = Sessions()
