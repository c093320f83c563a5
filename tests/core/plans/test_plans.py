"""What plans allow: from the settings, counted and measured, refused when it is used up."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.collections.service import collections, items
from core.collections.types import NewItem
from core.errors import LimitReached
from core.infra.context import Infrastructure, use
from core.keys.service import keys
from core.kit import ids
from core.kit.clock import FixedClock
from core.kit.principal import Principal, operator
from core.notes.service import notes
from core.plans.service import MEASURED_FOR, plans
from core.plans.types import Resource
from core.settings import InvalidSettings, as_environment, load
from tests.support.people import People

FULL = '{"free": {"keys": 1, "feeds": 2, "members": 1, "storage_bytes": 0}}'
SMALL = '{"free": {"keys": 1, "feeds": 2, "members": 1, "storage_bytes": 500}}'


@pytest.fixture
def owner(people: People) -> Principal:
    organization_id = people.organization("harbour-desk")
    person = people.person("owner", organization_id)
    return Principal(organization_id, person.account_id, "user", frozenset({"articles:read"}), role="owner")


def small(infra: Infrastructure, **more: Any) -> Infrastructure:
    """The same process with tight plans."""
    values = {name: value for name, value in infra.settings.model_dump().items() if name != "plans"}
    return replace(infra, settings=load({}, **{**values, "plans": SMALL, **more}))


async def room(infra: Infrastructure, principal: Principal, resource: Resource, **more: int) -> bool:
    with use(infra):
        try:
            async with infra.unit_of_work(principal):
                if resource == "storage_bytes":
                    plans.require_storage(principal)
                else:
                    await plans.require_room(principal, resource, **more)
        except LimitReached:
            return False
    return True


def note(people: People, owner: Principal, size: int) -> None:
    """A collection with a long description takes room as well as anything."""
    people.execute(
        "INSERT INTO collections (organization_id, id, name, name_key, sort_key, description, visibility,"
        " created_by, created_by_kind) VALUES (%s, %s, 'List', 'list', 'list', %s, 'organization', %s, 'user')",
        owner.organization_id, ids.new_id(), "".join(chr(97 + i * i * 7 % 26) for i in range(size)), owner.principal_id,
    )  # fmt: skip


@pytest.mark.parametrize(
    "value", ["no json", "[]", '{"free": {"keys": -1}}', '{"free": {"colour": "red"}}', '{"team": {"keys": 1}}']
)
def test_plans_that_make_no_sense_are_refused_by_name(value: str) -> None:
    with pytest.raises(InvalidSettings, match="TIDINGS_PLANS"):
        load({"TIDINGS_PLANS": value})


def test_plans_survive_the_way_to_a_child_process() -> None:
    settings = load({"TIDINGS_PLANS": SMALL})
    assert load(as_environment(settings)) == settings
    assert settings.plans["free"].keys == 1
    assert settings.plans["team"] == load({}).plans["team"]


def test_a_plan_that_was_taken_away_allows_what_the_free_one_does(infra: Infrastructure) -> None:
    assert plans.named("gold") == plans.named("free")


def test_the_settings_of_the_instance_bound_every_plan(infra: Infrastructure) -> None:
    with use(small(infra, feeds_per_organization=1, free_requests_per_hour=7)):
        assert plans.named("free").most["feeds"] == 1
        assert plans.named("free").requests_per_hour == 7
        assert plans.named("team").most["feeds"] == 1
        assert plans.named("operator").most["feeds"] == 1


async def test_there_is_room_until_there_is_none(infra: Infrastructure, owner: Principal) -> None:
    tight = small(infra)
    assert await room(tight, owner, "keys")
    assert not await room(tight, owner, "keys", more=2)
    assert await room(tight, owner, "feeds", more=2)
    assert not await room(tight, owner, "feeds", pending=2)
    assert not await room(tight, owner, "members")


async def test_the_operator_s_plan_has_room_for_members_without_end(infra: Infrastructure) -> None:
    assert await room(small(infra), operator(), "members", more=10_000)


async def test_two_at_once_cannot_both_take_the_last_place(infra: Infrastructure, owner: Principal) -> None:
    tight = small(infra)

    async def make() -> bool:
        with use(tight):
            try:
                async with tight.unit_of_work(owner):
                    await keys.create(owner, name="x", scopes=["articles:read"])
            except LimitReached:
                return False
        return True

    assert sorted(await asyncio.gather(*(make() for _ in range(4)))) == [False, False, False, True]


async def test_storage_is_measured_at_most_every_five_minutes(
    infra: Infrastructure, people: People, owner: Principal
) -> None:
    tight = small(infra)
    assert await room(tight, owner, "storage_bytes")
    note(people, owner, 600)
    assert await room(tight, owner, "storage_bytes")
    later = replace(tight, clock=FixedClock(tight.clock.now() + MEASURED_FOR + timedelta(seconds=1)))
    assert not await room(later, owner, "storage_bytes")


async def test_another_organisation_s_storage_does_not_count(
    infra: Infrastructure, people: People, owner: Principal
) -> None:
    note(people, owner, 600)
    other = people.person()
    neighbour = Principal(other.organization, other.account_id, "user", role="owner")
    for principal, is_empty in ((neighbour, True), (owner, False)):
        async with infra.unit_of_work(principal):
            assert ((await plans.use(principal)).used["storage_bytes"] == 0) is is_empty


async def test_private_notes_of_others_count_whoever_measures(
    infra: Infrastructure, people: People, owner: Principal
) -> None:
    """Nobody else sees them, and they are what the plan's storage goes to all the same."""
    colleague = people.person("editor", owner.organization_id)
    people.execute(
        "INSERT INTO notes (organization_id, id, article_id, article_revision, author_id, author_kind, visibility,"
        " body, language) VALUES (%s, %s, %s, 1, %s, 'user', 'private', 'Only mine', 'en')",
        owner.organization_id, ids.new_id(), ids.new_id(), colleague.account_id,
    )  # fmt: skip
    seen = []
    for principal in (owner, Principal(owner.organization_id, colleague.account_id, "user", role="editor")):
        async with infra.unit_of_work(principal):
            seen.append((await plans.use(principal)).used["storage_bytes"])
    assert seen[0] == seen[1] > 0


async def test_a_full_plan_refuses_another_text_of_a_note_and_lets_it_be_shared(
    infra: Infrastructure, people: People, owner: Principal
) -> None:
    note_id = ids.new_id()
    people.execute(
        "INSERT INTO notes (organization_id, id, article_id, article_revision, author_id, author_kind, visibility,"
        " body, language) VALUES (%s, %s, %s, 1, %s, 'user', 'private', 'As it was', 'en')",
        owner.organization_id, note_id, ids.new_id(), owner.principal_id,
    )  # fmt: skip
    values = {name: value for name, value in infra.settings.model_dump().items() if name != "plans"}
    full = replace(infra, settings=load({}, **{**values, "plans": FULL}))
    id_ = ids.encode("note", note_id)
    with use(full):
        with pytest.raises(LimitReached):
            async with full.unit_of_work(owner):
                await notes.update(owner, id_, {"body": "A longer text than before"})
        async with full.unit_of_work(owner):
            shared = await notes.update(owner, id_, {"visibility": "organization"})
    assert (shared.note.body, shared.note.visibility) == ("As it was", "organization")


async def test_a_full_plan_refuses_longer_texts_of_an_item_and_nothing_else(
    infra: Infrastructure, owner: Principal
) -> None:
    async with infra.unit_of_work(owner):
        reading_list = ids.encode("col", (await collections.create(owner, name="Harbour")).id)
        added = await items.add(owner, reading_list, NewItem(url="https://example.org/1", title="As it was"))
    item = ids.encode("itm", added.id)
    values = {name: value for name, value in infra.settings.model_dump().items() if name != "plans"}
    full = replace(infra, settings=load({}, **{**values, "plans": FULL}))
    with use(full):
        for change in ({"title": "A longer title than before"}, {"tags": ["harbour"]}):
            with pytest.raises(LimitReached):
                async with full.unit_of_work(owner):
                    await items.update(owner, reading_list, item, change)
        async with full.unit_of_work(owner):
            changed = await items.update(owner, reading_list, item, {"title": "Shorter", "status": "done"})
    assert (changed.title, changed.status, changed.tags) == ("Shorter", "done", [])
