"""What the operator of the instance does to accounts."""

import pytest

from core.accounts.operators import account_operations
from core.accounts.service import accounts
from core.errors import AccountNotFound, AccountSuspended, InvalidCredentials
from core.infra.context import Infrastructure
from core.kit import ids
from core.kit.principal import NEWSROOM_ID, Principal, anonymous, operator
from core.sessions.service import sessions
from core.sessions.types import Tokens
from tests.support.infrastructure import OTHER_ID
from tests.support.people import PASSWORD, People

EMAIL = "ada@people.example"


@pytest.fixture
async def ada(infra: Infrastructure) -> Tokens:
    """Somebody who registered and logged in."""
    async with infra.unit_of_work(anonymous()):
        await accounts.register(email=EMAIL, password=PASSWORD)
    return await _log_in(infra)


async def _log_in(infra: Infrastructure, password: str = PASSWORD) -> Tokens:
    async with infra.unit_of_work(anonymous()):
        return await accounts.log_in(email=EMAIL, password=password)


@pytest.mark.usefixtures("ada")
async def test_nobody_but_the_operator_sees_all_accounts(infra: Infrastructure) -> None:
    for principal in (
        Principal(OTHER_ID, ids.new_id(), "api_key"),
        Principal(NEWSROOM_ID, ids.new_id(), "user"),
        Principal(OTHER_ID, ids.new_id(), "user"),
    ):
        async with infra.unit_of_work(principal):
            assert (await account_operations.list(limit=10)).rows == ()


async def test_an_address_without_an_account_is_not_found(infra: Infrastructure) -> None:
    for operation in (account_operations.get, account_operations.suspend, account_operations.restore):
        async with infra.unit_of_work(operator()):
            with pytest.raises(AccountNotFound):
                await operation("nobody@people.example")


async def test_a_suspended_person_is_out_at_once_until_restored(infra: Infrastructure, ada: Tokens) -> None:
    async with infra.unit_of_work(operator()):
        await account_operations.suspend(EMAIL.upper())
    assert await sessions.find(ada.access_token) is None
    with pytest.raises(AccountSuspended):
        await _log_in(infra)
    async with infra.unit_of_work(operator()):
        await account_operations.restore(EMAIL)
    await _log_in(infra)


async def test_a_reset_password_is_new_and_ends_the_sessions(infra: Infrastructure, ada: Tokens) -> None:
    async with infra.unit_of_work(operator()):
        password = await account_operations.reset_password(EMAIL)
    assert await sessions.find(ada.access_token) is None
    with pytest.raises(InvalidCredentials):
        await _log_in(infra)
    await _log_in(infra, password)


async def test_a_deleted_account_waits_or_goes_at_once(infra: Infrastructure, ada: Tokens) -> None:
    async with infra.unit_of_work(operator()):
        later = await account_operations.delete(EMAIL)
    assert await sessions.find(ada.access_token) is None
    await _log_in(infra)
    async with infra.unit_of_work(operator()):
        now = await account_operations.delete(EMAIL, at_once=True)
    assert (later - now).days == infra.settings.account_grace_days - 1
    with pytest.raises(InvalidCredentials):
        await _log_in(infra)


async def test_pages_hold_every_account_once_newest_first(infra: Infrastructure, people: People) -> None:
    made = {people.person().account_id for _ in range(5)}
    seen, cursor = [], None
    async with infra.unit_of_work(operator()):
        while True:
            page = await account_operations.list(limit=2, cursor=cursor)
            seen += [row.id for row in page.rows]
            cursor = page.next_cursor
            if not page.has_more:
                break
    assert (set(seen), len(seen)) == (made, 5)
