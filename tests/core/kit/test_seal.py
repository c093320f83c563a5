"""Sealed values: readable with the same secret, for the same thing, and in no other way."""

import pytest

from core.kit.seal import BrokenSeal, seal, unseal

SECRET, OTHER = b"one secret", b"another secret"


def _opened(sealed: bytes, *, secret: bytes = SECRET, purpose: str = "tests", bound_to: bytes = b"row") -> bytes:
    return unseal(secret, sealed, purpose=purpose, bound_to=bound_to)


def test_what_was_sealed_under_another_secret_purpose_or_row_does_not_open() -> None:
    sealed = seal(SECRET, b"value", purpose="tests", bound_to=b"row")
    with pytest.raises(BrokenSeal):
        _opened(sealed, secret=OTHER)
    with pytest.raises(BrokenSeal):
        _opened(sealed, purpose="other")
    with pytest.raises(BrokenSeal):
        _opened(sealed, bound_to=b"other row")


@pytest.mark.parametrize("sealed", [b"", b"short", bytes(40)])
def test_what_was_never_sealed_does_not_open(sealed: bytes) -> None:
    with pytest.raises(BrokenSeal):
        _opened(sealed)


def test_a_changed_byte_breaks_the_seal() -> None:
    sealed = bytearray(seal(SECRET, b"value", purpose="tests", bound_to=b"row"))
    for place in range(len(sealed)):
        sealed[place] ^= 1
        with pytest.raises(BrokenSeal):
            _opened(bytes(sealed))
        sealed[place] ^= 1


def test_what_was_sealed_opens_and_never_looks_the_same() -> None:
    once, again = (seal(SECRET, b"value", purpose="tests", bound_to=b"row") for _ in range(2))
    assert (_opened(once), _opened(again), once == again) == (b"value", b"value", False)
