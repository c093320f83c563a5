"""Lua scripts, known to the server by their SHA-1."""

import hashlib


class Script:
    """A Lua script to hand to `RedisClient.run`; `digest` is what EVALSHA calls it by."""

    __slots__ = ("digest", "source")

    def __init__(self, source: str) -> None:
        self.source = source
        self.digest = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()
