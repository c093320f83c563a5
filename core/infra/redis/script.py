"""Lua scripts, known to the server by their SHA-1."""

import hashlib
from typing import NamedTuple


class Script(NamedTuple):
    """A Lua script; `digest` is what EVALSHA calls it by."""

    source: str
    digest: str


def script(source: str) -> Script:
    """A script to hand to `RedisClient.run`, which loads it wherever it is not known yet."""
    return Script(source, hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest())
