"""Invitations in v2: who invites whom as what, and how an invitation is accepted."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from core.invitations import tokens
from core.kit import ids
from core.kit.principal import Role
from tests.handlers.conftest import Seeded
from tests.support.infrastructure import SECRET
from tests.support.people import People, Person

ACCEPT = "/v2/invitations/accept"
PAST = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def desk(people: People) -> UUID:
    return people.organization(f"desk-{ids.new_id().hex}")


@pytest.fixture
def owner(people: People, desk: UUID) -> Person:
    return people.person("owner", desk)


@pytest.fixture
def guest(people: People) -> Person:
    return people.person(name="Grace Guest")


def url(desk: UUID, invitation: dict[str, Any] | None = None) -> str:
    invitations = f"/v2/organizations/{ids.encode('org', desk)}/invitations"
    return invitations if invitation is None else f"{invitations}/{invitation['id']}"


def token_of(desk: UUID, invitation: dict[str, Any]) -> str:
    """What the mail says."""
    return tokens.write(tokens.Named(desk, ids.decode("inv", invitation["id"])), SECRET.encode())


async def invite(api: httpx.AsyncClient, desk: UUID, by: Person, email: str, role: Role = "editor") -> dict[str, Any]:
    response = await api.post(url(desk), json={"email": email, "role": role}, headers=by.header)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


async def accept(api: httpx.AsyncClient, person: Person, token: str) -> httpx.Response:
    return await api.post(ACCEPT, json={"token": token}, headers=person.header)


def members(people: People, desk: UUID) -> int:
    found = people._connection.execute("SELECT count(*) FROM memberships WHERE organization_id = %s", (desk,))
    return int(found.fetchall()[0][0])


async def test_invitations_of_others_do_not_exist(
    api: httpx.AsyncClient, desk: UUID, owner: Person, guest: Person, stranger: dict[str, str]
) -> None:
    made = await invite(api, desk, owner, guest.email)
    for header in (guest.header, stranger):
        for method in ("GET", "DELETE"):
            response = await api.request(method, url(desk, made), headers=header)
            assert (response.status_code, response.json()["code"]) == (404, "organization_not_found")


async def test_an_invitation_of_another_organisation_is_not_found_in_one_s_own(
    api: httpx.AsyncClient, people: People, desk: UUID, owner: Person, guest: Person
) -> None:
    made = await invite(api, desk, owner, guest.email)
    elsewhere = people.organization(f"elsewhere-{ids.new_id().hex}")
    other = people.person("owner", elsewhere)
    for method in ("GET", "DELETE"):
        response = await api.request(method, url(elsewhere, made), headers=other.header)
        assert (response.status_code, response.json()["code"]) == (404, "invitation_not_found")


@pytest.mark.parametrize(
    "email", ["", "nobody", "a@b\r\nBcc: c@d.example", "two@example.org,three@example.org", "a b@example.org", 7]
)
async def test_what_is_no_address_is_not_invited(api: httpx.AsyncClient, desk: UUID, owner: Person, email: Any) -> None:
    response = await api.post(url(desk), json={"email": email, "role": "viewer"}, headers=owner.header)
    assert (response.status_code, response.json()["code"]) == (400, "validation_failed")
    assert (await api.get(url(desk), headers=owner.header)).json()["data"] == []


@pytest.mark.parametrize(
    ("own", "given", "status"),
    [("viewer", "viewer", 403), ("editor", "viewer", 403), ("admin", "owner", 403), ("admin", "admin", 201)],
)
async def test_the_role_decides_who_invites_as_what(
    api: httpx.AsyncClient, people: People, desk: UUID, own: Role, given: Role, status: int
) -> None:
    actor = people.person(own, desk)
    body = {"email": "new@example.org", "role": given}
    assert (await api.post(url(desk), json=body, headers=actor.header)).status_code == status


async def test_a_policy_keeps_inviting_to_owners(
    api: httpx.AsyncClient, people: People, seeded: Seeded, desk: UUID, owner: Person
) -> None:
    open_one = await invite(api, desk, owner, "first@example.org")
    organization = f"/v2/organizations/{ids.encode('org', desk)}"
    await api.patch(organization, json={"policies": {"invite": "owner"}}, headers=owner.header)
    admin = people.person("admin", desk).header
    key = seeded.seed.key("organization:read", "organization:write", organization_id=desk).header
    for header in (admin, key):
        body = {"email": "second@example.org", "role": "viewer"}
        assert (await api.post(url(desk), json=body, headers=header)).status_code == 403
        assert (await api.delete(url(desk, open_one), headers=header)).status_code == 403
    await invite(api, desk, owner, "second@example.org")


async def test_a_personal_organisation_takes_nobody_else(api: httpx.AsyncClient, guest: Person) -> None:
    body = {"email": "new@example.org", "role": "viewer"}
    response = await api.post(url(guest.organization), json=body, headers=guest.header)
    assert (response.status_code, response.json()["code"]) == (409, "personal_organization")


async def test_nobody_is_invited_twice_at_once(
    api: httpx.AsyncClient, people: People, desk: UUID, owner: Person
) -> None:
    made = await invite(api, desk, owner, "twice@example.org")
    body = {"email": "Twice@example.org", "role": "viewer"}
    again = await api.post(url(desk), json=body, headers=owner.header)
    assert (again.status_code, again.json()["code"]) == (409, "already_invited")
    await api.delete(url(desk, made), headers=owner.header)
    await invite(api, desk, owner, "twice@example.org")
    member = people.person("viewer", desk)
    there = await api.post(url(desk), json={"email": member.email, "role": "viewer"}, headers=owner.header)
    assert (there.status_code, there.json()["code"]) == (409, "already_member")


async def test_a_plan_has_room_for_so_many_members_and_open_invitations(
    api: httpx.AsyncClient, people: People, desk: UUID, owner: Person, guest: Person
) -> None:
    made = await invite(api, desk, owner, guest.email)
    for number in range(3):
        await invite(api, desk, owner, f"guest{number}@example.org")
    full = await api.post(url(desk), json={"email": "more@example.org", "role": "viewer"}, headers=owner.header)
    assert (full.status_code, full.json()["code"]) == (409, "limit_reached")
    for _ in range(4):
        people.person("viewer", desk)
    late = await accept(api, guest, token_of(desk, made))
    assert (late.status_code, late.json()["code"]) == (409, "limit_reached")
    assert members(people, desk) == 5


async def test_an_accepted_invitation_makes_a_member_with_its_role(
    api: httpx.AsyncClient, people: People, desk: UUID, owner: Person, guest: Person
) -> None:
    made = await invite(api, desk, owner, guest.email.upper(), "editor")
    assert (made["delivery"]["state"], made["accepted_at"], made["revoked_at"]) == ("queued", None, None)
    response = await accept(api, guest, token_of(desk, made))
    assert (response.status_code, response.json()["id"]) == (200, ids.encode("org", desk))
    assert response.json()["role"] == "editor"
    assert (await api.get(url(desk, made), headers=guest.header)).json()["accepted_at"] is not None
    assert members(people, desk) == 2


async def test_an_invitation_is_accepted_once(
    api: httpx.AsyncClient, people: People, desk: UUID, owner: Person, guest: Person
) -> None:
    token = token_of(desk, await invite(api, desk, owner, guest.email))
    assert (await accept(api, guest, token)).status_code == 200
    again = await accept(api, guest, token)
    assert (again.status_code, again.json()["code"]) == (409, "invitation_used")
    assert members(people, desk) == 2


async def test_an_invitation_is_for_the_address_that_it_names(
    api: httpx.AsyncClient, people: People, desk: UUID, owner: Person, guest: Person
) -> None:
    token = token_of(desk, await invite(api, desk, owner, guest.email))
    response = await accept(api, people.person(), token)
    assert (response.status_code, response.json()["code"]) == (403, "forbidden")
    assert guest.email not in response.text
    assert members(people, desk) == 1
    assert (await accept(api, guest, token)).status_code == 200


async def test_a_key_accepts_nothing(api: httpx.AsyncClient, all_scopes: dict[str, str]) -> None:
    response = await api.post(ACCEPT, json={"token": "tdi_" + "A" * 64}, headers=all_scopes)
    assert (response.status_code, response.json()["code"]) == (403, "insufficient_scope")


async def test_an_expired_invitation_and_one_that_was_withdrawn_are_gone(
    api: httpx.AsyncClient, people: People, desk: UUID, owner: Person, guest: Person
) -> None:
    made = await invite(api, desk, owner, guest.email)
    people.execute("UPDATE invitations SET expires_at = %s WHERE id = %s", PAST, ids.decode("inv", made["id"]))
    expired = await accept(api, guest, token_of(desk, made))
    assert (expired.status_code, expired.json()["code"]) == (410, "invitation_expired")
    made = await invite(api, desk, owner, guest.email)
    for _ in range(2):
        assert (await api.delete(url(desk, made), headers=owner.header)).status_code == 204
    withdrawn = await accept(api, guest, token_of(desk, made))
    assert (withdrawn.status_code, withdrawn.json()["code"]) == (410, "invitation_expired")
    assert members(people, desk) == 1


async def test_a_token_that_was_changed_is_refused(
    api: httpx.AsyncClient, people: People, desk: UUID, owner: Person, guest: Person
) -> None:
    made = await invite(api, desk, owner, guest.email, "viewer")
    good = token_of(desk, made)
    elsewhere = people.organization(f"elsewhere-{ids.new_id().hex}")
    forged = tokens.write(tokens.Named(desk, ids.decode("inv", made["id"])), b"another instance's secret")
    for token in (
        *(good[:place] + ("A" if good[place] != "A" else "B") + good[place + 1 :] for place in (4, 20, 40, 67)),
        good[:-1],
        good + "A",
        forged,
        token_of(elsewhere, made),  # signed, and naming an organisation that has no such invitation
        "tdi_" + "é" * 64,
        good.replace("tdi_", "tdk_"),
    ):
        response = await accept(api, guest, token)
        assert (response.status_code, response.json()["code"]) == (422, "invalid_invitation")
    assert members(people, desk) == 1


async def test_an_accepted_invitation_cannot_be_withdrawn(
    api: httpx.AsyncClient, desk: UUID, owner: Person, guest: Person
) -> None:
    made = await invite(api, desk, owner, guest.email)
    await accept(api, guest, token_of(desk, made))
    response = await api.delete(url(desk, made), headers=owner.header)
    assert (response.status_code, response.json()["code"]) == (409, "invitation_used")


async def test_a_suspended_organisation_takes_nobody_in(
    api: httpx.AsyncClient, people: People, desk: UUID, owner: Person, guest: Person
) -> None:
    made = await invite(api, desk, owner, guest.email)
    people.execute("UPDATE organizations SET suspended_at = now() WHERE id = %s", desk)
    response = await accept(api, guest, token_of(desk, made))
    assert (response.status_code, response.json()["code"]) == (403, "organization_suspended")
    assert members(people, desk) == 1


async def test_two_who_accept_at_once_are_one_member(
    api: httpx.AsyncClient, people: People, desk: UUID, owner: Person, guest: Person
) -> None:
    token = token_of(desk, await invite(api, desk, owner, guest.email))
    statuses = [answer.status_code for answer in await asyncio.gather(*(accept(api, guest, token) for _ in range(8)))]
    assert sorted(statuses) == [200] + [409] * 7
    assert members(people, desk) == 2


async def test_invitations_are_listed_newest_first_without_their_tokens(
    api: httpx.AsyncClient, desk: UUID, owner: Person
) -> None:
    made = [await invite(api, desk, owner, f"guest{number}@example.org") for number in range(3)]
    seen: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        response = await api.get(url(desk), params={"limit": 2, **cursor}, headers=owner.header)
        assert "tdi_" not in response.text
        seen += [row["id"] for row in response.json()["data"]]
        if not response.json()["page"]["has_more"]:
            break
        cursor = {"cursor": response.json()["page"]["next_cursor"]}
    assert seen == [row["id"] for row in reversed(made)]
