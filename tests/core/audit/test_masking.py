"""What may be written down of a change."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from core.audit.masking import MASK, MAX_ITEMS, MAX_TEXT_CHARACTERS, changed, masked

JWT = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "new_password",
        "key",
        "token",
        "refresh_token",
        "client_secret",
        "api_key",
        "key_hash",
        "Authorization",
    ],
)
def test_a_member_that_is_named_like_a_secret_is_masked(name: str) -> None:
    assert changed(None, {name: "x"}) == (None, {name: MASK})
    assert changed({"deeper": [{name: "x"}]}, None) == ({"deeper": [{name: MASK}]}, None)


@pytest.mark.parametrize("name", ["name", "keys", "key_id", "monkey", "token_type", "hashtags"])
def test_a_member_that_only_sounds_like_one_is_not(name: str) -> None:
    assert changed(None, {name: "x"}) == (None, {name: "x"})


@pytest.mark.parametrize("secret", ["tdk_live_" + "a" * 36, "tdr_" + "b" * 40, JWT])
def test_a_text_that_holds_a_credential_is_masked(secret: str) -> None:
    assert masked(f"it was {secret}, sent twice") == f"it was {MASK}, sent twice"


def test_a_secret_that_is_not_set_stays_null() -> None:
    assert changed({"password": None}, None) == ({"password": None}, None)


def test_of_two_states_only_what_differs_is_kept() -> None:
    before, after = changed({"a": 1, "b": 2, "c": None}, {"a": 1, "b": 3, "d": 4})
    assert before == {"b": 2, "c": None, "d": None}
    assert after == {"b": 3, "c": None, "d": 4}


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (b"bytes", MASK),
        (frozenset({"b", "a"}), ["a", "b"]),
        (("x", 1), ["x", 1]),
        (UUID(int=1), UUID(int=1)),
        (datetime(2026, 11, 21, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)),
        ("a\0b", "ab"),
        (True, True),
    ],
)
def test_values_become_what_json_can_hold(value: Any, kept: Any) -> None:
    assert masked(value) == kept


def test_nothing_is_long() -> None:
    assert len(masked("x" * 5000)) == MAX_TEXT_CHARACTERS
    assert len(masked(list(range(5000)))) == MAX_ITEMS
    deep: Any = "x"
    for _ in range(50):
        deep = {"a": deep}
    assert len(str(masked(deep))) < 2000
