"""A sandbox newsroom, and clients that know its origin."""

from collections.abc import AsyncIterator, Iterator

import pytest

from core.infra.http import Egress, Guard, HostGate
from core.infra.http.addresses import parse_network
from core.kit.clock import FixedClock
from core.sandbox.clock import EPOCH
from core.sandbox.newsroom import Newsroom
from core.sandbox.server import NewsroomServer
from core.settings import Settings, load
from core.upstreams.feeds import FeedClient
from tests.support.upstream_server import UpstreamServer


@pytest.fixture(scope="package")
def newsroom_server() -> Iterator[NewsroomServer]:
    with NewsroomServer(Newsroom()) as running:
        yield running


@pytest.fixture
def sandbox(newsroom_server: NewsroomServer) -> NewsroomServer:
    """The newsroom as it is at the close of its first edition, whatever the test before did to it."""
    newsroom_server.newsroom.forget()
    return newsroom_server


@pytest.fixture
def settings(sandbox: NewsroomServer) -> Settings:
    return load({"TIDINGS_SANDBOX_URL": sandbox.origin})


@pytest.fixture
async def server() -> AsyncIterator[UpstreamServer]:
    async with UpstreamServer() as running:
        yield running


@pytest.fixture
async def egress() -> AsyncIterator[Egress]:
    """A client that may reach this machine and does not wait between requests."""
    guard = Guard(allowed_networks=[parse_network("127.0.0.0/8")])
    async with Egress(user_agent="Tidings/test", guard=guard, gate=HostGate(spacing_s=0.0)) as client:
        yield client


@pytest.fixture
def clock() -> FixedClock:
    """The instant at which the newsroom's first edition has just closed."""
    return FixedClock(EPOCH)


@pytest.fixture
def feeds(egress: Egress, clock: FixedClock) -> FeedClient:
    return FeedClient(egress=egress, clock=clock)
