"""Places in a list: numbers with gaps between them, so that an insert or a move writes one row.

A gap of 2^20 can be halved twenty times at the same spot before the list has to be numbered afresh. All numbers stay
within 2^53, which JavaScript reads exactly: there is room for 8.6 billion items at the end of a list.
"""

from typing import Final

GAP: Final = 2**20
LIMIT: Final = 2**53 - 1


def between(low: int | None, high: int | None, count: int) -> list[int] | None:
    """`count` rising positions above `low` and below `high` (None: the list ends there).

    None where there is no room: then the list has to be numbered afresh.
    """
    if low is None:
        low = 0 if high is None else high - GAP * (count + 1)
    if high is None:
        high = low + GAP * (count + 1)
    step = (high - low) // (count + 1)
    if step < 1 or low < -LIMIT or high > LIMIT:
        return None
    return [low + step * number for number in range(1, count + 1)]
