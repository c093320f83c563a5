"""What somebody does to the log who owns the database, and what the verification says to it."""

import pytest

from core.audit import verification
from core.audit.service import audit
from core.audit.types import Head
from core.infra.context import Infrastructure
from core.infra.db import connection
from core.kit.ids import new_id
from core.kit.principal import NEWSROOM_ID, Principal
from tests.core.audit.conftest import SuperUser
from tests.support.infrastructure import OTHER_ID

LENGTH = 7


@pytest.fixture(autouse=True)
async def log(infra: Infrastructure, maker: Principal, stranger: Principal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven events of the newsroom, two of another organisation; the verification reads three at a time."""
    monkeypatch.setattr(verification, "PAGE", 3)
    for principal, length in ((maker, LENGTH), (stranger, 2)):
        for number in range(length):
            async with infra.unit_of_work(principal):
                audit.record(
                    principal, "feed.updated", target=("feed", new_id()), after={"title": f"ü{number}", "n": 1.5}
                )


async def broken_at(principal: Principal) -> int | None:
    return (await audit.verify(principal)).broken_at


async def test_a_log_that_nobody_touched_is_in_order(maker: Principal, stranger: Principal) -> None:
    for principal, length in ((maker, LENGTH), (stranger, 2)):
        verdict = await audit.verify(principal)
        assert (verdict.broken_at, verdict.reason, verdict.head.length) == (None, None, length)


async def test_a_log_without_events_is_in_order(superuser: SuperUser, maker: Principal) -> None:
    superuser("DELETE FROM audit_events; DELETE FROM audit_heads")
    assert await broken_at(maker) is None


@pytest.mark.parametrize(
    ("tampering", "place"),
    [
        ('UPDATE audit_events SET after = \'{"title": "other"}\' WHERE sequence = 4', 4),
        ("UPDATE audit_events SET actor_name = 'Somebody else' WHERE sequence = 1", 1),
        ("UPDATE audit_events SET at = at + interval '1 microsecond' WHERE sequence = 7", 7),
        ("UPDATE audit_events SET address = '192.0.2.1' WHERE sequence = 3", 3),
        ("UPDATE audit_events SET hash = sha256('x') WHERE sequence = 2", 2),
        ("DELETE FROM audit_events WHERE sequence = 4", 4),
        ("DELETE FROM audit_events WHERE sequence = 1", 1),
        ("DELETE FROM audit_events WHERE sequence > 5", 6),
        ("DELETE FROM audit_events", 1),
        ("DELETE FROM audit_events; UPDATE audit_heads SET count = 0", 0),
        ("DELETE FROM audit_events WHERE sequence > 5; UPDATE audit_heads SET count = 5", 5),
        ("DELETE FROM audit_heads", 1),
        ("UPDATE audit_heads SET hash = sha256('x')", 7),
        ("UPDATE audit_heads SET count = 6", 6),
        (
            "UPDATE audit_events SET sequence = 100 WHERE sequence = 3;"
            "UPDATE audit_events SET sequence = 3 WHERE sequence = 4;"
            "UPDATE audit_events SET sequence = 4 WHERE sequence = 100",
            3,
        ),
        (
            "INSERT INTO audit_events SELECT organization_id, 8, id, at, actor_kind, actor_id, actor_name, action,"
            " target_kind, target_id, before, after, address, request_id, operation, hash FROM audit_events"
            " WHERE sequence = 7",
            8,
        ),
    ],
)
async def test_tampering_is_found_and_the_first_wrong_place_is_named(
    superuser: SuperUser, maker: Principal, stranger: Principal, tampering: str, place: int
) -> None:
    for statement in tampering.split(";"):
        clause = "AND" if "WHERE" in statement else "WHERE"
        superuser(f"{statement} {clause} organization_id = '{NEWSROOM_ID}'")
    verdict = await audit.verify(maker)
    assert verdict.broken_at == place
    assert verdict.reason is not None
    assert await broken_at(stranger) is None
    assert [(each.organization_id, each.broken_at) for each in await audit.verify_all()] == [
        (NEWSROOM_ID, place),
        (OTHER_ID, None),
    ]


async def test_a_chain_that_was_computed_anew_does_not_fit_a_head_that_was_noted(
    superuser: SuperUser, infra: Infrastructure, maker: Principal
) -> None:
    noted = (await audit.verify(maker)).head
    superuser(f"DELETE FROM audit_events WHERE organization_id = '{NEWSROOM_ID}'")
    superuser(f"DELETE FROM audit_heads WHERE organization_id = '{NEWSROOM_ID}'")
    for _ in range(LENGTH + 1):
        async with infra.unit_of_work(maker):
            audit.record(maker, "feed.updated", target=("feed", new_id()))
    assert await broken_at(maker) is None
    assert (await audit.verify(maker, noted)).broken_at == LENGTH
    assert (await audit.verify(maker, Head(100, noted.hash))).broken_at == LENGTH + 2


async def test_a_head_that_was_noted_still_fits_when_the_log_has_grown(infra: Infrastructure, maker: Principal) -> None:
    noted = (await audit.verify(maker)).head
    async with infra.unit_of_work(maker):
        audit.record(maker, "feed.updated", target=("feed", new_id()))
    assert (await audit.verify(maker, noted)).broken_at is None


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO audit_events SELECT * FROM audit_events",
        "UPDATE audit_events SET action = 'x'",
        "DELETE FROM audit_events",
        "TRUNCATE audit_events",
        "UPDATE audit_heads SET count = 0",
        "INSERT INTO audit_heads SELECT * FROM audit_heads",
        "DELETE FROM audit_heads",
    ],
)
async def test_the_application_can_change_nothing(infra: Infrastructure, maker: Principal, statement: str) -> None:
    async def try_it() -> None:
        async with infra.unit_of_work(maker):
            await (await connection()).execute(statement.encode())

    with pytest.raises(Exception, match="permission denied"):
        await try_it()


async def test_the_application_sees_the_log_of_its_own_organisation_only(
    infra: Infrastructure, stranger: Principal
) -> None:
    async with infra.unit_of_work(stranger):
        cursor = await (await connection()).execute("SELECT organization_id FROM audit_events")
        assert {row[0] for row in await cursor.fetchall()} == {OTHER_ID}
