"""The form and the storage of API keys."""

import pytest

from core.kit.crypto import KEY_LENGTH, hash_api_key, is_api_key, new_api_key

GOOD = new_api_key()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tdk_live_",
        GOOD[:-1],
        GOOD + "0",
        GOOD.replace("live", "prod"),
        GOOD.lower() if GOOD.lower() != GOOD else GOOD.upper(),
        GOOD[:-1] + ("0" if GOOD[-1] != "0" else "1"),
        GOOD[:12] + ("0" if GOOD[12] != "0" else "1") + GOOD[13:],
        "é" * KEY_LENGTH,
        "\ud800" * KEY_LENGTH,
    ],
    ids="empty,prefix,short,long,mode,case,check,secret,non-ASCII,surrogates".split(","),
)
def test_what_is_not_a_key_is_recognised_without_a_look_up(text: str) -> None:
    assert not is_api_key(text)


@pytest.mark.parametrize("mode", ["live", "test"])
def test_a_new_key_names_its_mode_and_checks(mode: str) -> None:
    key = new_api_key("live" if mode == "live" else "test")
    assert key.startswith(f"tdk_{mode}_")
    assert len(key) == KEY_LENGTH == 45
    assert is_api_key(key)


def test_keys_do_not_repeat() -> None:
    assert len({new_api_key() for _ in range(1000)}) == 1000


def test_the_stored_hash_depends_on_the_instance_and_does_not_hold_the_key() -> None:
    stored = hash_api_key(GOOD, b"one secret")
    assert len(stored) == 32
    assert stored == hash_api_key(GOOD, b"one secret")
    assert stored != hash_api_key(GOOD, b"another secret")
    assert GOOD.encode() not in stored
