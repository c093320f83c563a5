"""Whom a reading list is shared with, in v2: invite, accept, look, change and leave."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from core.kit import ids
from tests.handlers.conftest import Seeded
from tests.support.people import People, Person
from tests.support.sharing import LISTS, Shared, share, shared_ids, token_of


async def test_nobody_invites_without_a_credential(api: httpx.AsyncClient, own: tuple[str, Person]) -> None:
    body = {"email": "a@example.org", "role": "viewer"}
    assert (await api.post(f"{own[0]}/invitations", json=body)).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/collaborators", None),
        ("GET", "/collaborators/{}", None),
        ("PATCH", "/collaborators/{}", {"role": "owner"}),
        ("DELETE", "/collaborators/{}", None),
        ("GET", "/invitations", None),
        ("POST", "/invitations", {"email": "a@example.org", "role": "viewer"}),
        ("GET", "/invitations/inv_0350oDqTdZRkfakP5xfzv3", None),
        ("DELETE", "/invitations/inv_0350oDqTdZRkfakP5xfzv3", None),
    ],
)
async def test_a_stranger_learns_nothing_of_who_works_on_a_list(
    api: httpx.AsyncClient,
    seeded: Seeded,
    own: tuple[str, Person],
    guest: Person,
    people: People,
    method: str,
    path: str,
    body: dict[str, str] | None,
) -> None:
    shared = await share(api, seeded, own, guest, "editor")
    stranger = people.person()
    address = shared.address + path.format(guest.id)
    response = await api.request(method, address, json=body, headers=stranger.header)
    assert (response.status_code, response.json()["code"]) == (404, "collection_not_found")


@pytest.mark.parametrize("role", ["viewer", "editor"])
async def test_only_an_owner_decides_who_works_on_a_list(
    api: httpx.AsyncClient, seeded: Seeded, own: tuple[str, Person], guest: Person, people: People, role: str
) -> None:
    shared = await share(api, seeded, own, guest, role)
    other = people.person()
    await share(api, seeded, own, other, "viewer")
    requests: list[tuple[str, str, dict[str, str] | None]] = [
        ("POST", "/invitations", {"email": "a@example.org", "role": "viewer"}),
        ("GET", "/invitations", None),
        ("GET", "/invitations/inv_0350oDqTdZRkfakP5xfzv3", None),
        ("DELETE", "/invitations/inv_0350oDqTdZRkfakP5xfzv3", None),
        ("PATCH", f"/collaborators/{other.id}", {"role": "owner"}),
        ("PATCH", f"/collaborators/{guest.id}", {"role": "owner"}),
        ("DELETE", f"/collaborators/{other.id}", None),
        ("POST", "/public-feed", None),
        ("DELETE", "", None),
    ]
    for method, path, body in requests:
        response = await api.request(method, shared.address + path, json=body, headers=guest.header)
        assert (response.status_code, response.json()["code"]) == (403, "forbidden"), path


async def test_a_guest_sees_nothing_else_of_the_organisation(
    api: httpx.AsyncClient, seeded: Seeded, own: tuple[str, Person], guest: Person
) -> None:
    shared = await share(api, seeded, own, guest, "owner")
    others = [
        (await api.post(LISTS, json={"name": "Else", "visibility": visibility}, headers=shared.owner.header)).json()
        for visibility in ("organization", "private")
    ]
    assert await shared_ids(api, guest) == [shared.id]
    for other in others:
        assert (await api.get(f"{LISTS}/{other['id']}", headers=guest.header)).status_code == 404
    listed = (await api.get(LISTS, headers=guest.header)).json()["data"]
    assert not {row["id"] for row in listed} & {shared.id, *(other["id"] for other in others)}


async def test_a_viewer_reads_and_cannot_write(
    api: httpx.AsyncClient, seeded: Seeded, own: tuple[str, Person], guest: Person
) -> None:
    shared = await share(api, seeded, own, guest, "viewer")
    items = (await api.get(f"{shared.address}/items", headers=guest.header)).json()["data"]
    assert [item["url"] for item in items] == ["https://example.org/1"]
    requests: list[tuple[str, str, dict[str, Any] | None]] = [
        ("PATCH", "", {"name": "x"}),
        ("POST", "/items", {"url": "https://example.org/2"}),
        ("POST", "/items/bulk", {"items": [{"url": "https://example.org/2"}]}),
        ("POST", "/items/reorder", {"item_ids": [items[0]["id"]], "before": items[0]["id"]}),
        ("PATCH", f"/items/{items[0]['id']}", {"status": "done"}),
        ("DELETE", f"/items/{items[0]['id']}", None),
    ]
    for method, path, body in requests:
        response = await api.request(method, shared.address + path, json=body, headers=guest.header)
        assert (response.status_code, response.json()["code"]) == (403, "forbidden"), path


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_a_change_to_what_somebody_else_has_changed_is_refused(
    api: httpx.AsyncClient, seeded: Seeded, own: tuple[str, Person], guest: Person, method: str
) -> None:
    shared = await share(api, seeded, own, guest, "viewer")
    address, owner = f"{shared.address}/collaborators/{guest.id}", shared.owner.header
    seen = (await api.get(address, headers=owner)).headers["etag"]
    assert (await api.patch(address, json={"role": "editor"}, headers=owner)).status_code == 200
    body = {"role": "owner"} if method == "PATCH" else None
    response = await api.request(method, address, json=body, headers={**owner, "If-Match": seen})
    assert (response.status_code, response.json()["code"]) == (412, "precondition_failed")
    assert (await api.get(address, headers=owner)).json()["role"] == "editor"


async def test_an_unknown_person_is_no_collaborator(api: httpx.AsyncClient, own: tuple[str, Person]) -> None:
    for account_id in (own[1].id, ids.encode("acct", ids.new_id()), f"acct_{'z' * 22}"):
        response = await api.get(f"{own[0]}/collaborators/{account_id}", headers=own[1].header)
        assert (response.status_code, response.json()["code"]) == (404, "collaborator_not_found")


async def test_an_invited_editor_works_on_the_list(
    api: httpx.AsyncClient, seeded: Seeded, own: tuple[str, Person], guest: Person
) -> None:
    shared = await share(api, seeded, own, guest, "editor")
    assert await shared_ids(api, guest) == [shared.id]
    added = await api.post(f"{shared.address}/items", json={"article_id": seeded.stories[0]}, headers=guest.header)
    assert added.status_code == 201
    changed = await api.patch(
        f"{shared.address}/items/{added.json()['id']}", json={"status": "done"}, headers=guest.header
    )
    assert changed.status_code == 200
    renamed = await api.patch(shared.address, json={"name": "Renamed"}, headers=guest.header)
    assert renamed.json() == (await api.get(shared.address, headers=shared.owner.header)).json()
    assert renamed.json()["item_count"] == 2


async def test_a_guest_does_not_use_the_articles_of_the_list_s_organisation(
    api: httpx.AsyncClient, seeded: Seeded, people: People, guest: Person
) -> None:
    """What may be added is decided by what the guest can read at home: ids cannot be tried out in the list."""
    owner = people.person()
    feed = seeded.seed.feed(f"feed-{owner.id[-8:].lower()}", organization_id=owner.organization)
    private_story = seeded.seed.article(feed, organization_id=owner.organization)
    made = await api.post(LISTS, json={"name": "Shared"}, headers=owner.header)
    own = (made.headers["location"], owner)
    shared = await share(api, seeded, own, guest, "editor")
    body = {"article_id": private_story}
    refused = await api.post(f"{shared.address}/items", json=body, headers=guest.header)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "unknown_article")
    assert (await api.post(f"{shared.address}/items", json=body, headers=owner.header)).status_code == 201


async def test_an_invited_owner_may_what_the_maker_may(
    api: httpx.AsyncClient, seeded: Seeded, own: tuple[str, Person], guest: Person
) -> None:
    shared = await share(api, seeded, own, guest, "owner")
    assert (await api.post(f"{shared.address}/public-feed", headers=guest.header)).status_code == 201
    token = await invite_as(api, seeded, shared, "third@example.org")
    assert token.startswith("tdi_")
    assert (await api.delete(shared.address, headers=guest.header)).status_code == 204
    assert (await api.get(shared.address, headers=shared.owner.header)).status_code == 404


async def invite_as(api: httpx.AsyncClient, seeded: Seeded, shared: Shared, email: str) -> str:
    """An invitation by the guest."""
    body = {"email": email, "role": "viewer"}
    made = (await api.post(f"{shared.address}/invitations", json=body, headers=shared.guest.header)).json()
    return await token_of(seeded.infra, shared.owner.organization, made["id"])


async def test_a_copy_of_a_shared_list_belongs_to_the_guest(
    api: httpx.AsyncClient, seeded: Seeded, own: tuple[str, Person], guest: Person
) -> None:
    shared = await share(api, seeded, own, guest, "viewer")
    copy = (await api.post(f"{shared.address}/duplicate", json={"name": "Mine"}, headers=guest.header)).json()
    assert (copy["organization_id"], copy["created_by"], copy["item_count"]) == (guest.organization_id, guest.id, 1)
    items = (await api.get(f"{LISTS}/{copy['id']}/items", headers=guest.header)).json()["data"]
    assert [item["url"] for item in items] == ["https://example.org/1"]
    assert (await api.get(f"{LISTS}/{copy['id']}", headers=shared.owner.header)).status_code == 404


async def test_everybody_in_a_list_sees_who_works_on_it(
    api: httpx.AsyncClient, seeded: Seeded, own: tuple[str, Person], guest: Person, people: People
) -> None:
    shared = await share(api, seeded, own, guest, "viewer")
    second = people.person(name="Second Guest")
    await share(api, seeded, own, second, "editor")
    response = await api.get(f"{shared.address}/collaborators", params={"limit": 1}, headers=guest.header)
    found = response.json()["data"]
    while "next" in response.links:
        response = await api.get(response.links["next"]["url"], headers=guest.header)
        found += response.json()["data"]
    told = [(row["account_id"], row["name"], row["email"], row["role"]) for row in found]
    assert told == [
        (guest.id, "Grace Guest", guest.email, "viewer"),
        (second.id, "Second Guest", second.email, "editor"),
    ]


async def test_who_leaves_or_is_removed_has_no_way_in(
    api: httpx.AsyncClient, seeded: Seeded, own: tuple[str, Person], guest: Person, people: People
) -> None:
    shared = await share(api, seeded, own, guest, "viewer")
    second = people.person()
    await share(api, seeded, own, second, "editor")
    left = await api.delete(f"{shared.address}/collaborators/{guest.id}", headers=guest.header)
    removed = await api.delete(f"{shared.address}/collaborators/{second.id}", headers=shared.owner.header)
    assert (left.status_code, removed.status_code) == (204, 204)
    for person in (guest, second):
        assert (await api.get(shared.address, headers=person.header)).status_code == 404
        assert await shared_ids(api, person) == []


async def test_who_leaves_the_organisation_loses_the_lists_that_were_shared_there(
    api: httpx.AsyncClient, seeded: Seeded, people: People
) -> None:
    owner, member = people.person(), people.person()
    people.join(member.account_id, owner.organization, "editor")
    made = await api.post(LISTS, json={"name": "Shared", "visibility": "private"}, headers=owner.header)
    address = made.headers["location"]
    seeded.seed.collaborator(made.json()["id"], member.account_id, "owner", organization_id=owner.organization)
    assert (await api.get(address, headers=member.header)).status_code == 200
    seeded.seed.execute(
        "DELETE FROM memberships WHERE account_id = %s AND organization_id = %s", member.account_id, owner.organization
    )
    assert (await api.get(address, headers=member.header)).status_code == 404


async def test_a_list_of_a_suspended_organisation_is_not_there_for_its_guests(
    api: httpx.AsyncClient, seeded: Seeded, own: tuple[str, Person], guest: Person
) -> None:
    shared = await share(api, seeded, own, guest, "viewer")
    seeded.seed.execute("UPDATE organizations SET suspended_at = now() WHERE id = %s", shared.owner.organization)
    assert (await api.get(shared.address, headers=guest.header)).status_code == 404
    assert await shared_ids(api, guest) == []


async def test_v1_lets_a_guest_change_an_item_and_refuses_everybody_else(
    api: httpx.AsyncClient, seeded: Seeded, own: tuple[str, Person], guest: Person, people: People
) -> None:
    shared = await share(api, seeded, own, guest, "editor")
    (item,) = (await api.get(f"{shared.address}/items", headers=guest.header)).json()["data"]
    address = f"/v1/items/{item['id']}"
    assert (await api.patch(address, json={"status": "done"}, headers=guest.header)).status_code == 200
    refused = await api.patch(address, json={"status": "done"}, headers=people.person().header)
    assert (refused.status_code, refused.json()["error"]) == (403, "FORBIDDEN")
