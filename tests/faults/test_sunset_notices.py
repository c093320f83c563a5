"""Workers that are killed while they tell of a Sunset: everybody is told, and each notice is one."""

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from core.infra.context import Infrastructure
from core.kit import ids
from core.kit.principal import job
from core.sandbox.server import NewsroomServer
from core.usage.service import usage
from core.usage.types import Counted
from tests.support.infrastructure import SECRET, opened
from tests.support.newsroom import NewsroomControl, newsroom, newsroom_server
from tests.support.people import People
from tests.support.process import Database
from tests.support.seed import Seed
from tests.support.waiting import until
from tests.support.workers import WorkerProcess

__all__ = ["newsroom", "newsroom_server"]

ORGANIZATIONS: Final = 20
KILLS: Final = 2  # a job that was there when three workers died is given up
SIX_DAYS_BEFORE: Final = datetime(2027, 6, 30, 23, 59, 59, tzinfo=UTC) - timedelta(days=6)


@pytest.fixture
async def infra(postgres_url: str, redis_url: str, newsroom_server: NewsroomServer) -> AsyncIterator[Infrastructure]:
    async with opened(postgres_url, redis_url, smtp_url=newsroom_server.mail_url, now=SIX_DAYS_BEFORE) as infra:
        yield infra


@pytest.fixture
def database(infra: Infrastructure) -> Database:
    return Database(infra.db.url)


@pytest.fixture
async def owners(infra: Infrastructure) -> AsyncIterator[list[str]]:
    """The addresses of owners of organisations that call v1."""
    people, seed = People(infra.db.url, SECRET.encode()), Seed(infra.db.url, SECRET.encode())
    addresses = []
    for number in range(ORGANIZATIONS):
        desk = people.organization(f"desk-{number}")
        addresses.append(people.person("owner", desk, email=f"owner-{number}@example.org").email)
        key = seed.key("articles:read", organization_id=desk)
        row = Counted(datetime.now(UTC).date(), "listArticles", "v1", ids.decode("key", key.id), 3, 0, 3)
        async with infra.unit_of_work(job(desk)):
            await usage.add(job(desk), [row])
    yield addresses
    people.close()
    seed.close()


def progress(database: Database) -> int:
    """Notices that were made, and mails that were noted as sent."""
    sent = database.row("SELECT count(*) AS n FROM sunset_letters WHERE delivery_state = 'sent'")["n"]
    return database.count("sunset_notices") + int(sent)


async def test_however_often_workers_die_every_owner_is_told_once(
    infra: Infrastructure, database: Database, newsroom: NewsroomControl, owners: list[str]
) -> None:
    chance = random.Random(20261129)
    for _ in range(KILLS):
        goal = min(progress(database) + chance.randrange(1, 12), 2 * ORGANIZATIONS)
        async with WorkerProcess(infra.settings) as worker:
            await until(lambda goal=goal: progress(database) >= goal, "some more of it")  # type: ignore[misc]  # bound now
            worker.kill()
            await worker.ended()
        database.rows("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
    async with WorkerProcess(infra.settings) as worker:
        await until(lambda: progress(database) == 2 * ORGANIZATIONS, "all of it")
        worker.terminate()
        assert await worker.ended() == 0
    assert database.rows("SELECT DISTINCT days, days_left FROM sunset_notices") == [{"days": 7, "days_left": 6}]
    assert (database.count("sunset_notices"), database.count("sunset_letters")) == (ORGANIZATIONS, ORGANIZATIONS)
    mails = [newsroom.mails(address) for address in owners]
    # a worker that dies between the server's answer and its own note sends again: to a mailbox that is the same mail
    assert [len({mail["headers"]["Message-ID"] for mail in to_one}) for to_one in mails] == [1] * ORGANIZATIONS
    assert sum(map(len, mails)) <= ORGANIZATIONS + KILLS * 8, "more repetitions than jobs that ran when a worker died"
