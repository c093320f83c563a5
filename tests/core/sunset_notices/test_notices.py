"""Sunset notices: who is told, when, once each, and what the mail says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from core.app import DOCUMENTS
from core.deprecations.guide import sunsets
from core.infra.context import Infrastructure, use
from core.infra.jobs import Jobs
from core.infra.mail_jobs import GIVEN_UP
from core.kit import ids
from core.kit.clock import FixedClock
from core.kit.principal import Principal, job
from core.kit.slices import Slice
from core.sunset_notices import tasks
from core.sunset_notices.service import due, payload, sunset_notices
from core.sunset_notices.types import SunsetNotice
from core.usage.service import usage
from core.usage.types import Counted
from tests.support.job_runner import run_jobs
from tests.support.newsroom import NewsroomControl
from tests.support.people import People, Person
from tests.support.process import Database
from tests.support.seed import Key, Seed

SUNSET = datetime(2027, 6, 30, 23, 59, 59, tzinfo=UTC)
DAY = timedelta(days=1)
DUE = "UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'"


@pytest.fixture
def desk(people: People) -> UUID:
    return people.organization("harbour-desk")


@pytest.fixture
def owner(people: People, desk: UUID) -> Person:
    return people.person("owner", desk, name="Olga Owner", email="olga@example.org")


@pytest.fixture
def key(seed: Seed, desk: UUID) -> Key:
    return seed.key("articles:read", organization_id=desk, name="Nightly import")


async def call(infra: Infrastructure, desk: UUID, key: Key, *, days_ago: int = 0, version: str = "v1") -> None:
    """Three calls of a key."""
    day = (datetime.now(UTC) - days_ago * DAY).date()
    row = Counted(day, "listArticles", version, ids.decode("key", key.id), 3, 0, 3)
    async with infra.unit_of_work(job(desk)):
        await usage.add(job(desk), [row])


async def announce(infra: Infrastructure, days_before: float) -> int:
    """What the worker does at that time before the Sunset."""
    sunset_notices.configure(sunsets(DOCUMENTS), FixedClock(SUNSET - days_before * DAY))
    with use(infra):
        return await sunset_notices.announce()


async def notices(infra: Infrastructure, desk: UUID) -> list[SunsetNotice]:
    principal = Principal(desk, ids.new_id(), "api_key")
    async with infra.unit_of_work(principal):
        found: Slice[SunsetNotice] = await sunset_notices.list(principal, limit=10)
    return list(found.rows)


async def deliver(infra: Infrastructure, database: Database) -> None:
    database.rows(DUE)
    await run_jobs(infra, tasks.blueprint(), tasks.NAMESPACE)


@pytest.mark.parametrize(
    ("days_before", "notice"),
    [
        (91, None),
        (90, 90),
        (30.01, 90),
        (30, 30),
        (20, 30),
        (7, 7),
        (1.01, 7),
        (1, 1),
        (0.01, 1),
        (0, None),
        (-1, None),
    ],
)
def test_the_most_urgent_notice_whose_day_has_come_is_due(days_before: float, notice: int | None) -> None:
    assert due(SUNSET, SUNSET - days_before * DAY) == notice


def test_the_sunset_is_that_of_the_document() -> None:
    assert sunsets(DOCUMENTS) == {"v1": SUNSET}


async def test_who_does_not_call_v1_is_not_told(
    infra: Infrastructure, people: People, seed: Seed, desk: UUID, owner: Person, key: Key
) -> None:
    await call(infra, desk, key, version="v2")
    await call(infra, desk, key, days_ago=31)
    revoked = seed.key("articles:read", organization_id=desk, revoked_at=datetime.now(UTC))
    await call(infra, desk, revoked)
    expired = seed.key("articles:read", organization_id=desk, expires_at=datetime.now(UTC) - DAY)
    await call(infra, desk, expired)
    assert await announce(infra, 90) == 0
    assert await notices(infra, desk) == []


async def test_each_notice_is_made_once_however_often_it_is_due(
    infra: Infrastructure, database: Database, desk: UUID, owner: Person, key: Key
) -> None:
    await call(infra, desk, key)
    made = [await announce(infra, days) for days in (90, 90, 89, 31, 30, 29, 7, 6, 1, 0.5, 0)]
    assert made == [1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0]
    assert [(notice.days, notice.days_left) for notice in await notices(infra, desk)] == [
        (1, 1),
        (7, 7),
        (30, 30),
        (90, 90),
    ]
    assert database.count("sunset_letters") == 4
    audited = database.rows("SELECT action FROM audit_events WHERE organization_id = %s", desk)
    assert [row["action"] for row in audited] == ["sunset_notice.created"] * 4


async def test_after_a_time_without_a_worker_only_the_most_urgent_is_made(
    infra: Infrastructure, desk: UUID, owner: Person, key: Key
) -> None:
    await call(infra, desk, key)
    assert await announce(infra, 5.5) == 1
    assert [(notice.days, notice.days_left) for notice in await notices(infra, desk)] == [(7, 6)]


async def test_a_notice_that_fails_half_way_is_made_whole_the_next_time(
    infra: Infrastructure, database: Database, desk: UUID, owner: Person, key: Key
) -> None:
    class Broken(Jobs):
        async def enqueue(self, *_: Any, **__: Any) -> int | None:
            raise ZeroDivisionError

    await call(infra, desk, key)
    with pytest.raises(ZeroDivisionError):
        await announce(replace(infra, jobs=Broken(infra.db.url)), 7)
    assert (database.count("sunset_notices"), database.count("sunset_letters")) == (0, 0)
    assert await announce(infra, 7) == 1


async def test_another_organisation_s_notices_are_not_seen(
    infra: Infrastructure, people: People, desk: UUID, owner: Person, key: Key
) -> None:
    await call(infra, desk, key)
    await announce(infra, 90)
    assert await notices(infra, people.organization("inland-desk")) == []


async def test_the_event_tells_everything_that_a_receiver_needs(
    infra: Infrastructure, desk: UUID, owner: Person, key: Key
) -> None:
    await call(infra, desk, key)
    await announce(infra, 30)
    (notice,) = await notices(infra, desk)
    event = payload(notice)
    assert event["type"] == "version.sunset.approaching"
    assert event["data"] == {
        "id": ids.encode("sun", notice.id),
        "organization_id": ids.encode("org", desk),
        "version": "v1",
        "sunset_at": "2027-06-30T23:59:59.000Z",
        "notice_days": 30,
        "days_left": 30,
        "key_ids": [key.id],
        "calls": 3,
    }


async def test_owners_and_admins_get_a_mail_that_names_the_keys(
    infra: Infrastructure,
    database: Database,
    people: People,
    newsroom: NewsroomControl,
    desk: UUID,
    owner: Person,
    key: Key,
) -> None:
    people.person("admin", desk, email="adam@example.org")
    people.person("editor", desk, email="edith@example.org")
    people.person("admin", desk, email="sam@example.org", suspended_at=datetime.now(UTC))
    await call(infra, desk, key)
    await announce(infra, 6.5)
    await deliver(infra, database)
    (mail,) = newsroom.mails("olga@example.org")
    assert mail["subject"] == "v1 of the Tidings API ends in 7 days, and Harbour-Desk still calls it"
    for part in (mail["text"], mail["html"]):
        assert "30 June 2027, 23:59 UTC" in part
        assert "Nightly import" in part
        assert "http://127.0.0.1:8080/v2/deprecations?scope=organization" in part
        assert "http://127.0.0.1:8080/migration" in part
    assert len(newsroom.mails("adam@example.org")) == 1
    assert newsroom.mails("edith@example.org") + newsroom.mails("sam@example.org") == []
    states = database.rows("SELECT delivery_state, delivered_at IS NOT NULL AS dated FROM sunset_letters")
    assert states == [{"delivery_state": "sent", "dated": True}] * 2


async def test_a_job_that_runs_again_mails_nothing_twice(
    infra: Infrastructure, database: Database, newsroom: NewsroomControl, desk: UUID, owner: Person, key: Key
) -> None:
    await call(infra, desk, key)
    await announce(infra, 90)
    await deliver(infra, database)
    letter = database.row("SELECT id FROM sunset_letters")["id"]
    with use(infra):
        context: Any = None
        await tasks.send_letter(context, organization_id=str(desk), letter_id=str(letter))
    (mail,) = newsroom.mails("olga@example.org")
    assert mail["headers"]["Message-ID"] == f"<{ids.encode('sun', letter)}@localhost>"


async def test_a_mail_that_the_server_puts_off_is_sent_later(
    infra: Infrastructure, database: Database, newsroom: NewsroomControl, desk: UUID, owner: Person, key: Key
) -> None:
    newsroom.fail("mail", status=451, times=1)
    await call(infra, desk, key)
    await announce(infra, 90)
    await deliver(infra, database)
    waiting = database.row("SELECT delivery_state, delivery_reason FROM sunset_letters")
    assert (waiting["delivery_state"], waiting["delivery_reason"][:27]) == ("queued", "The mail server answers 451")
    await deliver(infra, database)
    assert database.row("SELECT delivery_state FROM sunset_letters") == {"delivery_state": "sent"}
    assert len(newsroom.mails("olga@example.org")) == 1


async def test_who_has_left_in_the_meantime_gets_no_mail(
    infra: Infrastructure, database: Database, newsroom: NewsroomControl, desk: UUID, owner: Person, key: Key
) -> None:
    await call(infra, desk, key)
    await announce(infra, 90)
    database.rows("DELETE FROM memberships WHERE organization_id = %s", desk)
    await deliver(infra, database)
    assert newsroom.mails("olga@example.org") == []
    row = database.row("SELECT delivery_state, delivery_reason FROM sunset_letters")
    assert row == {"delivery_state": "failed", "delivery_reason": tasks.GONE}


async def test_a_mail_that_kills_its_workers_is_given_up(
    infra: Infrastructure, database: Database, desk: UUID, owner: Person, key: Key
) -> None:
    await call(infra, desk, key)
    await announce(infra, 90)
    with use(infra):
        await tasks.give_up(desk, database.row("SELECT id FROM sunset_letters")["id"])
    row = database.row("SELECT delivery_state, delivery_reason FROM sunset_letters")
    assert row == {"delivery_state": "failed", "delivery_reason": GIVEN_UP}


async def test_names_cannot_add_headers_or_markup(
    infra: Infrastructure, database: Database, newsroom: NewsroomControl, desk: UUID, owner: Person, key: Key
) -> None:
    evil = "Evil\r\nBcc: victim@example.org\r\n\r\n<script>alert(1)</script>"
    database.rows("UPDATE organizations SET name = %s WHERE id = %s", evil, desk)
    database.rows("UPDATE api_keys SET name = %s WHERE organization_id = %s", evil, desk)
    await call(infra, desk, key)
    await announce(infra, 90)
    await deliver(infra, database)
    (mail,) = newsroom.mails("olga@example.org")
    assert newsroom.mails("victim@example.org") == []
    assert "Bcc" not in mail["headers"]
    assert "<script>" not in mail["html"]
