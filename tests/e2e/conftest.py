"""One instance as an operator starts it, over a newsroom whose clock stands still, and clients that hold it to the
documents."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
import psycopg
import pytest

from core.sandbox.newsroom import Newsroom
from core.sandbox.server import NewsroomServer
from tests.support.contract_check import ContractCheck
from tests.support.instance import Instance, tidings
from tests.support.newsroom import CONTROL_TOKEN, NewsroomControl
from tests.support.upstream_server import UpstreamServer

LOOPBACK = {"TIDINGS_EGRESS_ALLOW": "127.0.0.0/8"}
"""Feeds of tests are served on this machine."""

MANY_LOG_INS = {"TIDINGS_LOGIN_ATTEMPTS_PER_MINUTE": "1000"}
"""All people of these tests register and log in from one address, within a minute."""


@dataclass(frozen=True)
class Running:
    """A running `tidings up` and the newsroom that it polls."""

    instance: Instance
    newsroom: NewsroomControl

    async def command(self, *arguments: str, code: int = 0) -> Any:
        """What a command of `tidings` prints with `--json`; the test fails where it does not end with `code`."""
        answer = await asyncio.to_thread(tidings, self.instance.home, *arguments, "--json", **LOOPBACK)
        assert answer.returncode == code, f"{arguments}: {answer.stdout}{answer.stderr}"
        return orjson.loads(answer.stdout)

    def stored(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows as the owner of the database sees them."""
        with psycopg.connect(self.instance.run_file()["database_url"]) as connection:
            return connection.execute(statement, values).fetchall()


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    """The instance that the tests of this folder share; short names, because a Unix socket's path holds 100 bytes."""
    with (
        tempfile.TemporaryDirectory(prefix="tidings-e2e-") as folder,
        NewsroomServer(Newsroom(control_token=CONTROL_TOKEN)) as server,
    ):
        control = NewsroomControl(server)
        home = Path(folder) / "home"
        sandbox = {"TIDINGS_SANDBOX_URL": control.origin, "TIDINGS_SMTP_URL": server.mail_url}
        with Instance(home, **sandbox, **LOOPBACK, **MANY_LOG_INS) as instance:
            yield Running(instance, control)
        control.http.close()


@pytest.fixture(scope="session")
async def api(running: Running, contract: ContractCheck) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a credential."""
    async with contract.client(running.instance.address) as client:
        yield client


@pytest.fixture(scope="session")
def demo(running: Running) -> dict[str, str]:
    """The header with the demo key."""
    return {"Authorization": f"Bearer {running.instance.key}"}


@pytest.fixture
async def publisher() -> AsyncIterator[UpstreamServer]:
    """Somebody else's web server on this machine."""
    async with UpstreamServer() as server:
        yield server
