"""The live instance of the scenario, and the credentials that a walk needs."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from ci.servers import Instance, fresh_instance

SCOPES = ("articles:read", "keys:read", "keys:write", "collections:read", "collections:write")
BUDGET = 2  # requests an hour: the third one of the scenario is refused
# every walk registers and logs in, and all of them come from one address
SETTINGS = {"TIDINGS_LOGIN_ATTEMPTS_PER_MINUTE": "0"}


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


def quick_start_environment(address: str, key: str) -> dict[str, str]:
    """The variables of a quick start; `TIDINGS_…` would be the server's own."""
    return {"NEWS_URL": address, "NEWS_KEY": key}


class Live:
    """A running instance that gives every walk keys of its own."""

    def __init__(self, instance: Instance) -> None:
        self.address = instance.address
        self.since = datetime.now(UTC)
        """What is younger was made by a walk."""
        self._key = instance.new_key("SDKs", SCOPES)[1]
        self._reader = instance.new_key("SDKs that read", SCOPES[:1])[1]

    def credentials(self, name: str) -> Credentials:
        """The keys of one walk."""
        wanted = {"name": f"SDK {name}", "scopes": SCOPES[:1], "requests_per_hour": BUDGET}
        made = httpx.post(f"{self.address}/v2/api-keys", json=wanted, headers=self._bearer).raise_for_status()
        return Credentials(self.address, self._key, self._reader, made.json()["key"])

    def document(self, version: str) -> Any:
        """The document as it is served."""
        return httpx.get(f"{self.address}/{version}/openapi.json").raise_for_status().json()

    def titles(self, version: str, limit: int) -> list[str]:
        """The titles of the first articles."""
        path = f"{self.address}/{version}/articles"
        listed = httpx.get(path, params={"limit": limit}, headers=self._bearer).raise_for_status()
        return [str(article["title"]) for article in listed.json()["data"]]

    @property
    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key}"}


@contextlib.contextmanager
def live() -> Iterator[Live]:
    """A fresh instance whose news stand still, so that every walk reads the same articles."""
    with fresh_instance("sdk", SETTINGS) as instance, instance.worker_at_rest():
        yield Live(instance)
