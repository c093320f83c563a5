"""Public ids."""

from uuid import UUID

import pytest

from core.kit.ids import InvalidId, decode, encode, new_id


@pytest.mark.parametrize(
    "text",
    [
        "",
        "art",
        "art_",
        "src_0000000000000000000000",
        "art_000000000000000000000",
        "art_00000000000000000000000",
        "art_000000000000000000000-",
        "art_00000000000000000000é0",
        "art_zzzzzzzzzzzzzzzzzzzzzz",
        " art_0000000000000000000000",
        "ART_0000000000000000000000",
    ],
)
def test_text_that_is_no_id_of_the_kind_is_refused(text: str) -> None:
    with pytest.raises(InvalidId):
        decode("art", text)


@pytest.mark.parametrize("number", [0, 1, 61, 62, 2**64, 2**128 - 1])
def test_an_id_round_trips(number: int) -> None:
    assert decode("art", encode("art", UUID(int=number))) == UUID(int=number)


def test_ids_sort_as_they_were_made() -> None:
    made = [encode("art", new_id()) for _ in range(500)]
    assert made == sorted(made)
    assert len(set(made)) == 500
