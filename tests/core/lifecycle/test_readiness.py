"""What the probes say, with each dependency there and away."""

import psycopg

from core.infra.context import open_infrastructure
from core.lifecycle.gauges import Gauges
from core.lifecycle.readiness import Readiness
from core.lifecycle.types import Report
from core.settings import load
from tests.support.engines import fresh_database
from tests.support.infrastructure import SECRET, opened


def _statuses(report: Report) -> dict[str, str]:
    return {check.name: check.status for check in report.checks}


def _heartbeat(url: str, age: str) -> None:
    with psycopg.connect(url) as owner:
        owner.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s::interval)", (age,))


async def _report(database_url: str, redis_url: str) -> Report:
    settings = load({}, database_url=database_url, redis_url=redis_url, secret=SECRET)
    async with open_infrastructure(settings):
        return await Readiness("1.2.3").report()


async def test_without_postgresql_the_instance_is_not_ready(redis_url: str) -> None:
    report = await _report("postgresql://nobody@127.0.0.1:1/nothing", redis_url)
    assert not report.ready
    assert _statuses(report)["postgresql"] == "failed"


async def test_without_redis_the_instance_is_ready_and_says_what_is_worse(postgres_url: str) -> None:
    url = fresh_database(postgres_url)
    _heartbeat(url, "1 second")
    report = await _report(url, "redis://127.0.0.1:1")
    assert report.ready
    assert _statuses(report) == {"postgresql": "ok", "redis": "degraded", "worker": "ok"}


async def test_an_old_schema_is_not_ready_and_names_the_command(postgres_url: str, redis_url: str) -> None:
    url = fresh_database(postgres_url)
    with psycopg.connect(url) as owner:
        owner.execute("UPDATE alembic_version SET version_num = '20261121_01'")
    report = await _report(url, redis_url)
    assert not report.ready
    (check,) = (check for check in report.checks if check.name == "postgresql")
    assert "tidings migrate" in str(check.detail)


async def test_a_newer_schema_is_ready_so_that_updates_roll(postgres_url: str, redis_url: str) -> None:
    url = fresh_database(postgres_url)
    with psycopg.connect(url) as owner:
        owner.execute("UPDATE alembic_version SET version_num = '20991231_01'")
    assert (await _report(url, redis_url)).ready


async def test_a_silent_worker_is_told(postgres_url: str, redis_url: str) -> None:
    url = fresh_database(postgres_url)
    assert _statuses(await _report(url, redis_url))["worker"] == "degraded"
    _heartbeat(url, "45 seconds")
    assert _statuses(await _report(url, redis_url))["worker"] == "degraded"
    _heartbeat(url, "1 second")
    assert _statuses(await _report(url, redis_url))["worker"] == "ok"


async def test_the_report_tells_version_uptime_and_durations(postgres_url: str, redis_url: str) -> None:
    told = (await _report(fresh_database(postgres_url), redis_url)).as_json()
    assert told["status"] == "ready"
    assert told["version"] == "1.2.3"
    assert told["uptime_seconds"] >= 0
    assert all(check["duration_ms"] >= 0 for check in told["checks"].values())


async def test_the_gauges_count_what_the_database_holds(postgres_url: str, redis_url: str) -> None:
    async with opened(postgres_url, redis_url) as infra:
        _heartbeat(infra.db.url, "1 second")
        samples = {
            (sample.name, *sample.labels.values()): sample.value
            for family in await Gauges().collect()
            for sample in family.samples
        }
    assert samples["tidings_workers",] == 1
    assert samples["tidings_database_up",] == 1
    assert samples["tidings_ingested_articles_last_hour",] == 0
    assert ("tidings_database_connections", "pool_size") in samples


async def test_the_gauges_answer_without_the_database(redis_url: str) -> None:
    settings = load({}, database_url="postgresql://nobody@127.0.0.1:1/x", redis_url=redis_url, secret=SECRET)
    async with open_infrastructure(settings):
        families = {family.name: family for family in await Gauges().collect()}
    assert families["tidings_database_up"].samples[0].value == 0
    assert "tidings_articles" not in families
