"""Public ids: a prefix that names the kind and a UUIDv7 in base62, so that ids sort by the time they were made.

UUIDv7 is RFC 9562 §5.7. Base62 digits are in ASCII order, and the text is padded to its full width of 22 digits:
text order is number order is time order.
"""

from typing import Final
from uuid import UUID

import uuid_utils

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_VALUES: Final = {digit: value for value, digit in enumerate(_DIGITS)}
_PAIRS: Final = tuple(high + low for high in _DIGITS for low in _DIGITS)
_WIDTH: Final = 22  # 62**22 > 2**128 > 62**21
_LIMIT: Final = 1 << 128


class InvalidId(ValueError):
    """The text is not an id of the expected kind."""


def new_id() -> UUID:
    """A new UUIDv7."""
    return UUID(bytes=uuid_utils.uuid7().bytes)


def encode(prefix: str, value: UUID) -> str:
    """`encode("art", uuid)` is `art_` and 22 base62 digits."""
    number, pairs = value.int, []
    for _ in range(_WIDTH // 2):
        number, pair = divmod(number, 3844)
        pairs.append(_PAIRS[pair])
    return f"{prefix}_{''.join(reversed(pairs))}"


def decode(prefix: str, text: str) -> UUID:
    """The UUID in a public id; raises `InvalidId` for another prefix, a foreign digit or a number past 128 bits."""
    head, _, digits = text.partition("_")
    if head != prefix or len(digits) != _WIDTH:
        raise InvalidId(text[:40])
    number = 0
    for digit in digits:
        value = _VALUES.get(digit)
        if value is None:
            raise InvalidId(text[:40])
        number = number * 62 + value
    if number >= _LIMIT:
        raise InvalidId(text[:40])
    return UUID(int=number)
