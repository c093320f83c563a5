"""The report of what is still used: whose calls, of which days, and where the documents say that everything went."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from core.app import read_documents
from core.deprecations.service import DAYS, deprecations
from core.deprecations.types import Report, Way
from core.errors import ApiKeyNotFound, InsufficientScope
from core.infra.context import Infrastructure, use
from core.keys.service import keys
from core.keys.types import FoundKey
from core.kit import ids
from core.kit.clock import FixedClock
from core.kit.principal import NEWSROOM_ID, Principal, job
from core.kit.windows import Window
from core.usage.service import usage
from core.usage.types import ElementCounted
from tests.support.infrastructure import OTHER_ID
from tests.support.process import Database

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TODAY = NOON.date()
DAY = timedelta(days=1)
SUNSET = datetime(2027, 6, 30, 23, 59, 59, tzinfo=UTC)
HERE = Principal(NEWSROOM_ID, ids.new_id(), "api_key", frozenset({"articles:read"}))
ADMIN = Principal(NEWSROOM_ID, ids.new_id(), "user", frozenset({"keys:read"}), role="admin")
ELSEWHERE = Principal(OTHER_ID, ids.new_id(), "api_key", frozenset({"keys:read"}))


@pytest.fixture
def noon(infra: Infrastructure, database: Database) -> Infrastructure:
    database.rows("TRUNCATE element_usage_daily, element_usage_totals")
    return replace(infra, clock=FixedClock(NOON))


def element(
    caller: Principal,
    kind: str = "operation",
    name: str = "",
    value: str = "",
    *,
    day: date = TODAY,
    calls: int = 1,
    operation: str = "listArticles",
    version: str = "v1",
) -> ElementCounted:
    at = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=9)
    return ElementCounted(day, caller.principal_id, version, operation, kind, name, value, calls, at)


async def write(infra: Infrastructure, caller: Principal, *elements: ElementCounted) -> None:
    async with infra.unit_of_work(job(caller.organization_id)):
        await usage.add(job(caller.organization_id), (), elements)


async def read(
    infra: Infrastructure, principal: Principal, *, everybody: bool = False, key_id: str | None = None
) -> Report:
    with use(infra):
        async with infra.unit_of_work(principal):
            return await deprecations.report(principal, everybody=everybody, key_id=key_id)


async def keys_principal(infra: Infrastructure, token: str) -> FoundKey:
    with use(infra):
        found = await keys.find(token)
    assert found is not None
    return found


def told(report: Report) -> list[tuple[str, str, str, str, int]]:
    return [(each.operation, each.kind, each.name, each.value, each.calls) for each in report.elements]


async def test_another_organisation_s_calls_are_not_seen(noon: Infrastructure) -> None:
    await write(noon, ELSEWHERE, element(ELSEWHERE))
    assert told(await read(noon, ADMIN, everybody=True)) == []
    assert told(await read(noon, ELSEWHERE, everybody=True)) == [("listArticles", "operation", "", "", 1)]


async def test_another_organisation_s_key_does_not_exist(infra: Infrastructure, noon: Infrastructure) -> None:
    maker = Principal(NEWSROOM_ID, ids.new_id(), "operator")
    async with infra.unit_of_work(maker):
        made = await keys.create(maker, name="Import", scopes=["articles:read"])
    for key_id in (ids.encode("key", made.id), ids.encode("key", ids.new_id()), "key_1"):
        with pytest.raises(ApiKeyNotFound):
            await read(noon, ELSEWHERE, key_id=key_id)


@pytest.mark.parametrize("asked", [{"everybody": True}, {"key_id": ids.encode("key", ids.new_id())}])
async def test_who_may_not_see_the_keys_sees_its_own_calls_only(noon: Infrastructure, asked: dict[str, Any]) -> None:
    with pytest.raises(InsufficientScope):
        await read(noon, HERE, **asked)


async def test_a_caller_sees_its_own_calls_of_versions_that_end(noon: Infrastructure) -> None:
    await write(
        noon,
        HERE,
        element(HERE, calls=5),
        element(HERE, "parameter", "page", calls=3),
        element(HERE, "enum", "sort", "created_at", calls=1),
        element(HERE, "parameter", "sort", calls=2),
        element(HERE, operation="getArticle", calls=9),
        element(HERE, version="v2", calls=7),
        element(ADMIN, calls=100),
    )
    report = await read(noon, HERE)
    assert told(report) == [
        ("getArticle", "operation", "", "", 9),
        ("listArticles", "operation", "", "", 5),
        ("listArticles", "parameter", "page", "", 3),
        ("listArticles", "parameter", "sort", "", 2),
        ("listArticles", "enum", "sort", "created_at", 1),
    ]
    assert (report.scope, report.callers) == ("caller", ())


async def test_calls_are_told_for_each_of_thirty_days(noon: Infrastructure) -> None:
    days = {TODAY: 4, TODAY - DAY: 3, TODAY - 29 * DAY: 2, TODAY - 30 * DAY: 1}
    await write(noon, HERE, *(element(HERE, day=day, calls=calls) for day, calls in days.items()))
    report = await read(noon, HERE)
    (found,) = report.elements
    assert (report.first, report.last) == (TODAY - 29 * DAY, TODAY)
    assert found.calls_by_day == [2, *[0] * (DAYS - 3), 3, 4]
    assert (found.calls, found.last_call_at) == (9, NOON - timedelta(hours=3))


async def test_who_may_see_the_keys_sees_all_calls_and_who_makes_them(
    infra: Infrastructure, noon: Infrastructure
) -> None:
    maker = Principal(NEWSROOM_ID, ids.new_id(), "operator")
    async with infra.unit_of_work(maker):
        made = await keys.create(maker, name="Nightly import", scopes=["articles:read"])
    program = replace(HERE, principal_id=made.id)
    await write(noon, HERE, element(program, calls=2), element(ADMIN, calls=5), element(program, "parameter", "q"))
    report = await read(noon, ADMIN, everybody=True)
    assert told(report)[0] == ("listArticles", "operation", "", "", 7)
    assert [(each.id, each.kind, each.name, each.calls) for each in report.callers] == [
        (ADMIN.principal_id, None, None, 5),
        (made.id, "api_key", "Nightly import", 2),
    ]
    of_key = await read(noon, ADMIN, key_id=ids.encode("key", made.id))
    assert told(of_key) == [("listArticles", "operation", "", "", 2), ("listArticles", "parameter", "q", "", 1)]
    assert (of_key.scope, of_key.callers) == ("key", ())


async def test_the_calls_of_a_test_key_are_told_of_the_key_and_not_of_the_organisation(
    infra: Infrastructure, noon: Infrastructure
) -> None:
    maker = Principal(NEWSROOM_ID, ids.new_id(), "operator")
    async with infra.unit_of_work(maker):
        made = await keys.create(maker, name="Trial", scopes=["articles:read"], mode="test")
    program = (await keys_principal(infra, made.key)).principal
    await write(noon, program, element(program))
    assert told(await read(noon, program)) == [("listArticles", "operation", "", "", 1)]
    assert told(await read(noon, ADMIN, key_id=ids.encode("key", made.id))) != []
    assert told(await read(noon, ADMIN, everybody=True)) == []


@pytest.mark.parametrize(
    ("operation", "kind", "name", "value", "way"),
    [
        ("listArticles", "operation", "", "", Way()),
        ("listArticles", "parameter", "category", "", Way("category")),
        ("listArticles", "enum", "sort", "created_at", Way("sort", "ingested_at")),
        ("listArticles", "enum", "category", "technology", Way("category", "technology")),
        ("createCollection", "member", "/name", "", Way("/name")),
        ("createCollection", "media_type", "", "application/json", Way()),
        ("listArticles", "parameter", "no_such_parameter", "", Way()),
        ("noSuchOperation", "parameter", "page", "", Way()),
    ],
)
async def test_everything_went_where_the_document_says(
    noon: Infrastructure, operation: str, kind: str, name: str, value: str, way: Way
) -> None:
    await write(noon, HERE, element(HERE, kind, name, value, operation=operation))
    (found,) = (await read(noon, HERE)).elements
    assert deprecations.way(found) == way


async def test_what_needs_explaining_comes_with_a_note(noon: Infrastructure) -> None:
    await write(noon, HERE, element(HERE, "parameter", "page"))
    (found,) = (await read(noon, HERE)).elements
    way = deprecations.way(found)
    assert way.name == "cursor"
    assert "page.next_cursor" in (way.note or "")


@pytest.mark.parametrize(
    ("now", "days"),
    [
        (SUNSET - 90 * DAY, 90),
        (SUNSET - 90 * DAY + timedelta(seconds=1), 90),
        (SUNSET - DAY + timedelta(seconds=1), 1),
        (SUNSET - timedelta(seconds=1), 1),
        (SUNSET, 0),
        (SUNSET + DAY, 0),
    ],
)
def test_days_left_are_those_of_the_clock_of_the_lifecycle(now: datetime, days: int) -> None:
    deprecations.configure(read_documents(), FixedClock(now))
    assert deprecations.days_left(deprecations.endings()["v1"]) == days


def test_brown_outs_to_come_are_told_in_their_order() -> None:
    late, weekly = Window(SUNSET - 2 * DAY, DAY), Window(SUNSET - 20 * DAY, timedelta(hours=1), 7 * DAY)
    deprecations.configure(read_documents(), FixedClock(SUNSET - 10 * DAY), (late, weekly))
    starts = [start for start, _ in deprecations.next_brownouts(deprecations.endings()["v1"])]
    assert starts == [SUNSET - 6 * DAY, SUNSET - 2 * DAY]


def test_of_many_brown_outs_the_next_twenty_are_told() -> None:
    hourly = Window(SUNSET - 90 * DAY, timedelta(minutes=1), timedelta(hours=1))
    deprecations.configure(read_documents(), FixedClock(SUNSET - 90 * DAY), (hourly, hourly))
    found: Sequence[Any] = deprecations.next_brownouts(deprecations.endings()["v1"])
    assert len(found) == 20
    assert found[-1][0] == SUNSET - 90 * DAY + timedelta(hours=9)
