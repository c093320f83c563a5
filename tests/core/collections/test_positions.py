"""Room between the items of a list."""

import pytest

from core.collections.positions import GAP, LIMIT, between


@pytest.mark.parametrize(
    ("low", "high", "count"),
    [(0, 1, 1), (0, 3, 3), (7, 7, 1), (8, 7, 1), (LIMIT - GAP, None, 1), (None, -LIMIT + GAP, 1)],
)
def test_where_there_is_no_room_the_list_is_to_be_numbered_afresh(
    low: int | None, high: int | None, count: int
) -> None:
    assert between(low, high, count) is None


@pytest.mark.parametrize(
    ("low", "high", "count"),
    [(0, 2, 1), (0, 4, 3), (None, None, 5), (None, -10, 3), (10, None, 100), (-GAP, GAP, 100), (0, 101, 100)],
)
def test_positions_rise_and_stay_between_their_neighbours(low: int | None, high: int | None, count: int) -> None:
    found = between(low, high, count)
    assert found is not None
    assert len(found) == count
    assert found == sorted(set(found))
    assert low is None or low < found[0]
    assert high is None or found[-1] < high


def test_an_empty_list_begins_one_gap_from_zero() -> None:
    assert between(None, None, 2) == [GAP, 2 * GAP]


def test_a_gap_can_be_halved_twenty_times() -> None:
    low, high, times = 0, GAP, 0
    while (found := between(low, high, 1)) is not None:
        high, times = found[0], times + 1
    assert times == 20
