"""Billing events: one a month and organisation, delivered at least once, signed."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from core.billing import tasks
from core.billing.service import billing
from core.billing.types import BillingEventRow
from core.errors import InvalidCursor, OrganizationNotFound
from core.infra.context import Infrastructure, use
from core.infra.http import Egress
from core.kit import ids
from core.kit.clock import FixedClock
from core.kit.principal import NEWSROOM_ID, Principal
from core.settings import Settings
from core.usage.meter import UsageMeter
from tests.support.infrastructure import OTHER_ID
from tests.support.job_runner import run_jobs
from tests.support.process import Database
from tests.support.upstream_server import Received, Reply, UpstreamServer

SECRET = "a secret for webhooks that is long enough"
HERE = Principal(NEWSROOM_ID, ids.new_id(), "api_key", frozenset({"organization:read"}))
ELSEWHERE = Principal(OTHER_ID, ids.new_id(), "api_key", frozenset({"organization:read"}))
DUE = "UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'"


@pytest.fixture
async def receiver() -> AsyncIterator[UpstreamServer]:
    async with UpstreamServer() as server:
        server.routes["/billing"] = Reply(204)
        yield server


def at(infra: Infrastructure, year: int, month: int, day: int, *clock: int, **settings: Any) -> Infrastructure:
    """The same process at another time, with other settings."""
    values = {**infra.settings.model_dump(), **settings}
    return replace(
        infra,
        clock=FixedClock(datetime(year, month, day, tzinfo=UTC) + _since_midnight(*clock)),
        settings=Settings(**values),
    )


def _since_midnight(hours: int = 0, minutes: int = 0, seconds: int = 0) -> timedelta:
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


@pytest.fixture
def october(infra: Infrastructure, database: Database) -> Infrastructure:
    """Two organisations since the middle of October, without events; it is November."""
    database.rows("DELETE FROM billing_events")
    database.rows("DELETE FROM usage_daily")
    database.rows("UPDATE organizations SET created_at = '2026-10-14T12:00:00Z'")
    return at(infra, 2026, 11, 1, 1, 0, 1)


async def close(infra: Infrastructure) -> int:
    with use(infra):
        return await billing.close_periods()


async def events(infra: Infrastructure, principal: Principal, **more: Any) -> tuple[list[BillingEventRow], str | None]:
    organization_id = ids.encode("org", more.pop("organization_id", principal.organization_id))
    async with infra.unit_of_work(principal):
        found = await billing.list(principal, organization_id, **{"limit": 10, **more})
    return list(found.rows), found.next_cursor


async def deliver(infra: Infrastructure, database: Database) -> None:
    database.rows(DUE)
    settings = infra.settings.model_copy(update={"egress_allow": ("127.0.0.0/8",)})
    async with Egress.from_settings(Settings(**settings.model_dump())) as egress:
        await run_jobs(infra, tasks.blueprint(), tasks.NAMESPACE, egress=egress)


async def test_another_organisation_s_events_do_not_exist(october: Infrastructure) -> None:
    await close(october)
    (theirs,), _ = await events(october, ELSEWHERE)
    (ours,), _ = await events(october, HERE)
    assert (theirs.organization_id, ours.organization_id) == (OTHER_ID, NEWSROOM_ID)
    with pytest.raises(OrganizationNotFound):
        await events(october, HERE, organization_id=OTHER_ID)


async def test_a_month_is_closed_an_hour_after_its_end(infra: Infrastructure, october: Infrastructure) -> None:
    assert await close(at(infra, 2026, 10, 31, 23, 59)) == 0
    assert await close(at(infra, 2026, 11, 1, 0, 59)) == 0
    assert await close(at(infra, 2026, 11, 1, 1, 0)) == 2


async def test_a_month_has_one_event_however_many_close_it(october: Infrastructure) -> None:
    made = await asyncio.gather(*(close(october) for _ in range(3)))
    assert sum(made) == 2
    assert await close(october) == 0
    assert len((await events(october, HERE))[0]) == 1


async def test_an_event_has_the_totals_of_its_month(infra: Infrastructure, october: Infrastructure) -> None:
    meter = UsageMeter(infra)
    for day, status in ((date(2026, 10, 1), 200), (date(2026, 10, 31), 404), (date(2026, 11, 1), 200)):
        meter.count(HERE, "v2.listArticles", status, 2)
        await meter.write(day)
    await close(october)
    (event,), _ = await events(october, HERE)
    assert (event.period, event.plan, event.calls, event.errors, event.cost) == (date(2026, 10, 1), "operator", 2, 1, 4)
    assert event.delivery_state == "recorded"


async def test_months_that_nobody_closed_are_closed_later_in_order(
    infra: Infrastructure, october: Infrastructure
) -> None:
    assert await close(at(infra, 2027, 1, 15)) == 6
    seen, cursor = [], None
    while True:
        page, cursor = await events(infra, HERE, limit=2, cursor=cursor)
        seen += [event.period.month for event in page]
        if cursor is None:
            break
    assert seen == [12, 11, 10]


async def test_a_cursor_of_another_organisation_is_refused(infra: Infrastructure, october: Infrastructure) -> None:
    await close(at(infra, 2027, 1, 15))
    _, cursor = await events(infra, HERE, limit=1)
    with pytest.raises(InvalidCursor):
        await events(infra, ELSEWHERE, limit=1, cursor=cursor)


async def test_a_delivery_is_signed_and_carries_the_event(
    infra: Infrastructure, october: Infrastructure, database: Database, receiver: UpstreamServer
) -> None:
    url = receiver.url("/billing")
    delivering = at(infra, 2026, 11, 1, 2, billing_webhook_url=url, billing_webhook_secret=SECRET)
    await close(delivering)
    assert {event.delivery_state for event in (await events(infra, HERE))[0]} == {"queued"}
    await deliver(delivering, database)
    assert len(receiver.received) == 2
    (event,), _ = await events(infra, HERE)
    assert (event.delivery_state, event.attempts, event.delivery_reason) == ("delivered", 1, None)
    request = next(one for one in receiver.received if one.headers["webhook-id"] == ids.encode("bil", event.id))
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    mac = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
    assert request.headers["webhook-signature"] == f"v1,{mac}"
    body = json.loads(request.body)
    assert (body["type"], body["data"]["period"]) == ("billing.period.closed", "2026-10")
    assert body["data"]["organization_id"] == ids.encode("org", NEWSROOM_ID)


async def test_events_that_were_only_recorded_are_delivered_once_there_is_a_receiver(
    infra: Infrastructure, october: Infrastructure, database: Database, receiver: UpstreamServer
) -> None:
    await close(october)
    with use(october):
        assert await billing.deliver_recorded() == 0
    url = receiver.url("/billing")
    delivering = at(infra, 2026, 11, 2, billing_webhook_url=url, billing_webhook_secret=SECRET)
    with use(delivering):
        queued = await asyncio.gather(*(billing.deliver_recorded() for _ in range(3)))
    assert sum(queued) == 2
    await deliver(delivering, database)
    assert len(receiver.received) == 2
    assert {event.delivery_state for event in (await events(infra, HERE))[0]} == {"delivered"}
    with use(delivering):
        assert await billing.deliver_recorded() == 0


async def test_a_delivery_that_fails_is_tried_again_under_the_same_id(
    infra: Infrastructure, october: Infrastructure, database: Database, receiver: UpstreamServer
) -> None:
    database.rows("UPDATE organizations SET created_at = '2027-10-14T12:00:00Z' WHERE id = %s", OTHER_ID)
    answers = iter((503, 302, 200))

    def reply(_: Received) -> Reply:
        return Reply(next(answers), headers={"Location": receiver.url("/elsewhere")})

    receiver.routes["/billing"] = reply
    url = receiver.url("/billing")
    delivering = at(infra, 2026, 11, 1, 2, billing_webhook_url=url, billing_webhook_secret=SECRET)
    await close(delivering)
    states = []
    for _ in range(3):
        await deliver(delivering, database)
        (event,), _ = await events(infra, HERE)
        states.append((event.delivery_state, event.delivery_reason))
    assert states == [
        ("queued", "The receiver answers 503."),
        ("queued", "The receiver answers 302."),
        ("delivered", None),
    ]
    assert len({request.headers["webhook-id"] for request in receiver.received}) == 1
    assert len({request.body for request in receiver.received}) == 1
    assert {request.path for request in receiver.received} == {"/billing"}


async def test_a_delivery_without_a_secret_has_failed_and_says_so(
    infra: Infrastructure, october: Infrastructure, database: Database, receiver: UpstreamServer
) -> None:
    delivering = at(infra, 2026, 11, 1, 2, billing_webhook_url=receiver.url("/billing"))
    await close(delivering)
    await deliver(delivering, database)
    (event,), _ = await events(infra, HERE)
    assert event.delivery_state == "failed"
    assert "TIDINGS_BILLING_WEBHOOK_SECRET" in (event.delivery_reason or "")
    assert receiver.received == []
