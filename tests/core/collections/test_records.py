"""Every write of a list leaves one entry in the audit log, in the organisation that the list belongs to."""

from contextlib import closing
from typing import Any

import psycopg

from core.collections.service import collections, items, public_feeds
from core.collections.types import NewItem
from core.infra.context import Infrastructure
from core.kit import ids
from core.kit.principal import Principal
from tests.support.people import People

URL = "https://example.org"


def written(infra: Infrastructure, principal: Principal) -> list[tuple[Any, ...]]:
    """Action, target and actor of the entries of the principal's organisation, in their order."""
    with psycopg.connect(infra.db.url) as owner:
        return owner.execute(
            "SELECT action, target_kind, target_id, actor_id FROM audit_events WHERE organization_id = %s"
            " ORDER BY sequence",
            (principal.organization_id,),
        ).fetchall()


async def test_every_write_is_recorded_once(infra: Infrastructure, tenant: Principal) -> None:
    async with infra.unit_of_work(tenant):
        made = await collections.create(tenant, name="Mine")
        list_id = ids.encode("col", made.id)
    async with infra.unit_of_work(tenant):
        await collections.update(tenant, list_id, {"name": "Ours"})
        first = await items.add(tenant, list_id, NewItem(url=f"{URL}/1"))
        second = (await items.add_many(tenant, list_id, [NewItem(url=f"{URL}/2"), NewItem(url="no url")]))[0].item
        assert second is not None
        item_ids = [ids.encode("itm", row.id) for row in (first, second)]
    async with infra.unit_of_work(tenant):
        await items.update(tenant, list_id, item_ids[0], {"status": "done"})
        await items.reorder(tenant, list_id, [item_ids[1]], before=item_ids[0])
        await items.remove(tenant, list_id, item_ids[0])
    async with infra.unit_of_work(tenant):
        await public_feeds.open(tenant, list_id)
        await public_feeds.close(tenant, list_id)
        copy = await collections.duplicate(tenant, list_id)
        await collections.delete(tenant, list_id)
    key = ids.encode("key", tenant.principal_id)
    assert written(infra, tenant) == [
        ("collection.created", "collection", list_id, key),
        ("collection.updated", "collection", list_id, key),
        ("item.added", "item", item_ids[0], key),
        ("items.added", "collection", list_id, key),
        ("item.updated", "item", item_ids[0], key),
        ("items.reordered", "collection", list_id, key),
        ("item.removed", "item", item_ids[0], key),
        ("public_feed.opened", "collection", list_id, key),
        ("public_feed.closed", "collection", list_id, key),
        ("collection.duplicated", "collection", ids.encode("col", copy.id), key),
        ("collection.deleted", "collection", list_id, key),
    ]


async def test_what_adds_nothing_is_not_recorded(infra: Infrastructure, tenant: Principal) -> None:
    async with infra.unit_of_work(tenant):
        made = await collections.create(tenant, name="Mine")
        await items.add_many(tenant, ids.encode("col", made.id), [NewItem(url="no url"), NewItem()])
    assert [action for action, *_ in written(infra, tenant)] == ["collection.created"]


async def test_what_a_guest_does_is_recorded_where_the_list_is(infra: Infrastructure, tenant: Principal) -> None:
    async with infra.unit_of_work(tenant):
        list_id = ids.encode("col", (await collections.create(tenant, name="Shared")).id)
    with closing(People(infra.db.url, infra.secret)) as people:
        guest = people.person()
        people.execute(
            "INSERT INTO collection_collaborators (organization_id, collection_id, account_id, role)"
            " VALUES (%s, %s, %s, 'editor')",
            tenant.organization_id,
            ids.decode("col", list_id),
            guest.account_id,
        )
    person = Principal(guest.organization, guest.account_id, "user", tenant.scopes, role="owner")
    async with infra.unit_of_work(person):
        await items.add(person, list_id, NewItem(url=URL))
        await collections.duplicate(person, list_id)
    assert [(row[0], row[3]) for row in written(infra, tenant)][1:] == [("item.added", guest.id)]
    assert [(row[0], row[3]) for row in written(infra, person)] == [("collection.duplicated", guest.id)]
