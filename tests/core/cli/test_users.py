"""`tidings users` on a database with two people."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import orjson
import pytest

from core.cli import run
from core.infra.context import Infrastructure
from core.settings import as_environment
from tests.support.infrastructure import SECRET, opened
from tests.support.people import People

Users = Callable[..., Any]


@pytest.fixture
async def infra(postgres_url: str, redis_url: str) -> AsyncIterator[Infrastructure]:
    async with opened(postgres_url, redis_url) as infra:
        people = People(infra.db.url, SECRET.encode())
        people.person(email="ada@people.example", name="Ada")
        people.person(email="bob@people.example", name="Bob")
        people.close()
        yield infra


@pytest.fixture
def users(infra: Infrastructure, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Users:
    """Runs a command in a thread of its own, as it has its own event loop; gives the JSON that it prints."""
    for name, value in as_environment(infra.settings).items():
        monkeypatch.setenv(name, value)

    async def call(*arguments: str, code: int = 0) -> Any:
        assert await asyncio.to_thread(run, ["users", *arguments]) == code
        answer = capsys.readouterr()
        return orjson.loads(answer.out) if "--json" in arguments else answer.out + answer.err

    return call


async def test_an_unknown_address_is_one_line_and_a_failure(users: Users) -> None:
    for command in ("show", "suspend", "restore", "reset-password", "delete"):
        said = await users(command, "nobody@people.example", code=1)
        assert said == "tidings: No account has the address nobody@people.example.\n"


async def test_accounts_are_listed_newest_first(users: Users) -> None:
    listed = await users("list", "--json")
    assert [row["email"] for row in listed] == ["bob@people.example", "ada@people.example"]
    assert list(listed[0]) == ["id", "email", "name", "created_at", "last_login_at", "suspended_at", "erase_after"]
    assert (await users("list")).count("\n") == 2


async def test_a_suspension_and_a_deletion_are_shown_and_taken_back(users: Users) -> None:
    await users("suspend", "ada@people.example")
    deleted = await users("delete", "ada@people.example", "--json")
    shown = await users("show", "ada@people.example", "--json")
    assert shown["suspended_at"] is not None
    assert shown["erase_after"] == deleted["erase_after"]
    await users("restore", "ada@people.example")
    shown = await users("show", "ada@people.example", "--json")
    assert (shown["suspended_at"], shown["erase_after"]) == (None, None)


async def test_a_reset_password_is_printed_once(users: Users) -> None:
    first, second = [await users("reset-password", "ada@people.example", "--json") for _ in range(2)]
    assert first["email"] == "ada@people.example"
    assert len(first["password"]) == 20
    assert first["password"] != second["password"]


async def test_a_new_signing_key_has_a_name(users: Users) -> None:
    names = [(await users("rotate-signing-key", *options)).strip() for options in ((), ("--now",))]
    assert all(name.startswith("sgk_") for name in names)
    assert names[0] != names[1]
