"""Chance without chance: every choice of the newsroom is a hash of its name, the same on every machine and version."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")


def number(*name: object, below: int) -> int:
    """A number in `range(below)` that depends on nothing but `name`."""
    digest = blake2b("\x1f".join(map(str, name)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % below


def pick(options: Sequence[T], *name: object) -> T:
    """One of `options`."""
    return options[number(*name, below=len(options))]


def sample(options: Sequence[T], count: int, *name: object) -> tuple[T, ...]:
    """`count` different ones of `options`, in their own order."""
    ranked = sorted(range(len(options)), key=lambda index: number(*name, index, below=1 << 32))
    return tuple(options[index] for index in sorted(ranked[:count]))
