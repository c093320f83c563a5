"""Answers in the database: kept with the effect, found by nobody else, readable with the client's key only."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from core.audit.service import audit
from core.contract.ports import AnsweredBefore, Keyed
from core.contract.responses import Response
from core.errors import IdempotencyInProgress, IdempotencyKeyReused
from core.idempotency import service, tasks
from core.idempotency.service import KEPT, idempotency
from core.infra.context import Infrastructure, use
from core.infra.db import Statement, act_for, after_commit, connection, transaction
from core.kit.clock import FixedClock
from core.kit.principal import Principal, anonymous

FINGERPRINT = bytes(32)
ANSWER = Response(201, b'{"key": "tdk_live_secret"}', "application/json", {"Location": "/v2/api-keys/1"})


def request(principal: Principal, key: str = "k-1", fingerprint: bytes = FINGERPRINT) -> Keyed:
    return Keyed(principal, key, fingerprint)


async def answer(infra: Infrastructure, asked: Keyed, response: Response = ANSWER) -> Response | None:
    """Answer a request as the engine does: the kept answer, or None when this was the first time."""
    try:
        async with infra.unit_of_work(asked.principal):
            idempotency.claim(asked)
            idempotency.keep(asked, response)
    except AnsweredBefore:
        return await idempotency.find(asked)
    return None


def stored(infra: Infrastructure) -> list[tuple[bytes, bytes]]:
    with psycopg.connect(infra.db.url) as owner:
        return owner.execute("SELECT key_hash, answer FROM kept_answers").fetchall()


async def test_a_caller_without_a_credential_is_a_caller_too(infra: Infrastructure) -> None:
    assert await answer(infra, request(anonymous())) is None
    again = await answer(infra, request(anonymous()))
    assert again is not None


async def test_another_organisation_and_another_principal_have_keys_of_their_own(
    infra: Infrastructure, caller: Principal, stranger: Principal
) -> None:
    assert await answer(infra, request(caller)) is None
    assert await answer(infra, request(stranger)) is None
    assert await answer(infra, request(replace(caller, principal_id=stranger.organization_id))) is None
    assert len(stored(infra)) == 3


async def test_another_organisation_sees_no_row(infra: Infrastructure, caller: Principal, stranger: Principal) -> None:
    await answer(infra, request(caller))
    async with infra.unit_of_work(stranger):
        cursor = await (await connection()).execute("SELECT count(*) FROM kept_answers")
        assert await cursor.fetchone() == (0,)


async def test_a_key_that_belongs_to_another_request_is_refused(infra: Infrastructure, caller: Principal) -> None:
    await answer(infra, request(caller))
    with pytest.raises(IdempotencyKeyReused):
        await answer(infra, request(caller, fingerprint=b"\1" * 32))


async def test_an_answer_that_was_sealed_under_another_secret_is_not_given_out(
    infra: Infrastructure, caller: Principal
) -> None:
    await answer(infra, request(caller))
    with use(replace(infra, secret=b"another secret that is long enough")), pytest.raises(IdempotencyKeyReused):
        await answer(infra, request(caller))


async def test_while_one_is_the_first_another_has_to_wait(infra: Infrastructure, caller: Principal) -> None:
    holding, released = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with infra.unit_of_work(caller):
            idempotency.claim(request(caller))
            await idempotency.settle()
            holding.set()
            await released.wait()
            idempotency.keep(request(caller), ANSWER)

    running = asyncio.create_task(first())
    await holding.wait()
    with pytest.raises(IdempotencyInProgress) as refusal:
        await answer(infra, request(caller))
    assert refusal.value.headers == {"Retry-After": "1"}
    assert await answer(infra, request(caller, "k-2")) is None
    released.set()
    await running
    assert await answer(infra, request(caller)) is not None


async def test_of_many_at_once_one_is_the_first_and_the_others_wait_or_get_its_answer(
    infra: Infrastructure, caller: Principal
) -> None:
    results = await asyncio.gather(*(answer(infra, request(caller)) for _ in range(40)), return_exceptions=True)
    assert results.count(None) == 1
    assert {type(result) for result in results} <= {type(None), Response, IdempotencyInProgress}
    assert len(stored(infra)) == 1


async def test_a_transaction_that_fails_leaves_neither_answer_nor_lock(
    infra: Infrastructure, caller: Principal
) -> None:
    async def fail() -> None:
        async with infra.unit_of_work(caller):
            idempotency.claim(request(caller))
            await idempotency.settle()
            idempotency.keep(request(caller), ANSWER)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert stored(infra) == []
    assert await answer(infra, request(caller)) is None


async def test_an_answer_comes_back_as_it_was(infra: Infrastructure, caller: Principal) -> None:
    for key, given in {
        "a": ANSWER,
        "b": Response(204),
        "c": Response(422, b"\n\xff", "x/y", {"Retry-After": "1"}),
    }.items():
        assert await answer(infra, request(caller, key), given) is None
        kept = await answer(infra, request(caller, key), given)
        assert kept is not None
        assert (kept.status, kept.body, kept.content_type) == (given.status, given.body, given.content_type)
        assert kept.headers == (given.headers or {})


async def test_the_database_alone_gives_neither_key_nor_answer_away(infra: Infrastructure, caller: Principal) -> None:
    await answer(infra, request(caller, "a-key-of-the-client"))
    ((key_hash, sealed),) = stored(infra)
    assert b"client" not in key_hash
    assert b"tdk_live" not in sealed
    assert b"Location" not in sealed


async def test_passwords_cannot_be_tried_on_what_is_stored_of_a_request(
    infra: Infrastructure, caller: Principal
) -> None:
    """The fingerprint that comes in is a fast hash of the body; the one that lies in the database is keyed."""
    await answer(infra, request(caller, "k-1"))
    await answer(infra, request(caller, "k-2"))
    with psycopg.connect(infra.db.url) as owner:
        kept = [row[0] for row in owner.execute("SELECT fingerprint FROM kept_answers")]
    assert FINGERPRINT not in kept
    assert len(set(kept)) == 2


async def test_what_follows_the_commit_happens_for_the_first_only(infra: Infrastructure, caller: Principal) -> None:
    happened: list[int] = []

    async def note() -> None:
        happened.append(1)

    async def act() -> None:
        async with infra.unit_of_work(caller):
            idempotency.claim(request(caller))
            after_commit(note)
            audit.record(caller, "feed.created", target=("feed", "x"))
            idempotency.keep(request(caller), ANSWER)

    await act()
    with pytest.raises(AnsweredBefore):
        await act()
    assert happened == [1]
    with psycopg.connect(infra.db.url) as owner:
        assert owner.execute("SELECT count(*) FROM audit_events").fetchone() == (1,)


async def test_an_answer_is_the_callers_even_when_the_handler_went_on_in_another_organisation(
    infra: Infrastructure, caller: Principal, stranger: Principal
) -> None:
    async with infra.unit_of_work(caller):
        idempotency.claim(request(caller))
        await act_for(stranger)
        audit.record(stranger, "feed.created", target=("feed", "x"))
        idempotency.keep(request(caller), ANSWER)
    assert await answer(infra, request(caller)) is not None
    assert await answer(infra, request(stranger)) is None


async def test_after_72_hours_a_key_is_free_again(
    infra: Infrastructure, caller: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "REAPED_AT_ONCE", 2)
    past = FixedClock(datetime.now(UTC) - KEPT - timedelta(seconds=1))
    with use(replace(infra, clock=past)):
        for number in range(5):
            await answer(infra, request(caller, f"old-{number}"))
    await answer(infra, request(caller, "new"))
    assert await answer(infra, request(caller, "old-0", b"\1" * 32)) is None
    assert await answer(infra, request(caller, "old-0", b"\1" * 32)) is not None
    assert await idempotency.reap() == 4
    await tasks.reap()
    assert len(stored(infra)) == 2


async def test_an_answer_is_found_without_a_transaction_by_its_owner_only(
    infra: Infrastructure, caller: Principal, stranger: Principal
) -> None:
    assert await idempotency.find(request(caller)) is None
    await answer(infra, request(caller))
    idempotency.expect(request(stranger))
    assert await idempotency.find(request(stranger)) is None
    found = await idempotency.find(request(caller))
    assert found is not None
    assert (found.status, found.body, found.headers) == (ANSWER.status, ANSWER.body, ANSWER.headers)
    with pytest.raises(IdempotencyKeyReused):
        await idempotency.find(request(caller, fingerprint=b"\1" * 32))


async def test_a_process_that_expects_no_answer_learns_of_it_in_its_transaction(
    infra: Infrastructure, caller: Principal
) -> None:
    await answer(infra, request(caller))
    newcomer = service.Idempotency()
    assert await newcomer.find(request(caller)) is None

    async def act() -> None:
        async with infra.unit_of_work(caller):
            newcomer.claim(request(caller))
            await newcomer.settle()

    with pytest.raises(AnsweredBefore):
        await act()
    assert await newcomer.find(request(caller)) is not None


async def test_an_answer_that_is_expected_in_vain_does_not_stand_in_the_way(
    infra: Infrastructure, caller: Principal
) -> None:
    idempotency.expect(request(caller))
    assert await idempotency.find(request(caller)) is None
    assert await answer(infra, request(caller)) is None


@pytest.mark.parametrize("state", ["answered", "held"])
async def test_what_goes_out_with_a_claim_that_is_lost_is_never_written(
    infra: Infrastructure, caller: Principal, state: str
) -> None:
    """The handler's statements and the COMMIT leave together with the claim; the server passes over all of them."""

    async def act() -> None:
        async with infra.unit_of_work(caller):
            idempotency.claim(request(caller))
            transaction().later(
                Statement(
                    "INSERT INTO organizations (id, slug, name) VALUES (%(id)s, 'x', 'X')",
                    {
                        "id": caller.organization_id,
                    },
                )
            )
            audit.record(caller, "feed.created", target=("feed", "x"))
            idempotency.keep(request(caller), Response(200))

    if state == "answered":
        await answer(infra, request(caller))
        with pytest.raises(AnsweredBefore):
            await act()
    else:
        async with infra.unit_of_work(caller):
            idempotency.claim(request(caller))
            await idempotency.settle()
            with pytest.raises(IdempotencyInProgress):
                await act()
    with psycopg.connect(infra.db.url) as owner:
        assert owner.execute("SELECT count(*) FROM audit_events").fetchone() == (0,)
    kept = await answer(infra, request(caller))
    assert (None if kept is None else kept.body) == (ANSWER.body if state == "answered" else None)


async def test_nothing_is_sent_outside_before_the_claim_is_decided(infra: Infrastructure, caller: Principal) -> None:
    await answer(infra, request(caller))

    async def act() -> None:
        async with infra.unit_of_work(caller):
            idempotency.claim(request(caller))
            await infra.egress.get("https://newsroom.example/")

    with pytest.raises(AnsweredBefore):
        await act()


async def test_another_transaction_within_begins_when_the_claim_is_decided(
    infra: Infrastructure, caller: Principal, stranger: Principal
) -> None:
    await answer(infra, request(caller))
    begun: list[int] = []

    async def act() -> None:
        async with infra.unit_of_work(caller):
            idempotency.claim(request(caller))
            async with infra.unit_of_work(stranger):
                begun.append(1)

    with pytest.raises(AnsweredBefore):
        await act()
    assert begun == []


async def test_of_the_answers_that_are_expected_the_oldest_is_forgotten(
    infra: Infrastructure, caller: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "RECENT", 2)
    newcomer = service.Idempotency()
    for number in range(3):
        await answer(infra, request(caller, f"k-{number}"))
        newcomer.expect(request(caller, f"k-{number}"))
    found = [await newcomer.find(request(caller, f"k-{number}")) for number in range(3)]
    assert [kept is not None for kept in found] == [False, True, True]
