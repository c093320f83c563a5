"""Refresh tokens: one lineage, ten seconds of grace, and the end of a session whose token comes back."""

import asyncio
import dataclasses
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from core.accounts.service import accounts
from core.errors import AccountSuspended, Unauthenticated
from core.infra.context import Infrastructure, use
from core.kit import ids
from core.kit.clock import FixedClock
from core.kit.principal import Principal, anonymous
from core.sessions import refresh_tokens
from core.sessions.service import GRACE, sessions
from core.sessions.types import Tokens
from tests.support.infrastructure import OTHER_ID
from tests.support.people import PASSWORD, People

SECRET = b"secret"


async def _log_in(infra: Infrastructure, email: str = "ada@people.example", **options: Any) -> Tokens:
    async with infra.unit_of_work(anonymous()):
        await accounts.register(email=email, password=PASSWORD)
    async with infra.unit_of_work(anonymous()):
        return await accounts.log_in(email=email, password=PASSWORD, **options)


async def _refresh(infra: Infrastructure, token: str | None, *, at: datetime | None = None) -> Tokens:
    assert token is not None
    then = infra if at is None else dataclasses.replace(infra, clock=FixedClock(at))
    with use(then):
        async with then.unit_of_work(anonymous()):
            return await sessions.refresh(token)


def _row(infra: Infrastructure, *columns: str) -> tuple[Any, ...]:
    with psycopg.connect(infra.db.url) as owner:
        row = owner.execute(f"SELECT {', '.join(columns)} FROM sessions ORDER BY created_at LIMIT 1").fetchone()
    assert row is not None
    return tuple(row)


async def _works(token: str) -> bool:
    try:
        found = await sessions.find(token)
    except Unauthenticated:
        return False
    return found is not None


@pytest.fixture
async def tokens(infra: Infrastructure) -> Tokens:
    return await _log_in(infra)


class TestForm:
    def test_what_was_not_issued_here_belongs_to_no_session(self) -> None:
        token = refresh_tokens.first(SECRET, ids.new_id())
        for garbage in ("", "tdr_", token[:-1], token + "0", token[:-1] + "é", "tdr_" + "z" * 72, token.swapcase()):
            assert refresh_tokens.session_of(SECRET, garbage) is None
        assert refresh_tokens.session_of(b"another secret", token) is None

    def test_a_changed_digit_is_seen_wherever_it_stands(self) -> None:
        token = refresh_tokens.first(SECRET, ids.new_id())
        for place in range(4, len(token)):
            changed = token[:place] + ("0" if token[place] != "0" else "1") + token[place + 1 :]
            assert refresh_tokens.session_of(SECRET, changed) is None

    def test_a_token_has_one_successor_which_depends_on_the_secret(self) -> None:
        session_id = ids.new_id()
        token = refresh_tokens.first(SECRET, session_id)
        following = refresh_tokens.successor(SECRET, token)
        assert following == refresh_tokens.successor(SECRET, token)
        assert following != refresh_tokens.successor(b"another secret", token)
        assert refresh_tokens.session_of(SECRET, following) == session_id
        assert len({token, following, refresh_tokens.successor(SECRET, following)}) == 3


async def test_what_is_no_refresh_token_is_refused(infra: Infrastructure, tokens: Tokens) -> None:
    unknown = refresh_tokens.first(infra.secret, ids.new_id())  # one of ours, for a session that nobody has
    for garbage in ("", "tdr_", tokens.access_token, unknown, "x" * 200):
        with pytest.raises(Unauthenticated):
            await _refresh(infra, garbage)


async def test_a_token_is_stored_as_a_hash_alone(infra: Infrastructure, tokens: Tokens) -> None:
    assert tokens.refresh_token is not None
    with psycopg.connect(infra.db.url) as owner:
        stored = str(owner.execute("SELECT s::text FROM sessions s").fetchall())
    assert tokens.refresh_token[26:59] not in stored
    assert _row(infra, "refresh_hash") == (refresh_tokens.hash_of(infra.secret, tokens.refresh_token),)


async def test_the_same_token_gives_the_same_successor_within_the_time_of_grace(
    infra: Infrastructure, tokens: Tokens
) -> None:
    first = await _refresh(infra, tokens.refresh_token)
    (rotated_at,) = _row(infra, "rotated_at")
    again = await _refresh(infra, tokens.refresh_token, at=rotated_at + GRACE)
    assert first.refresh_token == again.refresh_token != tokens.refresh_token
    assert await _works(first.access_token)
    assert _row(infra, "ended_at") == (None,)


async def test_a_token_that_comes_again_after_the_time_of_grace_ends_its_session(
    infra: Infrastructure, tokens: Tokens
) -> None:
    following = await _refresh(infra, tokens.refresh_token)
    (rotated_at,) = _row(infra, "rotated_at")
    with pytest.raises(Unauthenticated):
        await _refresh(infra, tokens.refresh_token, at=rotated_at + GRACE + timedelta(milliseconds=1))
    assert _row(infra, "end_reason") == ("refresh_reuse",)
    with pytest.raises(Unauthenticated):
        await _refresh(infra, following.refresh_token)
    assert not await _works(following.access_token)


async def test_a_token_two_generations_old_ends_its_session_at_once(infra: Infrastructure, tokens: Tokens) -> None:
    second = await _refresh(infra, tokens.refresh_token)
    await _refresh(infra, second.refresh_token)
    with pytest.raises(Unauthenticated):
        await _refresh(infra, tokens.refresh_token)
    assert _row(infra, "end_reason") == ("refresh_reuse",)


async def test_the_end_by_reuse_is_in_the_log(infra: Infrastructure, tokens: Tokens) -> None:
    second = await _refresh(infra, tokens.refresh_token)
    await _refresh(infra, second.refresh_token)
    with pytest.raises(Unauthenticated):
        await _refresh(infra, tokens.refresh_token)
    with psycopg.connect(infra.db.url) as owner:
        rows = owner.execute("SELECT target_id, after FROM audit_events WHERE action = 'session.ended'").fetchall()
    assert rows == [(ids.encode("ses", tokens.session_id), {"reason": "refresh_reuse"})]


async def test_twenty_who_refresh_at_once_share_one_lineage(infra: Infrastructure, tokens: Tokens) -> None:
    answers = await asyncio.gather(*(_refresh(infra, tokens.refresh_token) for _ in range(20)))
    assert len({answer.refresh_token for answer in answers}) == 1
    assert await _refresh(infra, answers[0].refresh_token)
    assert _row(infra, "ended_at") == (None,)


async def test_a_session_that_ended_or_expired_cannot_be_refreshed(infra: Infrastructure, tokens: Tokens) -> None:
    (expires_at,) = _row(infra, "expires_at")
    with pytest.raises(Unauthenticated):
        await _refresh(infra, tokens.refresh_token, at=expires_at)
    found = await sessions.find(tokens.access_token)
    assert found is not None
    async with infra.unit_of_work(found.principal):
        await sessions.log_out(found.principal)
    with pytest.raises(Unauthenticated):
        await _refresh(infra, tokens.refresh_token)


async def test_a_refreshed_session_goes_on_and_still_ends_at_its_absolute_end(
    infra: Infrastructure, tokens: Tokens
) -> None:
    (created_at,) = _row(infra, "created_at")
    token, settings = tokens.refresh_token, infra.settings
    for day in range(25, settings.session_days, 25):
        token = (await _refresh(infra, token, at=created_at + timedelta(days=day))).refresh_token
    assert _row(infra, "expires_at") == (created_at + timedelta(days=settings.session_days),)


async def test_a_suspended_person_cannot_refresh(infra: Infrastructure, tokens: Tokens, people: People) -> None:
    people.execute("UPDATE accounts SET suspended_at = now()")
    with pytest.raises(AccountSuspended):
        await _refresh(infra, tokens.refresh_token)


async def test_the_log_in_of_v1_has_nothing_to_refresh(infra: Infrastructure) -> None:
    tokens = await _log_in(infra, lasting=False)
    assert (tokens.refresh_token, tokens.expires_in_s) == (None, 3600)
    assert _row(infra, "expires_at - created_at", "refresh_hash") == (timedelta(hours=1), None)


async def test_later_tokens_act_where_the_session_acts_and_at_home_once_that_has_ended(
    infra: Infrastructure, tokens: Tokens, people: People
) -> None:
    found = await sessions.find(tokens.access_token)
    assert found is not None
    me: Principal = found.principal
    people.join(me.principal_id, OTHER_ID, "editor")
    async with infra.unit_of_work(me):
        await sessions.switch(me, ids.encode("org", OTHER_ID))
    second = await _refresh(infra, tokens.refresh_token)
    there = await sessions.find(second.access_token)
    assert there is not None
    assert (there.principal.organization_id, there.principal.role) == (OTHER_ID, "editor")
    people.execute("DELETE FROM memberships WHERE organization_id = %s", OTHER_ID)
    assert await sessions.find(second.access_token) is None
    home = await sessions.find((await _refresh(infra, second.refresh_token)).access_token)
    assert home is not None
    assert (home.principal.organization_id, home.principal.role) == (me.organization_id, "owner")


async def test_a_session_that_acts_for_a_suspended_organisation_goes_on_at_home_until_it_is_resumed(
    infra: Infrastructure, tokens: Tokens, people: People
) -> None:
    """A token for it is refused everywhere, so that the person could neither switch nor log out."""
    found = await sessions.find(tokens.access_token)
    assert found is not None
    me = found.principal
    people.join(me.principal_id, OTHER_ID, "editor")
    async with infra.unit_of_work(me):
        await sessions.switch(me, ids.encode("org", OTHER_ID))
    people.execute("UPDATE organizations SET suspended_at = now() WHERE id = %s", OTHER_ID)
    second = await _refresh(infra, tokens.refresh_token)
    home = await sessions.find(second.access_token)
    assert home is not None
    assert (home.principal.organization_id, home.organization_is_suspended) == (me.organization_id, False)
    people.execute("UPDATE organizations SET suspended_at = NULL WHERE id = %s", OTHER_ID)
    there = await sessions.find((await _refresh(infra, second.refresh_token)).access_token)
    assert there is not None
    assert there.principal.organization_id == OTHER_ID
