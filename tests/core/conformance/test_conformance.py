"""From an answer that drifts to the operator who reads of it: real servers, PostgreSQL, and a handler that is wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import structlog
from prometheus_client import CollectorRegistry, generate_latest

from core.app import create_app
from core.conformance.recorder import ConformanceRecorder
from core.conformance.service import KEPT, conformance
from core.conformance.types import ConformanceFilter, Examined, LastDrift
from core.contract.answers import Drift
from core.contract.api import Options
from core.contract.monitor import Monitor
from core.errors import Unavailable
from core.infra.context import Infrastructure
from core.kit.principal import NEWSROOM_ID, job
from tests.contract.fixtures.world import World, documents
from tests.support.infrastructure import SECRET, opened
from tests.support.seed import Seed
from tests.support.served import served

TYPE = Drift("body", "/parts/1/size", "type")
TODAY = datetime.now(UTC).date()


@pytest.fixture
async def infra(postgres_url: str, redis_url: str) -> AsyncIterator[Infrastructure]:
    async with opened(postgres_url, redis_url) as infra:
        yield infra


@pytest.fixture
def seed(infra: Infrastructure) -> Any:
    assert infra.settings.database_url is not None
    with closing(Seed(infra.settings.database_url.get_secret_value(), SECRET.encode())) as seed:
        yield seed


async def rows(infra: Infrastructure, days: int = 30, **wanted: Any) -> list[tuple[str, int, int, int]]:
    async with infra.unit_of_work(job(NEWSROOM_ID)):
        found = await conformance.list(job(NEWSROOM_ID), ConformanceFilter(days, **wanted), limit=100)
    return [(f"{row.version}.{row.operation}", row.checked, row.drifted, row.dropped) for row in found.rows]


async def test_a_handler_that_drifts_is_found_told_and_shown_and_its_answer_is_sent(
    infra: Infrastructure, seed: Seed
) -> None:
    registry = CollectorRegistry()
    monitor = Monitor(documents(), 1.0, registry)

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        async with ConformanceRecorder(infra) as recorder, monitor.running(recorder):
            yield

    drifting = World(options=Options(sampler=monitor.sampler, lifespan=lifespan)).api()
    with structlog.testing.capture_logs() as lines:
        async with served(drifting) as url, httpx.AsyncClient(base_url=url) as client:
            good = await client.get("/v2/drift")
            bad = await client.get("/v2/drift", params={"how": "type"})
    assert (good.status_code, bad.status_code) == (200, 200)
    assert bad.json()["parts"][1]["size"] == "hunter2"

    (line,) = (line for line in lines if line["event"] == "contract drift")
    assert (line["operation"], line["status"], line["drifts"]) == ("getDrift", 200, [TYPE._asdict()])
    assert "hunter2" not in str(line)
    labels = '{operation="getDrift",status="200",version="v2"}'
    assert f"tidings_contract_drift_total{labels} 1.0" in generate_latest(registry).decode()

    async with served(create_app(infra.settings)) as url, httpx.AsyncClient(base_url=url) as client:
        reader = seed.key("contract:read").header
        (shown,) = (await client.get("/v2/contract/conformance?drifted=true", headers=reader)).json()["data"]
    assert (shown["version"], shown["operation"]) == ("v2", "getDrift")
    assert (shown["checked"], shown["drifted"], shown["dropped"]) == (2, 1, 0)
    last = shown["last_drift"]
    assert (last["status"], last["place"], last["pointer"], last["keyword"]) == (200, *TYPE)


async def test_a_share_of_nothing_turns_it_off(postgres_url: str, redis_url: str) -> None:
    async with opened(postgres_url, redis_url, conformance_sample_percent=0) as infra:
        app = create_app(infra.settings)
        assert app.parts.sampler is None
        async with served(app) as url, httpx.AsyncClient(base_url=url) as client:
            assert (await client.get("/v2/articles")).status_code == 401
        assert await rows(infra) == []


async def test_the_processes_of_an_instance_count_together(infra: Infrastructure) -> None:
    for _ in range(2):
        async with ConformanceRecorder(infra) as recorder:
            recorder.examined("v2.listArticles", 200, [])
            recorder.examined("v2.listArticles", 200, [TYPE, Drift("header", "etag", "required")])
            recorder.dropped("v2.listArticles", 3)
            recorder.examined("v1.listArticles", 304, [])
    assert await rows(infra) == [("v1.listArticles", 2, 0, 0), ("v2.listArticles", 4, 2, 6)]
    assert await rows(infra, version="v2", drifted=True) == [("v2.listArticles", 4, 2, 6)]


async def test_the_last_drift_outlives_good_answers_and_gives_way_to_a_later_one(infra: Infrastructure) -> None:
    async with ConformanceRecorder(infra) as recorder:
        recorder.examined("v2.getMe", 200, [TYPE])
        await recorder.write_waiting()
        recorder.examined("v2.getMe", 200, [])
        await recorder.write_waiting()
        recorder.examined("v2.getMe", 404, [Drift("status", "", "undocumented")])
        recorder.examined("v2.getMe", 200, [])
    async with infra.unit_of_work(job(NEWSROOM_ID)):
        (row,) = (await conformance.list(job(NEWSROOM_ID), ConformanceFilter(1), limit=10)).rows
    assert (row.checked, row.drifted) == (4, 2)
    assert row.last_drift is not None
    assert row.last_drift[1:] == (404, "status", "", "undocumented")
    assert row.last_checked_at is not None
    assert row.last_drift.at <= row.last_checked_at


async def test_only_the_days_that_are_asked_for_count_and_old_ones_are_forgotten(infra: Infrastructure) -> None:
    def seen(days_ago: int) -> Examined:
        at = datetime.now(UTC) - timedelta(days=days_ago)
        return Examined(at.date(), "v2", "getMe", 1, 1, 0, at, LastDrift(at, 200, *TYPE))

    async with infra.unit_of_work(job(NEWSROOM_ID)):
        await conformance.add([seen(0), seen(6), seen(7), seen(KEPT.days + 1)])
    assert await rows(infra, 7) == [("v2.getMe", 2, 2, 0)]
    assert await rows(infra, 200) == [("v2.getMe", 4, 4, 0)]
    async with ConformanceRecorder(infra):
        pass  # its first batch of a day forgets
    assert await rows(infra, 200) == [("v2.getMe", 3, 3, 0)]


async def test_what_cannot_be_written_is_kept_for_the_next_time(
    infra: Infrastructure, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = ConformanceRecorder(infra)
    recorder.examined("v2.getMe", 200, [TYPE])

    async def away(_: object) -> None:
        recorder.examined("v2.getMe", 200, [])  # comes in while the batch is on its way
        raise Unavailable("The database is away.")

    with monkeypatch.context() as broken:
        broken.setattr(conformance, "add", away)
        await recorder.write_waiting()
    assert await rows(infra) == []
    await recorder.write_waiting()
    assert await rows(infra) == [("v2.getMe", 2, 1, 0)]
