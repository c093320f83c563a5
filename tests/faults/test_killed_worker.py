"""Workers that are killed while they work: nothing is lost, and nothing is done twice."""

import random
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
import pytest

from core.feeds.service import feeds
from core.infra.context import Infrastructure
from core.infra.notifications import FETCHED, Listener, listening
from core.ingest.polling import GIVEN_UP
from core.jobs.service import MAX_ATTEMPTS
from core.kit.principal import operator
from core.sources.service import sources
from tests.support.infrastructure import opened
from tests.support.newsroom import NewsroomControl, newsroom, newsroom_server
from tests.support.process import Database
from tests.support.waiting import DEADLINE_S, until
from tests.support.workers import WorkerProcess

__all__ = ["newsroom", "newsroom_server"]


@pytest.fixture
async def infra(postgres_url: str, redis_url: str, newsroom: NewsroomControl) -> AsyncIterator[Infrastructure]:
    """A process on a fresh database whose sources are the newsroom's, none of them polled yet."""
    async with opened(postgres_url, redis_url, sandbox_url=newsroom.origin) as infra:
        await sources.ensure_providers(infra.settings)
        await feeds.ensure_sandbox(infra.settings)
        yield infra


@pytest.fixture
def database(infra: Infrastructure) -> Database:
    return Database(infra.db.url)


async def heard(news: Listener, wanted: set[UUID]) -> None:
    """Returns when each of the sources was fetched."""
    missing = set(wanted)
    while missing:
        source = await news.next(DEADLINE_S)
        assert source is not None, f"{len(missing)} sources were never fetched"
        missing.discard(UUID(source))


async def ask(infra: Infrastructure) -> set[UUID]:
    async with infra.unit_of_work(operator()):
        return {row.id for row in await sources.poll(operator())}


@contextmanager
def held(database: Database, rows: str, *values: Any) -> Iterator[None]:
    """Nobody else changes the rows of a query meanwhile."""
    with psycopg.connect(database.url) as connection:
        connection.execute(f"{rows} FOR NO KEY UPDATE", values)
        yield


def terminated(database: Database, statement: str) -> bool:
    """Whether a connection that waits in such a statement for somebody's rows was there, and has ended now."""
    return bool(
        database.rows(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database() "
            "AND wait_event_type = 'Lock' AND query LIKE %s",
            statement,
        )
    )


def running(database: Database) -> int:
    return int(database.row("SELECT count(*) AS n FROM procrastinate_jobs WHERE status = 'doing'")["n"])


def waiting(database: Database) -> int:
    return int(database.row("SELECT count(*) AS n FROM procrastinate_jobs WHERE status IN ('todo', 'doing')")["n"])


def contents(database: Database) -> dict[str, Any]:
    """What must not depend on how often a worker died."""
    return {
        "articles": {row["url_hash"] for row in database.rows("SELECT url_hash FROM articles")},
        "origins": {
            (row["slug"], row["provider_id"])
            for row in database.rows(
                "SELECT s.slug, o.provider_id FROM article_origins o JOIN sources s ON s.id = source_id"
            )
        },
        "counts": {
            row["slug"]: row["article_count"] for row in database.rows("SELECT slug, article_count FROM sources")
        },
    }


def consistent(database: Database) -> bool:
    """Whether the counters agree with the rows that they count."""
    wrong = database.rows(
        "SELECT s.slug FROM sources s LEFT JOIN article_origins o ON o.source_id = s.id AND o.removed_at IS NULL "
        "GROUP BY s.slug, s.article_count HAVING s.article_count <> count(o.article_id) "
        "UNION ALL SELECT a.url FROM articles a JOIN article_origins o ON o.article_id = a.id "
        "GROUP BY a.url, a.origin_count HAVING a.origin_count <> count(*)"
    )
    return not wrong


async def test_a_killed_workers_job_runs_again_elsewhere(
    infra: Infrastructure, database: Database, newsroom: NewsroomControl
) -> None:
    """Nobody helps: the second worker has to notice the silence by itself."""
    (guardian,) = (row["id"] for row in database.rows("SELECT id FROM sources WHERE slug = 'guardian'"))
    newsroom.fail("guardian", latency_s=20, times=1)
    async with WorkerProcess(infra.settings) as first:
        await until(lambda: bool(newsroom.requests("guardian")), "the first worker's request")
        first.kill()
        await first.ended()
    assert running(database) > 0
    async with listening(infra.db.url, FETCHED) as news, WorkerProcess(infra.settings) as second:
        await heard(news, {guardian})
        second.terminate()
        await second.ended()
        assert second.events("jobs_rescued")
    row = database.row("SELECT state, article_count FROM sources WHERE id = %s", guardian)
    assert row == {"state": "healthy", "article_count": 170}
    assert database.row("SELECT count(*) AS n FROM fetch_log WHERE source_id = %s", guardian)["n"] == 1


async def test_however_often_workers_die_everything_is_here_once(
    infra: Infrastructure, database: Database, newsroom: NewsroomControl
) -> None:
    chance = random.Random(20261121)
    for _ in range(6):
        await ask(infra)
        async with WorkerProcess(infra.settings) as worker, listening(infra.db.url, FETCHED) as news:
            for _ in range(chance.randrange(4)):
                await news.next(DEADLINE_S)
            worker.kill()
            await worker.ended()
        database.rows("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
    wanted = await ask(infra)
    async with WorkerProcess(infra.settings) as worker:
        await until(lambda: waiting(database) == 0, "the end of all jobs")
        worker.terminate()
        assert await worker.ended() == 0
    assert database.rows("SELECT slug FROM sources WHERE state <> 'healthy'") == []
    assert len(wanted) == database.count("sources")
    assert consistent(database)
    found = contents(database)
    assert len(found["articles"]) == database.count("articles")
    for same in newsroom.manifest.same_text:
        assert len(database.rows("SELECT id FROM articles WHERE url = ANY(%s)", list(same.urls))) == 1
    await ask(infra)
    async with WorkerProcess(infra.settings):
        await until(lambda: waiting(database) == 0, "one more poll of everything")
    assert contents(database) == found


async def test_a_job_that_kills_its_worker_is_given_up_and_stops_nobody(
    infra: Infrastructure, database: Database
) -> None:
    for _ in range(MAX_ATTEMPTS):
        async with WorkerProcess(infra.settings, module="tests.support.fragile_worker") as worker:
            assert await worker.ended() == -9
        database.rows("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
    async with WorkerProcess(infra.settings, module="tests.support.fragile_worker") as worker:
        await until(lambda: bool(worker.events("job_given_up")), "the job to be given up")
        await until(lambda: waiting(database) == 0, "the other jobs")
        worker.terminate()
        assert await worker.ended() == 0
    states = {row["slug"]: row for row in database.rows("SELECT slug, state, state_reason FROM sources")}
    bad = states.pop("hackernews")
    assert (bad["state"], bad["state_reason"]) == ("failing", GIVEN_UP.format(attempts=MAX_ATTEMPTS))
    assert {row["state"] for row in states.values()} == {"healthy"}
    dead = database.row("SELECT status, attempts FROM procrastinate_jobs")  # those beside it came to their end
    assert dead == {"status": "failed", "attempts": MAX_ATTEMPTS}


async def test_a_worker_that_is_told_to_stop_ends_its_jobs_first(
    infra: Infrastructure, database: Database, newsroom: NewsroomControl
) -> None:
    newsroom.fail("guardian", latency_s=2, times=1)
    async with WorkerProcess(infra.settings) as worker:
        await until(lambda: bool(newsroom.requests("guardian")), "the worker's request")
        worker.terminate()
        assert await worker.ended() == 0
        assert worker.events("worker_stopped")
    assert database.row("SELECT state FROM sources WHERE slug = 'guardian'")["state"] == "healthy"
    assert running(database) == 0
    assert database.count("procrastinate_workers") == 0


async def test_a_worker_outlives_the_loss_of_its_database_connections(
    infra: Infrastructure, database: Database
) -> None:
    async with WorkerProcess(infra.settings) as worker, listening(infra.db.url, FETCHED) as news:
        await heard(news, {row["id"] for row in database.rows("SELECT id FROM sources")})
        database.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
            "AND application_name = 'tidings' AND pid <> pg_backend_pid() AND query NOT LIKE 'LISTEN%%tidings%%'"
        )
        await heard(news, await ask(infra))
        assert worker.process.returncode is None


async def test_a_job_whose_end_cannot_be_written_down_runs_again_and_blocks_nobody(
    infra: Infrastructure, database: Database, newsroom: NewsroomControl
) -> None:
    """The connection is lost right when the queue is told of the end; the worker lives on, so nobody misses it."""
    (guardian,) = (row["id"] for row in database.rows("SELECT id FROM sources WHERE slug = 'guardian'"))
    newsroom.fail("guardian", latency_s=2, times=1)
    async with WorkerProcess(infra.settings) as worker, listening(infra.db.url, FETCHED) as news:
        await until(lambda: bool(newsroom.requests("guardian")), "the worker's request")
        with held(database, "SELECT 1 FROM procrastinate_jobs WHERE args ->> 'source_id' = %s", str(guardian)):
            await heard(news, {guardian})
            await until(lambda: terminated(database, "%procrastinate_finish_job%"), "the end of the job")
        await heard(news, {guardian})
        await until(lambda: waiting(database) == 0, "the end of all jobs")
        assert worker.events("job_end_unwritten")
        assert worker.process.returncode is None
    assert database.row("SELECT state FROM sources WHERE id = %s", guardian)["state"] == "healthy"
    assert database.count("procrastinate_jobs") == 0


async def test_a_poll_that_lost_the_database_is_tried_again_soon(
    infra: Infrastructure, database: Database, newsroom: NewsroomControl
) -> None:
    """Not when its lease ends, after five minutes; and one that somebody has asked for has no lease."""
    (guardian,) = (row["id"] for row in database.rows("SELECT id FROM sources WHERE slug = 'guardian'"))
    newsroom.fail("guardian", latency_s=2, times=1)
    async with WorkerProcess(infra.settings), listening(infra.db.url, FETCHED) as news:
        await until(lambda: bool(newsroom.requests("guardian")), "the worker's request")
        with held(database, "SELECT 1 FROM sources WHERE id = %s", guardian):
            await until(lambda: terminated(database, "%UPDATE sources%"), "the record of the poll")
        await heard(news, {guardian})
        await until(lambda: waiting(database) == 0, "the end of all jobs")
    row = database.row("SELECT state, article_count FROM sources WHERE id = %s", guardian)
    assert row == {"state": "healthy", "article_count": 170}
    assert database.count("procrastinate_jobs") == 0


async def test_the_log_of_a_worker_tells_of_each_poll_and_of_no_secret(
    infra: Infrastructure, database: Database
) -> None:
    async with WorkerProcess(infra.settings) as worker, listening(infra.db.url, FETCHED) as news:
        await heard(news, {row["id"] for row in database.rows("SELECT id FROM sources")})
        worker.terminate()
        await worker.ended()
    assert len(worker.events("polled")) == database.count("sources")
    assert not [line for line in worker.lines if line["level"] in {"error", "critical"}]
    assert "sandbox-" not in str(worker.lines).replace(infra.settings.sandbox_url or "", "")
