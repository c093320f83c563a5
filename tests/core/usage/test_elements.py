"""Which parts of the contract are used: written in batches, read by caller and day, forgotten after 400 days."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from core.contract.elements import Elements
from core.infra.context import Infrastructure
from core.infra.db import Database as Pools
from core.kit import ids
from core.kit.clock import FixedClock
from core.kit.principal import NEWSROOM_ID, Principal, operator
from core.usage import meter as meters
from core.usage import service
from core.usage.meter import UsageMeter
from core.usage.service import usage
from core.usage.tasks import purge_element_usage
from core.usage.types import ElementUsage
from tests.support.infrastructure import OTHER_ID
from tests.support.process import Database

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HERE = Principal(NEWSROOM_ID, ids.new_id(), "api_key")
COLLEAGUE = Principal(NEWSROOM_ID, ids.new_id(), "api_key")
ELSEWHERE = Principal(OTHER_ID, ids.new_id(), "api_key")
ELEMENTS = Elements(
    [{"name": "kind", "in": "query", "schema": {"type": "string", "enum": ["small", "large"]}}],
    {"content": {"application/json": {"schema": {"properties": {"title": {"type": "string"}}}}}},
)
KIND, SMALL, LARGE, JSON, TITLE = (1 << number for number in range(5))


@pytest.fixture
def noon(infra: Infrastructure, database: Database) -> Infrastructure:
    database.rows("TRUNCATE usage_daily, element_usage_daily, element_usage_totals")
    return replace(infra, clock=FixedClock(NOON))


async def count(infra: Infrastructure, caller: Principal, used: int, *, day: date = DAY, version: str = "v2") -> None:
    meter = UsageMeter(infra)
    meter.count(caller, f"{version}.createThing", 201, 1, ELEMENTS, used)
    await meter.write(day)


async def read(infra: Infrastructure, principal: Principal, **asked: Any) -> Sequence[ElementUsage]:
    async with infra.unit_of_work(principal):
        return await usage.elements(principal, **{"since": DAY - timedelta(days=30), **asked})


def told(rows: Sequence[ElementUsage]) -> list[tuple[str, str, str, int]]:
    return [(row.kind, row.name, row.value, row.calls) for row in rows]


async def test_another_organisation_s_elements_are_not_seen(noon: Infrastructure) -> None:
    await count(noon, ELSEWHERE, KIND)
    assert await read(noon, HERE) == []


async def test_elements_are_written_by_name_with_their_calls(noon: Infrastructure) -> None:
    meter = UsageMeter(noon)
    for used in (KIND | SMALL, KIND | LARGE, KIND | SMALL, JSON | TITLE, 0):
        meter.count(HERE, "v2.createThing", 201, 1, ELEMENTS, used)
    await meter.write(DAY)
    rows = await read(noon, HERE)
    assert told(rows) == [
        ("enum", "kind", "large", 1),
        ("enum", "kind", "small", 2),
        ("media_type", "", "application/json", 1),
        ("member", "/title", "", 1),
        ("operation", "", "", 5),
        ("parameter", "kind", "", 3),
    ]
    assert {(row.principal_id, row.version, row.operation, row.last_call_at) for row in rows} == {
        (HERE.principal_id, "v2", "createThing", NOON)
    }


async def test_calls_are_counted_once_by_operation_whatever_they_used(noon: Infrastructure, database: Database) -> None:
    meter = UsageMeter(noon)
    for used in (KIND, SMALL, 0):
        meter.count(HERE, "v2.createThing", 201, 2, ELEMENTS, used)
    await meter.write(DAY)
    assert database.rows("SELECT calls, cost FROM usage_daily") == [{"calls": 3, "cost": 6}]


async def test_days_and_processes_add_up_and_the_last_call_stays_the_last(noon: Infrastructure) -> None:
    await count(noon, HERE, KIND)
    await count(replace(noon, clock=FixedClock(NOON - timedelta(days=1))), HERE, KIND, day=DAY - timedelta(days=1))
    await count(replace(noon, clock=FixedClock(NOON - timedelta(hours=1))), HERE, KIND)
    assert [(row.calls, row.last_call_at) for row in await read(noon, HERE)] == [(3, NOON), (3, NOON)]


async def test_what_all_callers_used_is_their_sum_however_often_they_are_written(
    noon: Infrastructure, database: Database
) -> None:
    late = replace(noon, clock=FixedClock(NOON + timedelta(hours=1)))
    for infra, caller in ((noon, HERE), (late, COLLEAGUE), (noon, HERE), (noon, COLLEAGUE), (noon, ELSEWHERE)):
        await count(infra, caller, KIND | SMALL)
    await count(noon, HERE, KIND, day=DAY - timedelta(days=1))
    names = "organization_id, day, version, operation, kind, name, value"
    summed = database.rows(
        f"SELECT {names}, sum(calls)::bigint AS calls, max(last_call_at) AS last_call_at"
        f" FROM element_usage_daily GROUP BY {names} ORDER BY {names}"
    )
    assert database.rows(f"SELECT * FROM element_usage_totals ORDER BY {names}") == summed
    assert {row["calls"] for row in summed} == {4, 1}


async def test_a_batch_that_is_written_after_midnight_stays_in_its_day(noon: Infrastructure) -> None:
    late = replace(noon, clock=FixedClock(datetime(2026, 11, 21, 0, 0, 1, tzinfo=UTC)))
    await count(late, HERE, 0)
    (row,) = await read(noon, HERE)
    assert row.last_call_at.date() == DAY


@pytest.mark.parametrize(
    ("asked", "calls"),
    [
        ({}, 3),
        ({"principal_id": HERE.principal_id}, 2),
        ({"version": "v1"}, 1),
        ({"version": "v2", "principal_id": COLLEAGUE.principal_id}, 1),
        ({"since": DAY + timedelta(days=1)}, 0),
        ({"version": "v9"}, 0),
    ],
)
async def test_elements_are_asked_for_by_day_version_and_caller(
    noon: Infrastructure, asked: dict[str, Any], calls: int
) -> None:
    await count(noon, HERE, 0)
    await count(noon, HERE, 0, version="v1")
    await count(noon, COLLEAGUE, 0)
    assert sum(row.calls for row in await read(noon, HERE, **asked)) == calls


async def test_what_cannot_be_written_is_written_later_as_one(noon: Infrastructure, database: Database) -> None:
    closed = Pools(noon.db.url.replace(noon.db.url.rsplit("/", 1)[1].split("?")[0], "no_such_database"), pool_size=2)
    meter = UsageMeter(replace(noon, db=closed))
    for _ in range(3):
        meter.count(HERE, "v2.createThing", 201, 1, ELEMENTS, KIND)
        await meter.write(DAY)
    assert database.count("element_usage_daily") == 0
    meter._infra = noon
    await meter.write(DAY)
    await closed.close()
    assert told(await read(noon, HERE)) == [("operation", "", "", 3), ("parameter", "kind", "", 3)]


async def test_a_program_that_varies_its_parameters_without_end_takes_no_memory_without_end(
    noon: Infrastructure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meters, "MAX_TALLIES", 4)
    meter = UsageMeter(noon)
    for used in range(32):
        meter.count(HERE, "v2.createThing", 201, 1, ELEMENTS, used)
        assert len(meter._tallies) <= 4
    await meter.write(DAY)
    assert ("operation", "", "", 32) in told(await read(noon, HERE))
    assert ("member", "/title", "", 16) in told(await read(noon, HERE))


async def test_elements_of_an_organisation_that_was_deleted_are_nobody_s(
    noon: Infrastructure, database: Database
) -> None:
    await count(noon, Principal(UUID(int=77), ids.new_id(), "api_key"), KIND)
    assert database.count("element_usage_daily") == 0


async def test_the_operator_sees_the_callers_of_all_organisations(noon: Infrastructure) -> None:
    for caller in (HERE, ELSEWHERE):
        await count(noon, caller, 0)
        await count(noon, caller, 0, day=DAY - timedelta(days=31))
    async with noon.unit_of_work(operator()):
        rows = await usage.elements_everywhere(since=DAY - timedelta(days=30))
    assert {(row.principal_id, row.operation, row.calls) for row in rows} == {
        (HERE.principal_id, "createThing", 1),
        (ELSEWHERE.principal_id, "createThing", 1),
    }
    assert len({row.organization_slug for row in rows}) == 2


async def test_the_operator_learns_how_far_back_the_record_goes(noon: Infrastructure) -> None:
    async def began() -> date | None:
        async with noon.unit_of_work(operator()):
            return await usage.elements_began()

    assert await began() is None
    for days in (3, 5, 4):
        await count(noon, ELSEWHERE, 0, day=DAY - timedelta(days=days))
    assert await began() == DAY - timedelta(days=5)


async def test_elements_of_four_hundred_days_ago_are_forgotten(
    noon: Infrastructure, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "PURGED_AT_ONCE", 2)
    for days in (399, 400, 401, 402):
        await count(noon, HERE, KIND, day=DAY - timedelta(days=days))
    assert await usage.purge_elements(now=NOON) == 4
    assert database.count("element_usage_daily") == database.count("element_usage_totals") == 4
    assert await usage.purge_elements(now=NOON) == 0


async def test_the_job_reckons_from_the_present(noon: Infrastructure, database: Database) -> None:
    today = datetime.now(UTC).date()
    for days in (399, 402):
        await count(noon, HERE, 0, day=today - timedelta(days=days))
    await purge_element_usage(0)
    assert database.count("element_usage_daily") == 1
