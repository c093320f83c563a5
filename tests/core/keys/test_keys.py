"""Who may make, change, replace and end which API key."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from core.errors import (
    ApiKeyNotFound,
    ApiKeyRevoked,
    Forbidden,
    InsufficientScope,
    InvalidCursor,
    LimitReached,
    Unauthenticated,
    Unprocessable,
)
from core.infra.context import Infrastructure
from core.infra.db import session
from core.keys.service import keys
from core.keys.types import CreatedApiKey
from core.kit.crypto import is_api_key, new_api_key
from core.kit.ids import encode, new_id
from core.kit.principal import NEWSROOM_ID, Principal, operator
from core.settings import FREE, PLANS

TOMORROW = datetime.now(UTC) + timedelta(days=1)
UNKNOWN = encode("key", new_id())


async def _make(infra: Infrastructure, principal: Principal, **values: Any) -> CreatedApiKey:
    async with infra.unit_of_work(principal):
        return await keys.create(principal, **{"name": "import", "scopes": ["articles:read"], **values})


def _id(made: CreatedApiKey) -> str:
    return encode("key", made.id)


async def test_an_unknown_token_stands_for_nobody(infra: Infrastructure) -> None:
    for token in ("", "Bearer", new_api_key(), new_api_key("test"), "tdk_live_" + "0" * 36, "\ud800"):
        with pytest.raises(Unauthenticated):
            await keys.authenticate(token)


async def test_keys_of_another_organisation_do_not_exist(
    infra: Infrastructure, maker: Principal, stranger: Principal
) -> None:
    made = await _make(infra, maker)
    async with infra.unit_of_work(stranger):
        assert (await keys.list(stranger, limit=10)).rows == ()
        for attempt in (
            keys.get(stranger, _id(made)),
            keys.update(stranger, _id(made), {"name": "mine"}),
            keys.rotate(stranger, _id(made), overlap_seconds=0),
            keys.revoke(stranger, _id(made)),
        ):
            with pytest.raises(ApiKeyNotFound):
                await attempt
    assert (await keys.authenticate(made.key)).principal_id == made.id


async def test_v1_tells_a_foreign_key_from_an_unknown_one(
    infra: Infrastructure, maker: Principal, stranger: Principal
) -> None:
    made = await _make(infra, maker)
    async with infra.unit_of_work(stranger):
        with pytest.raises(Forbidden):
            await keys.revoke(stranger, _id(made), reveal_foreign=True)
        with pytest.raises(ApiKeyNotFound):
            await keys.revoke(stranger, UNKNOWN, reveal_foreign=True)


@pytest.mark.parametrize(
    "key_id",
    [UNKNOWN, "key_", "art_" + UNKNOWN[4:], "no id", ""],
    ids=["unknown", "a prefix", "of another kind", "no id", "empty"],
)
async def test_a_key_that_is_not_there_is_not_found(infra: Infrastructure, maker: Principal, key_id: str) -> None:
    async with infra.unit_of_work(maker):
        with pytest.raises(ApiKeyNotFound):
            await keys.get(maker, key_id)


async def test_a_key_gives_no_scope_that_its_maker_lacks(infra: Infrastructure, maker: Principal) -> None:
    with pytest.raises(InsufficientScope, match="feeds:write"):
        await _make(infra, maker, scopes=["articles:read", "feeds:write"])
    made = await _make(infra, maker)
    async with infra.unit_of_work(maker):
        with pytest.raises(InsufficientScope):
            await keys.update(maker, _id(made), {"scopes": ["feeds:write"]})


async def test_a_key_gives_no_larger_budget_than_its_makers(infra: Infrastructure, maker: Principal) -> None:
    for budget in (1001, 0):
        with pytest.raises(Forbidden):
            await _make(infra, maker, requests_per_hour=budget)
    assert (await _make(infra, maker, requests_per_hour=1000)).requests_per_hour == 1000


async def test_the_plans_budget_is_cut_to_the_makers_where_that_is_smaller(infra: Infrastructure) -> None:
    poor = Principal(NEWSROOM_ID, new_id(), "api_key", frozenset({"articles:read", "keys:write"}), 7)
    assert (await _make(infra, poor)).requests_per_hour == 7


async def test_a_key_cannot_change_or_replace_one_that_it_could_not_have_made(
    infra: Infrastructure, maker: Principal
) -> None:
    for values in ({"scopes": ["feeds:write"]}, {"requests_per_hour": 0}, {"requests_per_hour": 5000}):
        stronger = await _make(infra, operator(), **values)
        async with infra.unit_of_work(maker):
            with pytest.raises(Forbidden):
                await keys.update(maker, _id(stronger), {"name": "mine"})
            with pytest.raises(Forbidden):
                await keys.rotate(maker, _id(stronger), overlap_seconds=0)


async def test_a_key_cannot_end_before_it_begins(infra: Infrastructure, maker: Principal) -> None:
    with pytest.raises(Unprocessable) as refusal:
        await _make(infra, maker, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert [error.pointer for error in refusal.value.errors] == ["/expires_at"]


async def test_an_organisation_has_only_so_many_keys(infra: Infrastructure, stranger: Principal) -> None:
    made = [await _make(infra, stranger) for _ in range(PLANS[FREE].keys)]
    with pytest.raises(LimitReached, match="The plan free allows 10 keys"):
        await _make(infra, stranger)
    async with infra.unit_of_work(stranger):
        await keys.revoke(stranger, _id(made[0]))
    await _make(infra, stranger)


async def test_a_new_key_is_shown_once_and_stored_as_a_hash(infra: Infrastructure, maker: Principal) -> None:
    made = await _make(infra, maker, scopes=["keys:read", "articles:read", "keys:read"], expires_at=TOMORROW)
    assert is_api_key(made.key)
    assert made.key.startswith(made.prefix)
    assert made.scopes == ("articles:read", "keys:read")
    async with infra.unit_of_work(maker):
        row = await keys.get(maker, _id(made))
        stored = (await (await session()).execute(text("SELECT api_keys::text FROM api_keys"))).scalar_one()
    assert made.key not in stored
    assert {name: getattr(made, name) for name in row.__slots__} == {name: getattr(row, name) for name in row.__slots__}


async def test_a_key_stands_for_itself_with_its_scopes_and_budget(infra: Infrastructure, maker: Principal) -> None:
    for budget, effective in ((None, 100), (5, 5)):
        made = await _make(infra, maker, requests_per_hour=budget)
        assert await keys.authenticate(made.key) == Principal(
            NEWSROOM_ID, made.id, "api_key", frozenset({"articles:read"}), effective
        )
    unlimited = await _make(infra, operator(), requests_per_hour=0)
    assert (await keys.authenticate(unlimited.key)).requests_per_hour == 0


async def test_pages_hold_every_key_once_newest_first(infra: Infrastructure, maker: Principal) -> None:
    made = [(await _make(infra, maker)).id for _ in range(5)]
    seen, cursor = [], None
    async with infra.unit_of_work(maker):
        while True:
            page = await keys.list(maker, limit=2, cursor=cursor)
            seen += [row.id for row in page.rows]
            cursor = page.next_cursor
            if not page.has_more:
                break
        assert seen == made[::-1]
        rows, total = await keys.list_numbered(maker, page=2, limit=2)
        assert ([row.id for row in rows], total) == (made[::-1][2:4], 5)


async def test_a_cursor_of_another_organisation_is_refused(
    infra: Infrastructure, maker: Principal, stranger: Principal
) -> None:
    for _ in range(2):
        await _make(infra, maker)
    async with infra.unit_of_work(maker):
        cursor = (await keys.list(maker, limit=1)).next_cursor
    async with infra.unit_of_work(stranger):
        for bad in (cursor, "AAAA"):
            with pytest.raises(InvalidCursor):
                await keys.list(stranger, limit=1, cursor=bad)


async def test_a_change_is_written_and_the_rest_stays(infra: Infrastructure, maker: Principal) -> None:
    made = await _make(infra, maker, requests_per_hour=50)
    async with infra.unit_of_work(maker):
        changed = await keys.update(maker, _id(made), {"name": "hourly", "expires_at": TOMORROW})
        assert (changed.name, changed.expires_at, changed.requests_per_hour) == ("hourly", TOMORROW, 50)
        assert changed.updated_at > made.updated_at
        cleared = await keys.update(maker, _id(made), {"expires_at": None, "requests_per_hour": None})
        assert (cleared.expires_at, cleared.requests_per_hour) == (None, None)


async def test_a_revoked_key_works_no_more_and_revoking_it_again_changes_nothing(
    infra: Infrastructure, maker: Principal
) -> None:
    made = await _make(infra, maker)
    for _ in range(2):
        async with infra.unit_of_work(maker):
            await keys.revoke(maker, _id(made))
    with pytest.raises(Unauthenticated):
        await keys.authenticate(made.key)
    async with infra.unit_of_work(maker):
        assert (await keys.get(maker, _id(made))).revoked_at is not None
        with pytest.raises(ApiKeyRevoked):
            await keys.update(maker, _id(made), {"name": "again"})
        with pytest.raises(ApiKeyRevoked):
            await keys.rotate(maker, _id(made), overlap_seconds=60)


async def test_a_rotated_key_goes_on_for_the_overlap_and_is_replaced_once(
    infra: Infrastructure, maker: Principal
) -> None:
    old = await _make(infra, maker, requests_per_hour=50, expires_at=TOMORROW)
    async with infra.unit_of_work(maker):
        new = await keys.rotate(maker, _id(old), overlap_seconds=3600)
        row = await keys.get(maker, _id(old))
    assert (new.name, new.scopes, new.requests_per_hour, new.expires_at) == ("import", old.scopes, 50, TOMORROW)
    assert row.rotated_to == new.id
    assert row.expires_at is not None
    assert timedelta(minutes=59) < row.expires_at - datetime.now(UTC) <= timedelta(hours=1)
    for token in (old.key, new.key):
        await keys.authenticate(token)
    async with infra.unit_of_work(maker):
        with pytest.raises(ApiKeyRevoked, match=_id(new)):
            await keys.rotate(maker, _id(old), overlap_seconds=3600)


async def test_a_rotation_without_overlap_ends_the_old_key_now(infra: Infrastructure, maker: Principal) -> None:
    old = await _make(infra, maker)
    async with infra.unit_of_work(maker):
        new = await keys.rotate(maker, _id(old), overlap_seconds=0)
    with pytest.raises(Unauthenticated, match="expired"):
        await keys.authenticate(old.key)
    await keys.authenticate(new.key)


async def test_an_overlap_does_not_prolong_a_key_that_ends_sooner(infra: Infrastructure, maker: Principal) -> None:
    soon = datetime.now(UTC) + timedelta(minutes=5)
    old = await _make(infra, maker, expires_at=soon)
    async with infra.unit_of_work(maker):
        await keys.rotate(maker, _id(old), overlap_seconds=604_800)
        assert (await keys.get(maker, _id(old))).expires_at == soon
