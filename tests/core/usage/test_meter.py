"""Counting calls: in memory, written in batches, kept while the database is away."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from core.errors import InvalidCursor, InvalidRequest, OrganizationNotFound
from core.infra.context import Infrastructure
from core.infra.db import Database as Pools
from core.kit import ids
from core.kit.principal import NEWSROOM_ID, Principal
from core.usage.meter import UsageMeter
from core.usage.service import usage
from core.usage.types import Grouping, UsageRow
from tests.support.infrastructure import OTHER_ID
from tests.support.process import Database
from tests.support.waiting import until

DAY = date(2026, 11, 20)
HERE = Principal(NEWSROOM_ID, ids.new_id(), "api_key", frozenset({"organization:read"}))
COLLEAGUE = Principal(NEWSROOM_ID, ids.new_id(), "api_key")
ELSEWHERE = Principal(OTHER_ID, ids.new_id(), "api_key")


@pytest.fixture
def meter(infra: Infrastructure, database: Database) -> UsageMeter:
    database.rows("DELETE FROM usage_daily")
    return UsageMeter(infra)


def rows(database: Database) -> list[tuple[Any, ...]]:
    found = database.rows(
        "SELECT organization_id, day, version, operation, principal_id, calls, errors, cost FROM usage_daily"
        " ORDER BY organization_id, day, version, operation, principal_id"
    )
    return [tuple(row.values()) for row in found]


async def listed(
    infra: Infrastructure, principal: Principal, group_by: Grouping, **more: Any
) -> tuple[list[UsageRow], str | None]:
    organization_id = ids.encode("org", more.pop("organization_id", principal.organization_id))
    span = {"first": DAY - timedelta(days=9), "last": DAY, "limit": 100, **more}
    async with infra.unit_of_work(principal):
        found = await usage.list(principal, organization_id, group_by=group_by, **span)
    return list(found.rows), found.next_cursor


async def test_another_organisation_s_usage_does_not_exist(infra: Infrastructure, meter: UsageMeter) -> None:
    meter.count(ELSEWHERE, "v2.listArticles", 200, 1)
    await meter.write(DAY)
    assert await listed(infra, HERE, "day") == ([], None)
    with pytest.raises(OrganizationNotFound):
        await listed(infra, HERE, "day", organization_id=OTHER_ID)


async def test_calls_of_one_batch_are_one_row_an_operation_and_caller(
    infra: Infrastructure, database: Database, meter: UsageMeter
) -> None:
    for status, cost in ((200, 1), (304, 0), (404, 1), (429, 0), (503, 1)):
        meter.count(HERE, "v2.listArticles", status, cost)
    meter.count(HERE, "v1.listArticles", 200, 1)
    meter.count(ELSEWHERE, "v2.listArticles", 200, 10)
    await meter.write(DAY)
    assert rows(database) == [
        (NEWSROOM_ID, DAY, "v1", "listArticles", HERE.principal_id, 1, 0, 1),
        (NEWSROOM_ID, DAY, "v2", "listArticles", HERE.principal_id, 5, 3, 3),
        (OTHER_ID, DAY, "v2", "listArticles", ELSEWHERE.principal_id, 1, 0, 10),
    ]


async def test_what_is_being_written_when_the_server_ends_is_written_after_all(
    infra: Infrastructure, database: Database, meter: UsageMeter
) -> None:
    meter.count(HERE, "v2.listArticles", 200, 1)
    meter.count(ELSEWHERE, "v2.listArticles", 200, 10)
    with psycopg.connect(infra.db.url) as owner:
        owner.execute("LOCK TABLE usage_daily IN ACCESS EXCLUSIVE MODE")
        writing = asyncio.create_task(meter.write(DAY))
        await until(lambda: bool(database.rows("SELECT pid FROM pg_locks WHERE NOT granted")), "the write that waits")
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
    assert rows(database) == []
    await meter.write(DAY)
    assert [(row[0], row[5]) for row in rows(database)] == [(NEWSROOM_ID, 1), (OTHER_ID, 1)]


async def test_batches_add_up_whichever_process_writes_them(
    infra: Infrastructure, database: Database, meter: UsageMeter
) -> None:
    other = UsageMeter(infra)
    for one in (meter, other, meter):
        one.count(HERE, "v2.listArticles", 200, 2)
        await one.write(DAY)
    meter.count(HERE, "v2.listArticles", 200, 2)
    await meter.write(DAY + timedelta(days=1))
    assert [row[1:2] + row[5:] for row in rows(database)] == [(DAY, 3, 0, 6), (DAY + timedelta(days=1), 1, 0, 2)]


async def test_an_orderly_end_loses_nothing(infra: Infrastructure, database: Database, meter: UsageMeter) -> None:
    async with meter:
        meter.count(HERE, "v2.listArticles", 200, 1)
    assert [row[5:] for row in rows(database)] == [(1, 0, 1)]


async def test_what_cannot_be_written_is_written_later(
    infra: Infrastructure, database: Database, meter: UsageMeter
) -> None:
    closed = Pools(infra.db.url.replace(infra.db.url.rsplit("/", 1)[1].split("?")[0], "no_such_database"), pool_size=2)
    away = UsageMeter(replace(infra, db=closed))
    for day in (DAY, DAY, DAY + timedelta(days=1)):
        away.count(HERE, "v2.listArticles", 500, 1)
        await away.write(day)
    assert rows(database) == []
    away._infra = infra
    await away.write(DAY)
    await closed.close()
    assert [row[1:2] + row[5:] for row in rows(database)] == [(DAY, 2, 2, 2), (DAY + timedelta(days=1), 1, 1, 1)]


async def test_calls_of_an_organisation_that_was_deleted_are_nobody_s(
    infra: Infrastructure, database: Database, meter: UsageMeter
) -> None:
    gone = Principal(UUID(int=77), ids.new_id(), "api_key")
    meter.count(gone, "v2.listArticles", 200, 1)
    meter.count(HERE, "v2.listArticles", 200, 1)
    await meter.write(DAY)
    assert [row[0] for row in rows(database)] == [NEWSROOM_ID]


@pytest.mark.parametrize(
    ("group_by", "expected"),
    [
        ("day", [("day", DAY, 3), ("day", DAY - timedelta(days=1), 1)]),
        (
            "operation",
            [("operation", "listArticles", 1), ("operation", "getArticle", 1), ("operation", "listArticles", 2)],
        ),
        ("principal", [("principal_id", HERE.principal_id, 3), ("principal_id", COLLEAGUE.principal_id, 1)]),
    ],
)
async def test_usage_is_read_in_pages_by_day_operation_or_caller(
    infra: Infrastructure, meter: UsageMeter, group_by: Grouping, expected: list[tuple[str, Any, int]]
) -> None:
    meter.count(HERE, "v1.listArticles", 200, 1)
    await meter.write(DAY - timedelta(days=1))
    for caller, operation in ((HERE, "listArticles"), (HERE, "getArticle"), (COLLEAGUE, "listArticles")):
        meter.count(caller, f"v2.{operation}", 200, 1)
    await meter.write(DAY)
    seen, cursor = [], None
    while True:
        page, cursor = await listed(infra, HERE, group_by, limit=1, cursor=cursor)
        seen += [(name, getattr(row, name), row.calls) for name, *_ in expected[:1] for row in page]
        if cursor is None:
            break
    assert seen == expected


async def test_a_cursor_belongs_to_its_grouping_and_days(infra: Infrastructure, meter: UsageMeter) -> None:
    for operation in ("listArticles", "getArticle"):
        meter.count(HERE, f"v2.{operation}", 200, 1)
    await meter.write(DAY)
    _, cursor = await listed(infra, HERE, "operation", limit=1)
    for more in ({"group_by": "day"}, {"group_by": "operation", "first": DAY}):
        with pytest.raises(InvalidCursor):
            await listed(infra, HERE, cursor=cursor, **more)


@pytest.mark.parametrize("first", [DAY + timedelta(days=1), DAY - timedelta(days=366)])
async def test_days_that_make_no_span_are_refused(infra: Infrastructure, meter: UsageMeter, first: date) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        await listed(infra, HERE, "day", first=first)
    assert [error.parameter for error in refusal.value.errors] == ["from"]


async def test_the_last_thirty_days_are_shown_where_none_is_named(infra: Infrastructure, meter: UsageMeter) -> None:
    today = datetime.now(UTC).date()
    for days in (0, 29, 30):
        meter.count(HERE, "v2.listArticles", 200, 1)
        await meter.write(today - timedelta(days=days))
    seen, _ = await listed(infra, HERE, "day", first=None, last=None)
    assert [row.day for row in seen] == [today, today - timedelta(days=29)]
