"""Rehearsals of a Sunset: who may make them, what they refuse, and what is written down."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.app import read_documents
from core.deprecations.service import deprecations
from core.errors import (
    ApiKeyNotFound,
    ApiKeyRevoked,
    Forbidden,
    InsufficientScope,
    RehearsalExists,
    RehearsalNotFound,
    Unprocessable,
)
from core.infra.context import Infrastructure, use
from core.infra.db import Database as Pools
from core.keys.service import keys, require_working
from core.keys.types import CreatedApiKey
from core.kit import ids
from core.kit.clock import FixedClock, SystemClock
from core.kit.principal import NEWSROOM_ID, Principal, Rehearsal
from core.rehearsals.recorder import RefusalRecorder
from core.rehearsals.service import rehearsals
from core.rehearsals.types import RehearsalRow
from tests.support.infrastructure import OTHER_ID
from tests.support.process import Database

SCOPES = frozenset({"articles:read", "keys:read", "keys:write"})
MAKER = Principal(NEWSROOM_ID, ids.new_id(), "api_key", SCOPES, 1000)
STRANGER = Principal(OTHER_ID, ids.new_id(), "api_key", SCOPES, 1000)
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
async def key(infra: Infrastructure) -> CreatedApiKey:
    async with infra.unit_of_work(MAKER):
        return await keys.create(MAKER, name="Import", scopes=["articles:read"])


@pytest.fixture
def at_the_sunset() -> Iterator[None]:
    deprecations.configure(read_documents(), FixedClock(datetime(2027, 7, 1, tzinfo=UTC)))
    yield
    deprecations.configure(read_documents(), SystemClock())


def at(infra: Infrastructure, now: datetime) -> Infrastructure:
    return replace(infra, clock=FixedClock(now))


async def rehearse(
    infra: Infrastructure,
    key: CreatedApiKey,
    principal: Principal = MAKER,
    *,
    starts_at: datetime | None = None,
    seconds: int = 900,
) -> RehearsalRow:
    with use(infra):
        async with infra.unit_of_work(principal):
            return await rehearsals.create(
                principal, ids.encode("key", key.id), starts_at=starts_at, duration_seconds=seconds
            )


async def cancel(infra: Infrastructure, made: RehearsalRow, principal: Principal = MAKER) -> None:
    with use(infra):
        async with infra.unit_of_work(principal):
            await rehearsals.cancel(principal, ids.encode("rhs", made.id))


async def caller(infra: Infrastructure, key: CreatedApiKey, now: datetime) -> Principal:
    """Whom the key stands for at a time."""
    with use(infra):
        return require_working(await keys.find(key.key), FixedClock(now))


async def test_another_organisation_s_key_and_rehearsal_do_not_exist(infra: Infrastructure, key: CreatedApiKey) -> None:
    with pytest.raises(ApiKeyNotFound):
        await rehearse(infra, key, STRANGER)
    made = await rehearse(infra, key)
    with pytest.raises(RehearsalNotFound):
        await cancel(infra, made, STRANGER)


async def test_who_may_not_change_the_key_may_not_rehearse_with_it(infra: Infrastructure, key: CreatedApiKey) -> None:
    lesser = replace(MAKER, scopes=frozenset({"keys:write"}))
    with pytest.raises(InsufficientScope):
        await rehearse(infra, key, lesser)
    viewer = Principal(NEWSROOM_ID, ids.new_id(), "user", SCOPES, role="editor")
    made = await rehearse(infra, key)
    for action in (rehearse(infra, key, viewer), cancel(infra, made, viewer)):
        with pytest.raises(Forbidden):
            await action


async def test_a_key_that_has_ended_cannot_rehearse(infra: Infrastructure, key: CreatedApiKey) -> None:
    async with infra.unit_of_work(MAKER):
        await keys.revoke(MAKER, ids.encode("key", key.id))
    with pytest.raises(ApiKeyRevoked):
        await rehearse(infra, key)


@pytest.mark.parametrize(
    ("starts_at", "code"),
    [
        (NOW - timedelta(seconds=1), "in_the_past"),
        (NOW + timedelta(days=30, seconds=1), "too_far"),
    ],
)
async def test_a_start_that_does_not_fit_is_refused(
    infra: Infrastructure, key: CreatedApiKey, starts_at: datetime, code: str
) -> None:
    with pytest.raises(Unprocessable) as refusal:
        await rehearse(at(infra, NOW), key, starts_at=starts_at)
    assert [(error.pointer, error.code) for error in refusal.value.errors] == [("/starts_at", code)]


@pytest.mark.usefixtures("at_the_sunset")
async def test_after_the_sunset_there_is_nothing_to_rehearse(infra: Infrastructure, key: CreatedApiKey) -> None:
    with pytest.raises(Unprocessable) as refusal:
        await rehearse(infra, key)
    assert [error.code for error in refusal.value.errors] == ["after_sunset"]


async def test_a_key_has_one_rehearsal_at_a_time(infra: Infrastructure, key: CreatedApiKey) -> None:
    first = await rehearse(at(infra, NOW), key, starts_at=NOW + HOUR)
    with pytest.raises(RehearsalExists):
        await rehearse(at(infra, NOW), key)
    await cancel(at(infra, NOW), first)
    second = await rehearse(at(infra, NOW), key)
    assert (await rehearse(at(infra, second.ends_at), key)).starts_at == second.ends_at


async def test_a_key_is_in_rehearsal_from_its_start_up_to_its_end(infra: Infrastructure, key: CreatedApiKey) -> None:
    now = datetime.now(UTC)
    made = await rehearse(infra, key, starts_at=now + HOUR, seconds=60)
    running = Rehearsal(NEWSROOM_ID, made.id, made.starts_at, made.ends_at)
    assert (await caller(infra, key, made.starts_at - timedelta(seconds=1))).rehearsal is None
    assert (await caller(infra, key, made.starts_at)).rehearsal == running
    assert (await caller(infra, key, made.ends_at - timedelta(microseconds=1))).rehearsal == running
    assert (await caller(infra, key, made.ends_at)).rehearsal is None
    assert [made.state(moment) for moment in (now, made.starts_at, made.ends_at)] == ["scheduled", "running", "ended"]


async def test_a_cancelled_rehearsal_refuses_nothing_and_is_cancelled_once(
    infra: Infrastructure, database: Database, key: CreatedApiKey
) -> None:
    made = await rehearse(infra, key)
    for _ in range(2):
        await cancel(infra, made)
    assert (await caller(infra, key, datetime.now(UTC))).rehearsal is None
    actions = database.rows(
        "SELECT action FROM audit_events WHERE target_id = %s ORDER BY sequence", ids.encode("rhs", made.id)
    )
    assert [row["action"] for row in actions] == ["rehearsal.created", "rehearsal.cancelled"]


async def test_one_that_is_over_stays_as_it_is(infra: Infrastructure, key: CreatedApiKey) -> None:
    made = await rehearse(infra, key)
    await cancel(at(infra, made.ends_at), made)
    async with infra.unit_of_work(MAKER):
        after = await rehearsals.get(MAKER, ids.encode("rhs", made.id))
    assert after.cancelled_at is None


async def test_refusals_are_counted_by_operation_and_add_up_over_processes(
    infra: Infrastructure, key: CreatedApiKey
) -> None:
    made = await rehearse(infra, key)
    caller = replace(MAKER, rehearsal=Rehearsal(NEWSROOM_ID, made.id, made.starts_at, made.ends_at))
    times = [made.starts_at + timedelta(seconds=number) for number in range(4)]
    for moment, operation in zip(times, ("listArticles", "getArticle", "listArticles", "listArticles"), strict=True):
        recorder = RefusalRecorder(at(infra, moment))
        recorder.note(caller, f"v1.{operation}")
        recorder.note(caller, "v2.acceptInvitation")
        recorder.note(MAKER, f"v1.{operation}")
        await recorder.write_waiting()
    async with infra.unit_of_work(MAKER):
        found = await rehearsals.refusals(MAKER, ids.encode("rhs", made.id))
    assert [(each.operation, each.calls, each.first_at, each.last_at) for each in found] == [
        ("listArticles", 3, times[0], times[3]),
        ("getArticle", 1, times[1], times[1]),
    ]


async def test_refusals_of_a_test_key_belong_to_the_organisation_of_the_key(infra: Infrastructure) -> None:
    async with infra.unit_of_work(MAKER):
        key = await keys.create(MAKER, name="Import", scopes=["articles:read"], mode="test")
    await rehearse(infra, key)
    in_sandbox = await caller(infra, key, datetime.now(UTC))
    assert in_sandbox.in_sandbox
    assert in_sandbox.rehearsal is not None
    recorder = RefusalRecorder(infra)
    recorder.note(in_sandbox, "v1.listArticles")
    await recorder.write_waiting()
    async with infra.unit_of_work(MAKER):
        (found,) = await rehearsals.refusals(MAKER, ids.encode("rhs", in_sandbox.rehearsal.id))
    assert found.calls == 1


async def test_refusals_that_cannot_be_written_are_written_later(infra: Infrastructure, key: CreatedApiKey) -> None:
    made = await rehearse(infra, key)
    caller = replace(MAKER, rehearsal=Rehearsal(NEWSROOM_ID, made.id, made.starts_at, made.ends_at))
    closed = Pools("postgresql://localhost:1/nowhere", pool_size=2)
    recorder = RefusalRecorder(replace(infra, db=closed))
    for _ in range(2):
        recorder.note(caller, "v1.listArticles")
        await recorder.write_waiting()
    async with infra.unit_of_work(MAKER):
        assert await rehearsals.refusals(MAKER, ids.encode("rhs", made.id)) == []
    recorder._infra = infra
    async with recorder:
        pass
    async with infra.unit_of_work(MAKER):
        (found,) = await rehearsals.refusals(MAKER, ids.encode("rhs", made.id))
    assert found.calls == 2


async def test_refusals_of_a_rehearsal_that_is_gone_are_nobody_s(
    infra: Infrastructure, database: Database, key: CreatedApiKey
) -> None:
    database.rows("DELETE FROM rehearsal_refusals")
    made = await rehearse(infra, key)
    recorder = RefusalRecorder(infra)
    recorder.note(
        replace(MAKER, rehearsal=Rehearsal(NEWSROOM_ID, ids.new_id(), made.starts_at, made.ends_at)), "v1.listArticles"
    )
    recorder.note(
        replace(MAKER, rehearsal=Rehearsal(NEWSROOM_ID, made.id, made.starts_at, made.ends_at)), "v1.listArticles"
    )
    await recorder.write_waiting()
    assert [row["rehearsal_id"] for row in database.rows("SELECT rehearsal_id FROM rehearsal_refusals")] == [made.id]
