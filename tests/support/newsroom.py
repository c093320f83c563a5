"""The sandbox newsroom as a real server for tests, and a small client that controls it.

Use the fixture `newsroom`: it is frozen at its epoch, and everything that a test did to it is undone for the next one.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest

from core.sandbox.credentials import REDDIT_CLIENT_ID, REDDIT_CLIENT_SECRET, REDDIT_USER_AGENT
from core.sandbox.manifest import Manifest, manifest_of
from core.sandbox.newsroom import Newsroom
from core.sandbox.server import NewsroomServer

CONTROL_TOKEN = "control-token-of-the-tests"


class NewsroomControl:
    """Talks to a running newsroom: `get` as any client does, everything else through its control endpoint."""

    def __init__(self, server: NewsroomServer) -> None:
        self.origin = server.origin
        self.mail_url = server.mail_url
        self.newsroom = server.newsroom
        self.http = httpx.Client(base_url=server.origin, timeout=30)

    def url(self, path: str) -> str:
        """The absolute address of a path of the newsroom."""
        return self.origin + path

    def get(self, path: str, **options: Any) -> httpx.Response:
        """A GET with httpx's options; redirects are not followed."""
        return self.http.get(path, **options)

    def command(self, **commands: Any) -> dict[str, Any]:
        """`POST /control` with these commands; see `core.sandbox.control`."""
        response = self.http.post("/control", json=commands, headers={"Authorization": f"Bearer {CONTROL_TOKEN}"})
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def state(self) -> dict[str, Any]:
        """`GET /control`."""
        state: dict[str, Any] = self.get("/control", headers={"Authorization": f"Bearer {CONTROL_TOKEN}"}).json()
        return state

    def set_now(self, instant: datetime) -> None:
        """Moves the newsroom's clock to `instant`."""
        self.command(clock={"now": instant.isoformat()})

    def advance(self, *, seconds: float) -> None:
        """Moves the newsroom's clock by `seconds`."""
        self.command(clock={"advance_seconds": seconds})

    def fail(self, target: str, **how: Any) -> None:
        """Makes `guardian`, `feed:slow` or `*` fail: `status`, `latency_s`, `truncate`, `drop_after`, `times`."""
        self.command(fail={"target": target, **how})

    def heal(self, target: str) -> None:
        """Makes a target behave, also a feed that fails by nature."""
        self.command(heal=target)

    def limit(self, upstream: str, requests: int) -> None:
        """Sets the quota of an upstream."""
        self.command(quota={"upstream": upstream, "limit": requests})

    def publish(self, channel: str, title: str, **details: Any) -> str:
        """Publishes an article now and returns its URL."""
        url: str = self.command(publish={"channel": channel, "title": title, **details})["publish"]["url"]
        return url

    def mails(self, to: str) -> list[dict[str, Any]]:
        """The mails that an address has received, oldest first."""
        mails: list[dict[str, Any]] = self.get("/mail", params={"to": to}).json()["mails"]
        return mails

    def requests(self, target: str | None = None) -> list[dict[str, Any]]:
        """The request log, oldest first, of one target or of all."""
        return [entry for entry in self.state()["requests"] if target in (None, entry["target"])]

    def reset(self) -> None:
        """Undoes everything that tests did."""
        self.command(reset=[])

    def reddit_headers(self) -> dict[str, str]:
        """The headers of an authorised Reddit client."""
        response = self.http.post(
            "/reddit/api/v1/access_token",
            data={"grant_type": "client_credentials"},
            auth=(REDDIT_CLIENT_ID, REDDIT_CLIENT_SECRET),
            headers={"User-Agent": REDDIT_USER_AGENT},
        )
        return {"Authorization": f"Bearer {response.json()['access_token']}", "User-Agent": REDDIT_USER_AGENT}

    @property
    def manifest(self) -> Manifest:
        """What is known about the newsroom's content."""
        return manifest_of(self.newsroom.archive)


@pytest.fixture(scope="session")
def newsroom_server() -> Iterator[NewsroomServer]:
    """One newsroom for the run, on an ephemeral port."""
    with NewsroomServer(Newsroom(control_token=CONTROL_TOKEN)) as server:
        yield server


@pytest.fixture
def newsroom(newsroom_server: NewsroomServer) -> Iterator[NewsroomControl]:
    """The newsroom, frozen at its epoch and as new."""
    control = NewsroomControl(newsroom_server)
    control.reset()
    yield control
    control.http.close()
