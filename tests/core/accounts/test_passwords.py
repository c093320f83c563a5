"""Which passwords are accepted, and how they are kept."""

import asyncio
import unicodedata

import pytest
from argon2 import PasswordHasher, extract_parameters

from core.accounts import argon
from core.accounts.argon import LANES, MEMORY_KIB, PASSES
from core.accounts.passwords import Passwords, require_strong
from core.errors import Unavailable, WeakPassword
from tests.support.waiting import until

KNOWN = ("ada.lovelace@example.org", "ada.lovelace", "Ada", "Lovelace")


@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("", "min_length"),
        ("seven77", "min_length"),
        ("ﬁ" * 3, "min_length"),
        ("ﷺ" * 300, "max_length"),
        ("password", "common"),
        ("PassWord", "common"),
        ("password1234", "common"),
        ("p4ssw0rd!!", "common"),
        ("Pa$$w0rd2026", "common"),
        ("iloveyou", "common"),
        ("correcthorsebatterystaple", "common"),
        ("ｐａｓｓｗｏｒｄ", "common"),
        ("aaaaaaaaaaaa", "predictable"),
        ("abababababab", "predictable"),
        ("hijklmnop", "predictable"),
        ("98765432", "predictable"),
        ("lkjhgfdsa", "common"),
        ("wertyuio", "predictable"),
        ("tidings!", "about_you"),
        ("Tidings2026", "about_you"),
        ("lovelace1815", "about_you"),
        ("ada.lovelace@example.org", "about_you"),
    ],
)
def test_a_password_that_is_tried_first_is_refused_with_its_rule(password: str, rule: str) -> None:
    with pytest.raises(WeakPassword) as refusal:
        require_strong(password, context=KNOWN)
    assert [(error.code, error.pointer) for error in refusal.value.errors] == [(rule, "/password")]


@pytest.mark.parametrize(
    "password",
    [
        "eight ch",
        "a long walk by the sea",
        "правильный конь",
        "🦉🌊🎷🧭🪁🫖🥁🛶",
        "tidings of comfort and joy",
        "x" * 120 + "yz1 ",
        "\tspaces count\t",
        "é🦉ß" * 42,
    ],
)
def test_any_characters_will_do(password: str) -> None:
    require_strong(password, context=KNOWN)


async def test_without_a_stored_hash_nothing_matches() -> None:
    passwords = Passwords()
    stored = await passwords.hash("a long walk by the sea")
    assert await passwords.matches("a long walk by the sea", stored)
    assert not await passwords.matches("a long walk by the sea", None)
    assert not await passwords.matches("a short walk", stored)
    assert not await passwords.matches("a short walk", "no hash at all")


def test_without_a_stored_hash_the_same_work_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[object] = []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, hash_: str, password: str) -> object:
        verified.append(extract_parameters(hash_))
        return verify(self, hash_, password)

    stored, nobody = argon.hasher.hash("a long walk by the sea"), argon.hasher.hash("nobody")
    monkeypatch.setattr(PasswordHasher, "verify", counted)
    assert not argon.matches("nobody", None, nobody=nobody)
    assert not argon.matches("a short walk", stored, nobody=nobody)
    assert verified[0] == verified[1]


async def test_one_password_has_one_form_however_it_was_typed() -> None:
    passwords = Passwords()
    stored = await passwords.hash(unicodedata.normalize("NFD", "Ångström café"))
    assert await passwords.matches(unicodedata.normalize("NFC", "Ångström café"), stored)
    assert not await passwords.matches("Angstrom cafe", stored)


async def test_the_hash_is_argon2id_with_the_parameters_of_the_day() -> None:
    passwords = Passwords()
    stored = await passwords.hash("a long walk by the sea")
    parameters = extract_parameters(stored)
    assert (parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (MEMORY_KIB, PASSES, LANES)
    assert stored.startswith("$argon2id$")
    assert not passwords.is_outdated(stored)
    assert passwords.is_outdated(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("x"))


async def test_when_too_many_wait_the_next_is_asked_to_come_back() -> None:
    passwords = Passwords(waiting_at_most=1)
    running = asyncio.create_task(passwords.hash("a long walk by the sea"))
    await until(lambda: passwords._waiting == 1, "the one that is being hashed")
    with pytest.raises(Unavailable) as refusal:
        await passwords.hash("a long walk by the sea")
    assert refusal.value.retry_after_s
    assert (await running).startswith("$argon2id$")
    assert await passwords.hash("a long walk by the sea")
