"""Signing keys: published before they sign, kept until their last token has expired, sealed in the database."""

import asyncio
import dataclasses
from datetime import timedelta

import psycopg
import pytest

from core.errors import Unauthenticated
from core.infra.context import Infrastructure, use
from core.kit.clock import FixedClock
from core.sessions.access_tokens import LONGEST_LIFE_S
from core.sessions.service import sessions
from core.sessions.signing import PUBLISHED_AHEAD, Signing
from tests.support.people import People


def _at(infra: Infrastructure, **later: float) -> Infrastructure:
    return dataclasses.replace(infra, clock=FixedClock(infra.clock.now() + timedelta(**later)))


async def _published(signing: Signing) -> list[str]:
    return [key["kid"] for key in (await signing.published())["keys"]]


def _stored(infra: Infrastructure) -> int:
    with psycopg.connect(infra.db.url) as owner:
        row = owner.execute("SELECT count(*) FROM signing_keys").fetchone()
    assert row is not None
    return int(row[0])


async def test_processes_that_need_the_first_key_at_once_make_one(infra: Infrastructure) -> None:
    keys = await asyncio.gather(*(Signing().current() for _ in range(4)))
    assert len({key.kid for key in keys}) == _stored(infra) == 1


async def test_a_new_key_is_published_before_it_signs(infra: Infrastructure) -> None:
    signing = Signing()
    old = await signing.current()
    new = await signing.rotate()
    assert (await signing.current()).kid == old.kid
    assert await _published(signing) == [old.kid, new.kid]
    with use(_at(infra, seconds=PUBLISHED_AHEAD.total_seconds() + 1)):
        assert (await signing.current()).kid == new.kid


async def test_an_old_key_stays_until_its_last_token_has_expired(infra: Infrastructure) -> None:
    signing = Signing()
    old = await signing.current()
    new = await signing.rotate()
    longest_s = PUBLISHED_AHEAD.total_seconds() + LONGEST_LIFE_S
    with use(_at(infra, seconds=longest_s - 1)):
        await signing.maintain()
        assert await _published(Signing()) == [old.kid, new.kid]
    with use(_at(infra, seconds=longest_s + PUBLISHED_AHEAD.total_seconds() + 1)):
        await signing.maintain()
        assert await _published(Signing()) == [new.kid]


async def test_a_key_that_has_signed_for_long_enough_is_replaced_once(infra: Infrastructure) -> None:
    await Signing().current()
    await Signing().maintain()
    assert _stored(infra) == 1
    with use(_at(infra, days=infra.settings.signing_key_days)):
        for _ in range(2):
            await Signing().maintain()
    assert _stored(infra) == 2


async def test_a_key_in_foreign_hands_is_trusted_no_more(infra: Infrastructure, people: People) -> None:
    person = people.person()
    assert await sessions.find(person.token) is not None
    await sessions.rotate_signing_key(at_once=True)
    with pytest.raises(Unauthenticated):
        await sessions.find(person.token)
    assert _stored(infra) == 1


async def test_a_token_of_a_key_that_another_process_made_is_good_at_once(
    infra: Infrastructure, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await sessions.find(people.person().token) is not None
    monkeypatch.setattr("core.sessions.signing.UNKNOWN_RELOAD_S", 0.0)
    other = await Signing().rotate(at_once=True)
    assert await sessions.find(people.person().token) is not None
    assert other.private_key is not None


async def test_private_keys_are_sealed_with_the_instance_s_secret(infra: Infrastructure) -> None:
    key = await Signing().current()
    assert key.private_key is not None
    with psycopg.connect(infra.db.url) as owner:
        stored = owner.execute("SELECT sealed_private_key FROM signing_keys").fetchall()
    assert key.private_key.private_bytes_raw() not in stored[0][0]


async def test_with_another_secret_a_new_key_signs_and_the_old_one_still_verifies(infra: Infrastructure) -> None:
    old = await Signing().current()
    changed = dataclasses.replace(infra, secret=b"another secret that is long enough")
    with use(changed):
        signing = Signing()
        new = await signing.current()
        assert new.kid != old.kid
        assert await signing.public_key(old.kid) is not None


async def test_the_published_set_holds_no_private_half(infra: Infrastructure) -> None:
    published = (await Signing().published())["keys"]
    assert [key.keys() for key in published] == [{"kty", "crv", "x", "kid", "use", "alg"}]
