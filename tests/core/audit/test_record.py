"""Events are written with the transaction that they belong to, and say who did what to what."""

from datetime import UTC, datetime

import pytest

from core.audit.masking import MASK
from core.audit.service import audit
from core.infra.context import Infrastructure
from core.infra.db import session
from core.kit import ids, request
from core.kit.principal import NEWSROOM_ID, Principal, job, operator
from tests.core.audit.conftest import SuperUser
from tests.support.infrastructure import OTHER_ID

FEED = ids.new_id()
ALL = "SELECT * FROM audit_events ORDER BY organization_id, sequence"


async def test_a_change_that_is_rolled_back_leaves_no_event(
    infra: Infrastructure, maker: Principal, superuser: SuperUser
) -> None:
    async def fail() -> None:
        async with infra.unit_of_work(maker):
            audit.record(maker, "feed.created", target=("feed", FEED))
            await session()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert superuser(ALL) == []


async def test_the_events_of_a_transaction_are_numbered_in_their_order(
    infra: Infrastructure, maker: Principal, superuser: SuperUser
) -> None:
    for actions in (("feed.created",), ("feed.updated", "feed.deleted")):
        async with infra.unit_of_work(maker):
            for action in actions:
                audit.record(maker, action, target=("feed", FEED))
    events = superuser(ALL)
    assert [(event["sequence"], event["action"]) for event in events] == [
        (1, "feed.created"),
        (2, "feed.updated"),
        (3, "feed.deleted"),
    ]
    assert {event["target_id"] for event in events} == {ids.encode("feed", FEED)}
    assert [event["at"] for event in events] == sorted(event["at"] for event in events)
    assert all(len(event["hash"]) == 32 for event in events)


async def test_each_organisation_has_its_own_log(
    infra: Infrastructure, maker: Principal, stranger: Principal, superuser: SuperUser
) -> None:
    async with infra.unit_of_work(maker):
        audit.record(stranger, "feed.created", target=("feed", FEED))
        audit.record(maker, "feed.created", target=("feed", FEED))
    assert [(event["organization_id"], event["sequence"]) for event in superuser(ALL)] == [
        (NEWSROOM_ID, 1),
        (OTHER_ID, 1),
    ]


async def test_the_request_behind_a_change_is_remembered(
    infra: Infrastructure, maker: Principal, superuser: SuperUser
) -> None:
    request.enter(request.Origin("req-1", "192.0.2.7", "v2.createFeed"))
    async with infra.unit_of_work(maker):
        audit.record(maker, "feed.created", target=("feed", "battery-weekly"), after={"title": "A"})
    (event,) = superuser(ALL)
    assert (event["request_id"], event["address"], event["operation"]) == ("req-1", "192.0.2.7", "v2.createFeed")
    assert (event["actor_kind"], event["actor_id"]) == ("api_key", ids.encode("key", maker.principal_id))
    assert (event["target_kind"], event["target_id"]) == ("feed", "battery-weekly")
    assert (event["before"], event["after"]) == (None, {"title": "A"})


@pytest.mark.parametrize("actor", [operator(), job(NEWSROOM_ID)], ids=["operator", "job"])
async def test_the_command_line_and_jobs_are_actors_without_a_request(
    infra: Infrastructure, actor: Principal, superuser: SuperUser
) -> None:
    async with infra.unit_of_work(actor):
        audit.record(actor, "feed.created", target=("feed", FEED))
    (event,) = superuser(ALL)
    assert (event["actor_id"], event["actor_name"]) == (actor.kind, "Operator")
    assert event["request_id"] is event["address"] is event["operation"] is None


async def test_only_members_that_differ_are_kept_and_secrets_are_not(
    infra: Infrastructure, maker: Principal, superuser: SuperUser
) -> None:
    at = datetime(2026, 11, 21, tzinfo=UTC)
    before = {"name": "a", "scopes": ("x",), "key": "old", "expires_at": None}
    after = {"name": "a", "scopes": ("x", "y"), "key": "new", "expires_at": at}
    async with infra.unit_of_work(maker):
        audit.record(maker, "api_key.updated", target=("api_key", FEED), before=before, after=after)
    (event,) = superuser(ALL)
    assert event["before"] == {"scopes": ["x"], "key": MASK, "expires_at": None}
    assert event["after"] == {"scopes": ["x", "y"], "key": MASK, "expires_at": "2026-11-21T00:00:00Z"}
