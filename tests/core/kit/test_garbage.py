"""The collector is out of the way while a process loads, and back afterwards, whatever happens."""

import gc

import pytest

from core.kit import garbage


def test_what_is_loaded_inside_the_block_is_not_walked_through_again() -> None:
    frozen = gc.get_freeze_count()
    with garbage.paused():
        assert not gc.isenabled()
        kept: list[list[int]] = [[] for _ in range(1000)]
    assert gc.isenabled()
    assert gc.get_freeze_count() >= frozen + len(kept)


def test_an_inner_block_changes_nothing() -> None:
    with garbage.paused():
        with garbage.paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_collection_goes_on_after_an_error() -> None:
    with pytest.raises(ValueError, match="broken"), garbage.paused():
        raise ValueError("broken")
    assert gc.isenabled()
