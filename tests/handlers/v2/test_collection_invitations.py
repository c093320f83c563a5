"""Invitations to a reading list, in v2: make, look at, withdraw and accept."""

from __future__ import annotations

import httpx
import pytest

from core.kit import ids
from tests.handlers.conftest import Seeded
from tests.support.people import People, Person
from tests.support.sharing import ACCEPT, LISTS, invite, share, shared_ids, token_of


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/email"),
        ({"email": "nobody", "role": "viewer"}, "/email"),
        ({"email": "a@example.org", "role": "admin"}, "/role"),
        ({"email": "a@example.org", "role": "viewer", "name": "A"}, "/name"),
    ],
)
async def test_a_bad_invitation_is_refused(
    api: httpx.AsyncClient, own: tuple[str, Person], body: dict[str, str], pointer: str
) -> None:
    response = await api.post(f"{own[0]}/invitations", json=body, headers=own[1].header)
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, pointer)


async def test_an_address_is_invited_once_at_a_time(api: httpx.AsyncClient, own: tuple[str, Person]) -> None:
    body = {"email": "twice@example.org", "role": "viewer"}
    assert (await api.post(f"{own[0]}/invitations", json=body, headers=own[1].header)).status_code == 201
    response = await api.post(f"{own[0]}/invitations", json=body, headers=own[1].header)
    assert (response.status_code, response.json()["code"]) == (409, "already_invited")


async def test_an_invitation_is_for_whom_it_names_and_works_once(
    api: httpx.AsyncClient, seeded: Seeded, own: tuple[str, Person], guest: Person, people: People
) -> None:
    token = await invite(api, seeded.infra, *own, guest.email, "viewer")
    other = people.person()
    refused = await api.post(ACCEPT, json={"token": token}, headers=other.header)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert (await api.post(ACCEPT, json={"token": token}, headers=guest.header)).status_code == 200
    again = await api.post(ACCEPT, json={"token": token}, headers=guest.header)
    assert (again.status_code, again.json()["code"]) == (409, "invitation_used")


async def test_a_key_accepts_no_invitation(
    api: httpx.AsyncClient, seeded: Seeded, own: tuple[str, Person], guest: Person, all_scopes: dict[str, str]
) -> None:
    token = await invite(api, seeded.infra, *own, guest.email, "viewer")
    response = await api.post(ACCEPT, json={"token": token}, headers=all_scopes)
    assert (response.status_code, response.json()["code"]) == (403, "insufficient_scope")


async def test_a_changed_or_made_up_token_is_refused(
    api: httpx.AsyncClient, seeded: Seeded, own: tuple[str, Person], guest: Person
) -> None:
    token = await invite(api, seeded.infra, *own, guest.email, "viewer")
    changed = token[:10] + ("A" if token[10] != "A" else "B") + token[11:]
    for forged in (changed, f"tdi_{'A' * 64}"):
        response = await api.post(ACCEPT, json={"token": forged}, headers=guest.header)
        assert (response.status_code, response.json()["code"]) == (422, "invalid_invitation")
    assert await shared_ids(api, guest) == []


async def test_an_expired_invitation_is_refused(
    api: httpx.AsyncClient, seeded: Seeded, own: tuple[str, Person], guest: Person
) -> None:
    token = await invite(api, seeded.infra, *own, guest.email, "viewer")
    seeded.seed.execute("UPDATE invitations SET expires_at = now() WHERE email = %s", guest.email)
    response = await api.post(ACCEPT, json={"token": token}, headers=guest.header)
    assert (response.status_code, response.json()["code"]) == (410, "invitation_expired")


async def test_an_invitation_to_a_list_that_is_gone_leads_nowhere(
    api: httpx.AsyncClient, seeded: Seeded, own: tuple[str, Person], guest: Person
) -> None:
    token = await invite(api, seeded.infra, *own, guest.email, "viewer")
    assert (await api.delete(own[0], headers=own[1].header)).status_code == 204
    response = await api.post(ACCEPT, json={"token": token}, headers=guest.header)
    assert (response.status_code, response.json()["code"]) == (404, "collection_not_found")


async def test_an_owner_sees_what_became_of_the_invitations(
    api: httpx.AsyncClient, seeded: Seeded, own: tuple[str, Person], guest: Person
) -> None:
    shared = await share(api, seeded, own, guest, "viewer")
    await api.post(
        f"{shared.address}/invitations", json={"email": "b@example.org", "role": "editor"}, headers=shared.owner.header
    )
    rows = (await api.get(f"{shared.address}/invitations", headers=shared.owner.header)).json()["data"]
    assert [(row["email"], row["role"], row["accepted_at"] is not None) for row in rows] == [
        ("b@example.org", "editor", False),
        (guest.email, "viewer", True),
    ]


async def test_an_invitation_that_is_not_one_to_this_list_is_not_found(
    api: httpx.AsyncClient, own: tuple[str, Person], people: People
) -> None:
    address, owner = own
    desk = people.organization("desk-of-the-lists")
    other = (await api.post(LISTS, json={"name": "Other"}, headers=owner.header)).headers["location"]
    body = {"email": "b@example.org", "role": "editor"}
    elsewhere = (await api.post(f"{other}/invitations", json=body, headers=owner.header)).json()["id"]
    boss = people.person("owner", desk)
    to_desk = f"/v2/organizations/{ids.encode('org', desk)}/invitations"
    member = (await api.post(to_desk, json={**body, "role": "viewer"}, headers=boss.header)).json()["id"]
    for invitation in (elsewhere, member, ids.encode("inv", ids.new_id())):
        for method in ("GET", "DELETE"):
            response = await api.request(method, f"{address}/invitations/{invitation}", headers=owner.header)
            assert (response.status_code, response.json()["code"]) == (404, "invitation_not_found")


async def test_an_invitation_that_was_accepted_is_not_withdrawn(
    api: httpx.AsyncClient, seeded: Seeded, own: tuple[str, Person], guest: Person
) -> None:
    shared = await share(api, seeded, own, guest, "viewer")
    (row,) = (await api.get(f"{shared.address}/invitations", headers=shared.owner.header)).json()["data"]
    response = await api.delete(f"{shared.address}/invitations/{row['id']}", headers=shared.owner.header)
    assert (response.status_code, response.json()["code"]) == (409, "invitation_used")
    assert (await api.get(shared.address, headers=guest.header)).status_code == 200


async def test_an_invitation_that_has_changed_since_it_was_read_is_not_withdrawn(
    api: httpx.AsyncClient, own: tuple[str, Person]
) -> None:
    address, owner = own
    body = {"email": "b@example.org", "role": "editor"}
    one = (await api.post(f"{address}/invitations", json=body, headers=owner.header)).headers["location"]
    headers = {**owner.header, "If-Match": '"of-another-state"'}
    response = await api.delete(one, headers=headers)
    assert (response.status_code, response.json()["code"]) == (412, "precondition_failed")
    assert (await api.get(one, headers=owner.header)).json()["revoked_at"] is None


async def test_a_withdrawn_invitation_lets_nobody_in_and_makes_room_for_another(
    api: httpx.AsyncClient, seeded: Seeded, own: tuple[str, Person], guest: Person
) -> None:
    address, owner = own
    body = {"email": guest.email, "role": "editor"}
    made = await api.post(f"{address}/invitations", json=body, headers=owner.header)
    one = made.headers["location"]
    token = await token_of(seeded.infra, owner.organization, made.json()["id"])
    read = await api.get(one, headers=owner.header)
    assert read.json() == made.json()
    assert (await api.delete(one, headers={**owner.header, "If-Match": read.headers["etag"]})).status_code == 204
    assert (await api.delete(one, headers=owner.header)).status_code == 204
    assert (await api.get(one, headers=owner.header)).json()["revoked_at"] is not None
    refused = await api.post(ACCEPT, json={"token": token}, headers=guest.header)
    assert (refused.status_code, refused.json()["code"]) == (410, "invitation_expired")
    assert (await api.post(f"{address}/invitations", json=body, headers=owner.header)).status_code == 201
    log = (await api.get("/v2/audit-events", params={"limit": 100}, headers=owner.header)).json()["data"]
    assert [event["action"] for event in log].count("collaborator.uninvited") == 1
