"""Page cursors."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from core.kit.cursor import CursorCodec, InvalidCursor

CODEC = CursorCodec(b"a secret of the instance")
POSITION = (datetime(2026, 11, 21, 9, 30, 0, 123457, UTC), UUID(int=7), 5, "é", None)


@pytest.mark.parametrize("text", ["", "x", "!!!!", "é", "A" * 2000, "====", "AAAA\n"])
def test_garbage_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        CODEC.decode(text, bound_to=b"list")


def test_every_changed_character_is_noticed() -> None:
    good = CODEC.encode(POSITION, bound_to=b"list")
    for index in range(len(good) - 1):  # the last character may hold padding bits only
        changed = good[:index] + ("A" if good[index] != "A" else "B") + good[index + 1 :]
        with pytest.raises(InvalidCursor):
            CODEC.decode(changed, bound_to=b"list")


def test_a_cursor_of_another_list_or_instance_is_refused() -> None:
    good = CODEC.encode(POSITION, bound_to=b"list")
    with pytest.raises(InvalidCursor):
        CODEC.decode(good, bound_to=b"other list")
    with pytest.raises(InvalidCursor):
        CursorCodec(b"another secret").decode(good, bound_to=b"list")


def test_a_position_round_trips_to_the_microsecond() -> None:
    assert CODEC.decode(CODEC.encode(POSITION, bound_to=b"list"), bound_to=b"list") == POSITION


def test_instants_before_1970_round_trip() -> None:
    position = (datetime(1901, 2, 3, 4, 5, 6, 999999, UTC),)
    assert CODEC.decode(CODEC.encode(position, bound_to=b""), bound_to=b"") == position
