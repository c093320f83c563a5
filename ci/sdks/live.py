"""The live instance of the scenario, and the credentials that a walk needs."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from ci.servers import Instance, fresh_instance

SCOPES = ("articles:read", "keys:read", "keys:write", "collections:read", "collections:write")
BUDGET = "2"  # requests an hour: the third one of the scenario is refused


@dataclass(frozen=True, slots=True)
class Credentials:
    """Where the instance is (http://127.0.0.1:PORT), and three keys."""

    address: str
    key: str
    """May do what the scenario does."""
    reader: str
    """May read articles only."""
    limited: str
    """May read articles twice an hour; each walk has one of its own."""

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which a program is told."""
        return {
            "TIDINGS_SDK_ADDRESS": self.address,
            "TIDINGS_SDK_KEY": self.key,
            "TIDINGS_SDK_READER_KEY": self.reader,
            "TIDINGS_SDK_LIMITED_KEY": self.limited,
        }


class Live:
    """A running instance that gives every walk keys of its own."""

    def __init__(self, instance: Instance) -> None:
        self.address = instance.address
        self.since = datetime.now(UTC)
        """What is younger was made by a walk."""
        self._instance = instance
        self._key = instance.new_key("SDKs", SCOPES)[1]
        self._reader = instance.new_key("SDKs that read", SCOPES[:1])[1]

    def credentials(self, name: str) -> Credentials:
        """The keys of one walk."""
        limit = ("--requests-per-hour", BUDGET)
        made = self._instance.tidings("keys", "create", "--name", f"SDK {name}", "--scope", SCOPES[0], *limit)
        return Credentials(self.address, self._key, self._reader, made["key"])


@contextlib.contextmanager
def live() -> Iterator[Live]:
    """A fresh instance whose news stand still, so that every walk reads the same articles."""
    with fresh_instance("sdk", {}) as instance, instance.worker_at_rest():
        yield Live(instance)
