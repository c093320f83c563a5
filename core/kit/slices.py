"""A page of a list, as every service gives it."""

from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Remark:
    """What a caller may want to know although the request succeeded: a stable code, and a sentence for people."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Slice(Generic[Row]):
    """`next_cursor` leads to the page after this one; None on the last."""

    rows: tuple[Row, ...]
    next_cursor: str | None = None
    warnings: tuple[Remark, ...] = ()

    @property
    def has_more(self) -> bool:
        return self.next_cursor is not None
