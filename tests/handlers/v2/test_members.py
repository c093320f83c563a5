"""Members in v2: who sees them, changes their roles, removes them, and leaves."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from core.kit import ids
from core.kit.principal import Role
from tests.handlers.conftest import Seeded
from tests.support.people import People, Person

UNKNOWN = ids.encode("acct", ids.new_id())


@pytest.fixture
def desk(people: People) -> UUID:
    return people.organization(f"desk-{ids.new_id().hex}")


@pytest.fixture
def owner(people: People, desk: UUID) -> Person:
    return people.person("owner", desk, name="Olga Owner")


def url(desk: UUID, person: Person | str | None = None) -> str:
    members = f"/v2/organizations/{ids.encode('org', desk)}/members"
    return members if person is None else f"{members}/{person if isinstance(person, str) else person.id}"


async def test_members_of_others_do_not_exist(
    api: httpx.AsyncClient, people: People, desk: UUID, owner: Person, stranger: dict[str, str]
) -> None:
    for header in (people.person().header, stranger):
        for method, body in (("GET", None), ("PATCH", {"role": "viewer"}), ("DELETE", None)):
            response = await api.request(method, url(desk, owner), json=body, headers=header)
            assert (response.status_code, response.json()["code"]) == (404, "organization_not_found")


async def test_somebody_who_is_no_member_is_not_found(
    api: httpx.AsyncClient, people: People, desk: UUID, owner: Person
) -> None:
    for nobody in (UNKNOWN, people.person().id):
        for method, body in (("GET", None), ("PATCH", {"role": "viewer"}), ("DELETE", None)):
            response = await api.request(method, url(desk, nobody), json=body, headers=owner.header)
            assert (response.status_code, response.json()["code"]) == (404, "member_not_found")


async def test_a_role_that_there_is_not_is_refused(api: httpx.AsyncClient, desk: UUID, owner: Person) -> None:
    for body in ({"role": "king"}, {}, {"role": "owner", "account_id": UNKNOWN}):
        response = await api.patch(url(desk, owner), json=body, headers=owner.header)
        assert response.status_code == 400


async def test_members_are_listed_in_pages_the_longest_first(
    api: httpx.AsyncClient, people: People, desk: UUID, owner: Person
) -> None:
    others = [people.person("viewer", desk, name=f"Reader {number}") for number in range(3)]
    seen: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        body = (await api.get(url(desk), params={"limit": 2, **cursor}, headers=others[0].header)).json()
        seen += [row["name"] for row in body["data"]]
        if not body["page"]["has_more"]:
            break
        cursor = {"cursor": body["page"]["next_cursor"]}
    assert seen == ["Olga Owner", "Reader 0", "Reader 1", "Reader 2"]


@pytest.mark.parametrize(
    ("own", "theirs", "new", "status"),
    [
        ("viewer", "viewer", "editor", 403),
        ("editor", "viewer", "editor", 403),
        ("admin", "viewer", "admin", 200),
        ("admin", "viewer", "owner", 403),
        ("admin", "owner", "viewer", 403),
        ("owner", "admin", "owner", 200),
        ("owner", "owner", "viewer", 200),
    ],
)
async def test_nobody_gives_or_takes_a_role_above_his_own(
    api: httpx.AsyncClient, people: People, desk: UUID, owner: Person, own: Role, theirs: Role, new: Role, status: int
) -> None:
    actor, member = people.person(own, desk), people.person(theirs, desk)
    response = await api.patch(url(desk, member), json={"role": new}, headers=actor.header)
    assert response.status_code == status
    shown = (await api.get(url(desk, member), headers=owner.header)).json()
    assert shown["role"] == (new if status == 200 else theirs)


async def test_the_last_owner_stays_one(api: httpx.AsyncClient, people: People, desk: UUID, owner: Person) -> None:
    for method, body in (("PATCH", {"role": "admin"}), ("DELETE", None)):
        response = await api.request(method, url(desk, owner), json=body, headers=owner.header)
        assert (response.status_code, response.json()["code"]) == (409, "last_owner")
    people.person("owner", desk)
    assert (await api.delete(url(desk, owner), headers=owner.header)).status_code == 204


async def test_everybody_can_leave(api: httpx.AsyncClient, people: People, desk: UUID, owner: Person) -> None:
    for role in ("viewer", "editor", "admin"):
        member = people.person(role, desk)
        assert (await api.delete(url(desk, member), headers=member.header)).status_code == 204
        assert (await api.get(url(desk, member), headers=owner.header)).status_code == 404


async def test_nobody_leaves_the_personal_organisation(api: httpx.AsyncClient, people: People) -> None:
    person = people.person()
    response = await api.delete(url(person.organization, person), headers=person.header)
    assert (response.status_code, response.json()["code"]) == (409, "personal_organization")


@pytest.mark.parametrize(
    ("own", "theirs", "status"), [("editor", "viewer", 403), ("admin", "owner", 403), ("admin", "editor", 204)]
)
async def test_the_role_decides_who_removes_whom(
    api: httpx.AsyncClient, people: People, desk: UUID, owner: Person, own: Role, theirs: Role, status: int
) -> None:
    actor, member = people.person(own, desk), people.person(theirs, desk)
    assert (await api.delete(url(desk, member), headers=actor.header)).status_code == status
    left = (await api.get(url(desk, member), headers=owner.header)).status_code
    assert left == (404 if status == 204 else 200)


async def test_a_key_removes_a_member_only_where_it_may_change_the_organisation(
    api: httpx.AsyncClient, people: People, seeded: Seeded, desk: UUID, owner: Person
) -> None:
    member = people.person("viewer", desk)
    reader = seeded.seed.key("organization:read", organization_id=desk).header
    writer = seeded.seed.key("organization:read", "organization:write", organization_id=desk).header
    assert (await api.delete(url(desk, member), headers=reader)).status_code == 403
    assert (await api.delete(url(desk, owner), headers=writer)).status_code == 403
    assert (await api.delete(url(desk, member), headers=writer)).status_code == 204


async def test_a_removed_member_s_token_acts_there_no_more(
    api: httpx.AsyncClient, people: People, desk: UUID, owner: Person
) -> None:
    member = people.person("editor", desk)
    assert (await api.get("/v2/feeds", headers=member.header)).status_code == 200
    await api.delete(url(desk, member), headers=owner.header)
    assert (await api.get("/v2/feeds", headers=member.header)).status_code in (401, 403)


async def test_another_role_counts_at_once(api: httpx.AsyncClient, people: People, desk: UUID, owner: Person) -> None:
    member = people.person("admin", desk)
    assert (await api.get("/v2/api-keys", headers=member.header)).status_code == 200
    await api.patch(url(desk, member), json={"role": "viewer"}, headers=owner.header)
    refused = await api.get("/v2/api-keys", headers=member.header)
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")


async def test_a_change_to_a_role_that_somebody_else_has_changed_is_refused(
    api: httpx.AsyncClient, people: People, desk: UUID, owner: Person
) -> None:
    member = people.person("viewer", desk)
    etag = (await api.get(url(desk, member), headers=owner.header)).headers["etag"]
    await api.patch(url(desk, member), json={"role": "editor"}, headers=owner.header)
    for method, body in (("PATCH", {"role": "admin"}), ("DELETE", None)):
        headers = {**owner.header, "If-Match": etag}
        stale = await api.request(method, url(desk, member), json=body, headers=headers)
        assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
